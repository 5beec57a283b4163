"""Which scores of a table stand out: measured ones of one dataset, compared over all methods."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from rainbench.errors import UnknownNameError
from rainbench.evidence import Measurement
from rainbench.report import Block, Emphasis, Rank, Table

Place = tuple[int, int]
Ranker = Callable[[Mapping[Place, float]], Mapping[Place, Rank]]

# What a table prints: scores that read alike rank alike.
PSNR_DECIMALS, SSIM_DECIMALS = 2, 4

# A mean that competes with no other: over other images, or over images that were learnt.
_ASIDE = "trained on these images"


def emphasise(blocks: Sequence[Block], habit: str) -> list[Block]:
    """Say in every table which measured scores stand out, by one of HABITS.

    Only means over every promised image compete, at least two of one dataset; published numbers
    never do. Raises UnknownNameError for a habit that is none.
    """
    if habit not in HABITS:
        raise UnknownNameError.among("habit of bold", habit, HABITS)
    rank = HABITS[habit]
    return [_emphasised(block, rank) if isinstance(block, Table) else block for block in blocks]


def _emphasised(table: Table, rank: Ranker) -> Table:
    groups: dict[str, dict[Place, Measurement]] = {}
    for r, row in enumerate(table.rows):
        for c, cell in enumerate(row):
            if isinstance(cell, Measurement) and cell.whole and _ASIDE not in cell.marks:
                groups.setdefault(cell.data, {})[r, c] = cell
    found = []
    for cells in groups.values():
        psnr = rank({at: round(cell.psnr_db, PSNR_DECIMALS) for at, cell in cells.items()})
        ssim = rank({at: round(cell.ssim, SSIM_DECIMALS) for at, cell in cells.items()})
        found += [
            Emphasis(row=at[0], column=at[1], psnr=psnr.get(at, ""), ssim=ssim.get(at, ""))
            for at in cells
            if at in psnr or at in ssim
        ]
    return replace(table, emphasis=tuple(found))


def _none(scores: Mapping[Place, float]) -> Mapping[Place, Rank]:
    del scores
    return {}


def _field(scores: Mapping[Place, float]) -> Mapping[Place, Rank]:
    """Rank as papers of the field do: the best, and the second best where there are three."""
    values = sorted(set(scores.values()), reverse=True)
    ranks: dict[float, Rank] = {}
    if len(scores) > 1:
        ranks[values[0]] = "best"
    if len(scores) > 2 and len(values) > 1:
        ranks[values[1]] = "second"
    return {at: ranks[value] for at, value in scores.items() if value in ranks}


HABITS: Mapping[str, Ranker] = MappingProxyType({"none": _none, "field": _field})
"""Ways of picking what stands out, by name: nothing; best bold and second underlined."""
