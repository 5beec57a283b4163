"""rainbench list: what there is, without importing any of it."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rainbench.catalogue import Item


def command(
    kind: Annotated[str, typer.Argument(help="methods, datasets, reports or protocols.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """List methods, datasets, reports and protocols."""
    from rainbench.catalogue import KINDS, list_items

    found = {each: list_items(each) for each in ([kind] if kind else KINDS)}
    if as_json:
        document = {each: [vars(item) for item in items] for each, items in found.items()}
        typer.echo(json.dumps({"schema": 1, **document}, indent=2))
        return
    for each, items in found.items():
        typer.echo(_words(each, items))


def _words(kind: str, items: list["Item"]) -> str:
    width = max((len(item.name) for item in items), default=0)
    lines = [f"  {item.name:{width}}  {_line(item)}".rstrip() for item in items]
    return "\n".join([kind, *(lines or ["  none"])])


def _line(item: "Item") -> str:
    from rainbench.render.text import printable

    broken = f" (broken: {item.problem})" if item.problem else ""
    return printable(item.summary + broken)
