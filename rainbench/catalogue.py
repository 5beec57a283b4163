"""What there is to run, to run it on, and to print: names and first lines, nothing imported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from rainbench.plugin import Entry, Shelf
from rainbench.registry import entries

Kind: TypeAlias = Literal["methods", "datasets", "reports", "protocols"]


@dataclass(frozen=True)
class Item:
    """One line of a listing."""

    name: str
    title: str
    summary: str
    """One sentence: the first line of a plug-in's docstring, or who uses a protocol."""
    origin: str | None = None
    """The file of a plug-in."""
    problem: str | None = None
    """Why it cannot be used; None where nothing is known to be wrong."""


def list_items(kind: Kind) -> list[Item]:
    """List methods, datasets, reports or protocols by name; a broken plug-in is one of them."""
    if kind == "protocols":
        return _protocols()
    return [_item(kind, name, same) for name, same in entries(kind).items()]


def _item(kind: Shelf, name: str, same: tuple[Entry, ...]) -> Item:
    entry = same[0]
    said = entry.describe()
    problem = said.problem
    if len(same) > 1:
        files = " and ".join(str(each.origin or each.module) for each in same)
        problem = f"{len(same)} {kind} have this name: {files}"
    origin = None if entry.origin is None else str(entry.origin)
    return Item(name, said.title or name, said.summary, origin, problem)


def _protocols() -> list[Item]:
    from rainbench.protocol import PROTOCOLS

    return [Item(p.name, p.name, p.source) for p in PROTOCOLS.values()]
