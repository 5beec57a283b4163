"""rainbench data import: what the user already has."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from rainbench.counting import counted


def command(
    words: Annotated[
        list[str],
        typer.Argument(metavar="[NAME] PATH", help="The dataset, and a zip, a tar or a folder."),
    ],
    copy: Annotated[
        bool, typer.Option("--copy", help="Copy a folder; else it stays where it is.")
    ] = False,
    rainy_half: Annotated[
        Literal["left", "right"] | None,
        typer.Option(help="The rainy half, for a copy that is the other way round."),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Replace what is installed.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Recognise which dataset, release and layout a zip, tar or folder is, and install it."""
    from rainbench.cli.answer import answering
    from rainbench.data.importing import import_dataset
    from rainbench.errors import UsageError
    from rainbench.render.text import printable

    if len(words) > 2:
        raise UsageError(
            expected="[NAME] PATH", got=f"{len(words)} words", now="quote a path that has spaces"
        )
    name = words[0] if len(words) == 2 else None
    with answering() as answer:
        part = import_dataset(
            Path(words[-1]), name, copy=copy, rainy_half=rainy_half, again=again,
            on_step=lambda step: typer.echo(printable(step), err=True),
        )  # fmt: skip
        record = part.record
        if as_json:
            answer(json.dumps({"part": str(part.path), **record.to_json()}))
            return
        for split, held in record.splits.items():
            short = f"partial, {held.pairs} of {held.of} pairs"
            count = short if held.is_partial else counted(held.pairs, "pair")
            said = f"{record.dataset}:{split}, release {record.release}: {count}, {held.layout}"
            answer(printable(said))
        if record.doubt:
            answer(printable(record.doubt))
        answer(printable(f"in {part.files}"))
