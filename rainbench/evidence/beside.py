"""A published table with what is counted and measured here beside each of its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import fsum, isfinite
from typing import TYPE_CHECKING

from rainbench.evidence.evidence import Evidence, Measurement, Result, UnseenMean, explain_marks
from rainbench.evidence.published import Published, cite
from rainbench.report import Block, Cell, Column, Note, Table

if TYPE_CHECKING:
    from collections.abc import Iterable


def set_beside(evidence: Evidence, key: str, place: str, title: str) -> list[Block]:
    """Arrange one table of one source: its rows, printed and counted parameters, our means.

    Args:
        evidence: with published numbers.
        key: the source, as `Published.key`.
        place: the table in it, as `Published.place`.
        title: what the table shows.

    Results of the same network on the same data, trained on the same, are averaged over their
    weights; how far these are apart stands beside the mean. Protocols and data of the published
    numbers are their own: nothing is subtracted here.
    """
    numbers = [each for each in evidence.published if (each.key, each.place) == (key, place)]
    if not numbers:
        return [Note(f"No number of {key}, {place}, is among what was asked for.")]
    results = {n.words: evidence.results_of(n.words) for n in numbers}
    groups = _groups(results.values())
    columns = [column for group in groups for column in group.columns(evidence.protocol)]
    rows = [
        (
            number.method,
            number.words,
            number.parameters,
            evidence.parameters.get(number.words),
            number,
            *(cell for group in groups for cell in group.cells(results[number.words])),
        )
        for number in numbers
    ]
    table = Table(
        title=f"{title}; measured under {evidence.protocol}" if groups else title,
        columns=(
            Column(title=f"row in {place}"),
            Column(title="method here"),
            Column(title="parameters, printed", align="right"),
            Column(title="parameters, counted here", align="right"),
            Column(title=f"{numbers[0].data}, published", unit="PSNR (dB) / SSIM", align="right"),
            *columns,
        ),
        rows=tuple(rows),
        keys=2,
    )
    shown = [each for of in results.values() for each in of]
    trained = [group.words for group in groups]
    notes = (*trained, *_counts(evidence, numbers), *cite(numbers), *explain_marks(shown))
    return [table, *map(Note, notes)]


@dataclass(frozen=True)
class _Group:
    """Results on the same data, of weights that were trained on the same."""

    letter: str
    """What the group's columns are called by: what it was trained on can be long."""
    data: str
    training: str
    repeated: bool
    """Whether a network has several runs in it, one a seed."""

    @property
    def words(self) -> str:
        """Say what the weights were trained on, and whether seeds tell of chance."""
        alone = "" if self.repeated else " One run a row: how far seeds spread is not known."
        return f"{self.letter}: measured on {self.data}, trained on {self.training}.{alone}"

    def columns(self, protocol: str) -> tuple[Column, ...]:
        scores = f"PSNR (dB) / SSIM, {protocol}"
        mean = Column(title=f"{self.letter}: {self.data}", unit=scores, align="right")
        if not self.repeated:
            return (mean,)
        return (
            mean,
            Column(title=f"{self.letter}: runs", align="right"),
            Column(title=f"{self.letter}: spread", unit="dB", align="right"),
        )

    def cells(self, results: Iterable[Result]) -> tuple[Cell, ...]:
        measured = [e.measurement for e in results if _place(e) == (self.data, self.training)]
        if not measured:
            return (None,) * (3 if self.repeated else 1)
        if not self.repeated:
            return (measured[0],)
        found = [each.psnr_db for each in measured]
        apart = max(found) - min(found) if len(found) > 1 and all(map(isfinite, found)) else None
        return _mean(measured), len(measured), apart


def _groups(results: Iterable[Sequence[Result]]) -> list[_Group]:
    """Gather what was measured on, and trained on, the same; in order of both."""
    several: dict[tuple[str, str], bool] = {}
    for of in results:
        counts = Counter(map(_place, of))
        several |= {place: several.get(place, False) or counts[place] > 1 for place in counts}
    return [
        _Group(_letter(number), *place, repeated=several[place])
        for number, place in enumerate(sorted(several))
    ]


def _letter(number: int) -> str:
    """Count in letters: a to z, then aa."""
    return (_letter(number // 26 - 1) if number >= 26 else "") + chr(ord("a") + number % 26)


def _place(result: Result) -> tuple[str, str]:
    return result.measurement.data, result.training or "nothing"


def _mean(measured: Sequence[Measurement]) -> Measurement:
    overlaps = dict.fromkeys(each.overlap for each in measured)
    return replace(
        measured[0],
        overlap=" or ".join(overlaps),
        unseen=_unseen([each.unseen for each in measured]),
        psnr_db=fsum(each.psnr_db for each in measured) / len(measured),
        ssim=fsum(each.ssim for each in measured) / len(measured),
        images=min(each.images for each in measured),
        marks=tuple(dict.fromkeys(mark for each in measured for mark in each.marks)),
        run_ids=tuple(run for each in measured for run in each.run_ids),
    )


def _unseen(parts: Sequence[UnseenMean | None]) -> UnseenMean | None:
    """Average means over the unseen images; None where they are not of as many in every run."""
    known = [part for part in parts if part is not None]
    if len(known) < len(parts) or len({part.images for part in known}) != 1:
        return None
    return UnseenMean(
        psnr_db=fsum(part.psnr_db for part in known) / len(known),
        ssim=fsum(part.ssim for part in known) / len(known),
        images=known[0].images,
    )


def _counts(evidence: Evidence, numbers: Sequence[Published]) -> list[str]:
    """Say whether the printed parameter counts are those of the networks here."""
    both = [
        (number, evidence.parameters.get(number.words))
        for number in numbers
        if number.parameters is not None
    ]
    counted = [(number, count) for number, count in both if count is not None]
    unequal = [number.method for number, count in counted if number.parameters != count]
    if not counted:
        return []
    if unequal:
        return [f"Printed and counted parameters differ in: {'; '.join(unequal)}."]
    return [f"All {len(counted)} printed parameter counts equal those of the networks here."]
