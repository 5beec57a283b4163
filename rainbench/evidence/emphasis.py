"""Which scores of a table stand out: measured ones of one dataset, compared over all methods."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from rainbench.errors import UnknownNameError
from rainbench.evidence.difference import LEVEL, Figure, compare_rows
from rainbench.evidence.evidence import Evidence, Measurement
from rainbench.report import Block, Emphasis, Note, Rank, Table

if TYPE_CHECKING:
    from rainbench.evidence.evidence import Result

Place: TypeAlias = tuple[int, int]
Cells: TypeAlias = Mapping[Place, Measurement]
Runs: TypeAlias = "Mapping[str, Result]"

DECIMALS: Mapping[Figure, int] = MappingProxyType({"psnr_db": 2, "ssim": 4})
"""What a table prints: scores that read alike rank alike."""

# A mean that competes with no other: over other images, or over images that were learnt.
_ASIDE = "trained on these images"

_COMPETE = (
    "Means over every promised image compete, of each dataset apart; not those of weights that "
    "were trained on these images, and no published number."
)


@dataclass(frozen=True)
class Ranking:
    """How the cells of one dataset stand to each other by one figure."""

    ranks: Mapping[Place, Rank] = field(default_factory=lambda: MappingProxyType({}))
    """None for those that do not stand out."""
    remarks: tuple[str, ...] = ()
    """What must be known of it, a sentence each."""


@dataclass(frozen=True)
class Habit:
    """A way of picking what stands out."""

    rank: Callable[[Cells, Figure, Runs], Ranking]
    legend: str
    """What the marks mean, as it stands below a table."""


def emphasise(blocks: Sequence[Block], habit: str, evidence: Evidence) -> list[Block]:
    """Say in every table which measured scores stand out, by one of HABITS, and what that means.

    Only means over every promised image compete, at least two of one dataset; published numbers
    never do. The legend stands below the last table where something stands out. Raises
    UnknownNameError for a habit that is none.
    """
    if habit not in HABITS:
        raise UnknownNameError.among("habit of bold", habit, HABITS)
    chosen = HABITS[habit]
    marked: list[Block] = []
    legend: dict[str, None] = {}
    end = 0
    for block in blocks:
        if isinstance(block, Table):
            block, remarks = _emphasised(block, chosen, evidence)
            if block.emphasis:
                legend |= dict.fromkeys((chosen.legend, *remarks))
                end = len(marked) + 1
        marked.append(block)
    return [*marked[:end], *([Note(" ".join(legend))] if legend else []), *marked[end:]]


def _emphasised(table: Table, habit: Habit, evidence: Evidence) -> tuple[Table, tuple[str, ...]]:
    groups: dict[str, dict[Place, Measurement]] = {}
    for r, row in enumerate(table.rows):
        for c, cell in enumerate(row):
            if isinstance(cell, Measurement) and cell.whole and _ASIDE not in cell.marks:
                groups.setdefault(cell.data, {})[r, c] = cell
    results = evidence.under.get(table.protocol or "", evidence.results)
    runs = {result.run_id: result for result in results}
    found: list[Emphasis] = []
    remarks: list[str] = []
    for cells in groups.values():
        psnr, ssim = (habit.rank(cells, figure, runs) for figure in DECIMALS)
        found += [
            Emphasis(
                row=at[0], column=at[1], psnr=psnr.ranks.get(at, ""), ssim=ssim.ranks.get(at, "")
            )
            for at in cells
            if at in psnr.ranks or at in ssim.ranks
        ]
        remarks += [*psnr.remarks, *ssim.remarks]
    return replace(table, emphasis=tuple(found)), tuple(dict.fromkeys(remarks))


def _none(cells: Cells, figure: Figure, runs: Runs) -> Ranking:
    del cells, figure, runs
    return Ranking()


def _field(cells: Cells, figure: Figure, runs: Runs) -> Ranking:
    """Rank as papers of the field do: the best, and the second best where there are three."""
    del runs
    scores = {at: _read(cell, figure) for at, cell in cells.items()}
    values = sorted(set(scores.values()), reverse=True)
    ranks: dict[float, Rank] = {}
    if len(scores) > 1:
        ranks[values[0]] = "best"
    if len(scores) > 2 and len(values) > 1:
        ranks[values[1]] = "second"
    return Ranking({at: ranks[value] for at, value in scores.items() if value in ranks})


def _tested(cells: Cells, figure: Figure, runs: Runs) -> Ranking:
    """Rank the highest as best, and as tied with it what no test over scenes tells from it."""
    if len(cells) < 2:
        return Ranking()
    places = [*cells]
    best = max(places, key=lambda at: getattr(cells[at], figure))
    ranks: dict[Place, Rank] = {}
    remarks = []
    against = _against(cells, best, figure, runs)
    for at in places:
        if _read(cells[at], figure) == _read(cells[best], figure):
            ranks[at] = "best"
        elif at not in against:
            ranks[at] = "tied"
            remarks.append(f"On {cells[at].data} some images are not at hand to be compared.")
        elif not against[at].worse:
            ranks[at] = "tied"
            remarks += against[at].remarks
    return Ranking(ranks, tuple(remarks))


@dataclass(frozen=True)
class _Standing:
    """How a cell stands to the best one."""

    worse: bool
    """Whether a test says so."""
    remarks: tuple[str, ...]


def _against(cells: Cells, best: Place, figure: Figure, runs: Runs) -> dict[Place, _Standing]:
    """Compare each cell with the best one, as far as their runs are known."""
    known = [at for at, cell in cells.items() if cell.run_ids and runs.keys() >= {*cell.run_ids}]
    if best not in known:
        return {}
    rows = [[runs[run_id] for run_id in cells[at].run_ids] for at in known]
    found = {}
    for places, pair in compare_rows(rows, figure, intervals=False).items():
        if known.index(best) not in places:
            continue
        first = places[0] == known.index(best)
        other = known[places[1] if first else places[0]]
        mean = pair.mean if first or pair.mean is None else -pair.mean
        told = f"{pair.first} and {pair.second} on {pair.data}: not compared, {pair.why_not}."
        found[other] = _Standing(
            worse=pair.distinguishable and mean is not None and mean > 0,
            remarks=(told,) if pair.why_not else (),
        )
    return found


def _read(cell: Measurement, figure: Figure) -> float:
    return round(float(getattr(cell, figure)), DECIMALS[figure])


HABITS: Mapping[str, Habit] = MappingProxyType(
    {
        "tested": Habit(
            _tested,
            "Bold: the highest measured mean of its table. A dagger (†): not distinguishable "
            "from it, by Wilcoxon's signed-rank test of the paired differences, averaged within "
            f"each scene, at a level of {LEVEL} after Holm's correction over all pairs of a "
            "dataset's rows in that table. " + _COMPETE,
        ),
        "field": Habit(
            _field,
            "Bold: the highest measured mean of its table; underlined: the second highest. "
            + _COMPETE,
        ),
        "none": Habit(_none, ""),
    }
)
"""Ways of picking what stands out, by name, the usual first: the best, with what no test tells
from it; best bold and second underlined; nothing."""

USUAL = "tested"
"""The habit where nobody asks for another."""
