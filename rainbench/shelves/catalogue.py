"""What there is to run, to run it on, and to print: names and first lines, nothing imported."""

from __future__ import annotations

from dataclasses import dataclass

from rainbench.errors import UnknownNameError
from rainbench.protocol import PROTOCOLS
from rainbench.registry import entries
from rainbench.shelves.plugin import CONSTANTS, Entry, Shelf

KINDS = (*CONSTANTS, "protocols")


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


def list_items(kind: str) -> list[Item]:
    """List one of KINDS by name; a broken plug-in is in it too. Raises UnknownNameError."""
    if kind == "protocols":
        return [Item(name, name, p.source) for name, p in PROTOCOLS.items()]
    for shelf in CONSTANTS:
        if shelf == kind:
            return [_item(shelf, name, same) for name, same in entries(shelf).items()]
    raise UnknownNameError.among("listing", kind, KINDS)


def _item(kind: Shelf, name: str, same: tuple[Entry, ...]) -> Item:
    entry = same[0]
    said = entry.describe()
    problem = said.problem
    if len(same) > 1:
        files = " and ".join(str(each.origin or each.module) for each in same)
        problem = f"{len(same)} {kind} have this name: {files}"
    origin = None if entry.origin is None else str(entry.origin)
    return Item(name, said.title or name, said.summary, origin, problem)
