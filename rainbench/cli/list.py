"""rainbench list: what there is, without importing any of it; of methods alone, all about them."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rainbench.shelves.catalogue import Item


def command(
    kind: Annotated[str, typer.Argument(help="methods, datasets, reports or protocols.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """List what there is by name; `list methods` tells cost, paper, weights and licences too."""
    if kind == "methods":
        _show_methods(as_json=as_json)
        return
    from rainbench.shelves.catalogue import KINDS, list_items

    found = {each: list_items(each) for each in ([kind] if kind else KINDS)}
    if as_json:
        document = {each: [vars(item) for item in items] for each, items in found.items()}
        typer.echo(json.dumps({"schema": 1, **document}, indent=2))
        return
    for each, items in found.items():
        typer.echo(_words(each, items))


def _show_methods(*, as_json: bool) -> None:
    from rainbench.cli.answer import answering
    from rainbench.render import render
    from rainbench.shelves.overview import as_blocks, list_methods

    with answering() as answer:
        methods = list_methods()
        if as_json:
            document = {"schema": 1, "methods": [method.to_json() for method in methods]}
            answer(json.dumps(document, indent=2))
        else:
            answer(render(as_blocks(methods), "markdown"))


def _words(kind: str, items: list["Item"]) -> str:
    width = max((len(item.name) for item in items), default=0)
    lines = [f"  {item.name:{width}}  {_line(item)}".rstrip() for item in items]
    return "\n".join([kind, *(lines or ["  none"])])


def _line(item: "Item") -> str:
    from rainbench.render.text import printable

    broken = f" (broken: {item.problem})" if item.problem else ""
    return printable(item.summary + broken)
