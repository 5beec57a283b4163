"""rainbench data get: fetch a dataset, prove it and install it."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from rainbench.counting import counted

if TYPE_CHECKING:
    from rainbench.data.get import Gotten


def command(
    dataset: Annotated[str, typer.Argument(metavar="NAME[:SPLIT]", help="What to get.")],
    source: Annotated[
        str, typer.Option(help="Which source: its number, or a part of its name or URL.")
    ] = "",
    mirror: Annotated[
        str, typer.Option("--from", help="A URL or folder of your own that has the same files.")
    ] = "",
    release: Annotated[
        str, typer.Option(help="Which release. [default: that of its first source]")
    ] = "",
    again: Annotated[bool, typer.Option("--again", help="Replace what is installed.")] = False,
    partial: Annotated[bool, typer.Option("--partial", help="Accept missing pairs.")] = False,
    offline: Annotated[bool, typer.Option("--offline", help="Never touch the network.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Fetch a dataset from its sources in order, prove it and install it; go on after a stop."""
    from rainbench.cli.answer import answering
    from rainbench.cli.transfer import TransferDisplay
    from rainbench.data.fetching import Ways
    from rainbench.data.get import get_dataset
    from rainbench.render.text import printable

    with answering() as answer:
        with TransferDisplay() as display:
            gotten = get_dataset(
                dataset, release=release, source=source, again=again, partial=partial,
                ways=Ways(
                    mirror=mirror, offline=offline, on_note=display.say, on_transfer=display.tell
                ),
            )  # fmt: skip
        answer(printable(json.dumps(_document(gotten)) if as_json else _words(gotten)))


def _document(gotten: "Gotten") -> dict[str, object]:
    return {
        "schema": 1,
        "dataset": gotten.dataset,
        "release": gotten.release,
        "made": gotten.is_made,
        "already": [*gotten.already],
        "by_hand": [*gotten.elsewhere],
        "installed": [{"part": str(part.path), **part.record.to_json()} for part in gotten.parts],
    }


def _words(gotten: "Gotten") -> str:
    name = gotten.dataset
    if gotten.is_made:
        return f"{name} is drawn on this machine when it is used: there is nothing to get"
    lines = [f"{name}:{split} is installed and whole already" for split in gotten.already]
    for part in gotten.parts:
        for split, held in part.record.splits.items():
            count = counted(held.pairs, "pair")
            if held.is_partial:
                count = f"{held.pairs} of {held.of} pairs"
            lines.append(f"{name}:{split}, release {part.record.release}: {count} in {part.path}")
    lines += [
        f"{name}:{split} can be fetched by hand only: `rainbench data get {name}:{split}` says how"
        for split in gotten.elsewhere
    ]
    return "\n".join(lines)
