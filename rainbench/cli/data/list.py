"""rainbench data list: what is here, and what else can be had."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rainbench.data.inventory import Holding


def command(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """List what is installed: release, pairs, when verified, size; and what can be had how."""
    from rainbench.cli.answer import answering
    from rainbench.data.inventory import take_inventory
    from rainbench.render.text import printable

    with answering() as answer:
        holdings, offers = take_inventory()
        if as_json:
            document = {
                "here": [held.to_json() for held in holdings],
                "available": [vars(offer) for offer in offers],
            }
            answer(json.dumps({"schema": 1, **document}, indent=2))
            return
        here = [(held.name, _words(held)) for held in holdings]
        others = [(offer.name, offer.how) for offer in offers]
        width = max((len(name) for name, _ in (*here, *others)), default=0)
        for title, rows in (("here", here), ("can be had", others)):
            answer(title)
            for name, words in rows or [("nothing", "")]:
                answer(f"  {name:{width}}  {printable(words)}".rstrip())
        answer("What you have already comes in by `rainbench data import PATH`.")


def _words(held: "Holding") -> str:
    from rainbench.data.room import in_bytes

    if held.problem is not None:
        return held.problem
    counts = ", ".join(
        f"{split} {pairs}" if of is None else f"{split} {pairs}/{of}"
        for split, (pairs, of) in held.splits.items()
    )
    return "; ".join(
        part
        for part in (
            f"{held.release}: {counts}",
            held.state,
            held.doubt,
            f"verified {held.verified}" if held.verified else "not verified",
            "" if held.bytes is None else in_bytes(held.bytes),
            f"{held.kind}, {held.folder}",
        )
        if part
    )
