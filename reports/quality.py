"""Scores by other people's code, with and without a clean picture; the rainy input is a row."""

from collections.abc import Sequence
from math import fsum

from rainbench import Block, Cell, Column, Evidence, Note, QualityFile, QualityScore, Report, Table

NOTE = (
    "Less is better in all of these. BRISQUE knows no clean picture: it holds statistics of the "
    "picture against those of natural ones, and can favour left-over rain or smoothness; a method "
    "that scores no better than the rainy input has shown nothing by it, and one that scores "
    "better has not shown that the rain is gone. LPIPS and DISTS compare with the clean picture. "
    "NIQE is not among them: no kept library under a licence that fits computes it."
)

NOTHING = (
    "No scores are at hand; make some: rainbench quality --results results -o FILE.json, and name "
    "the file: --with FILE.json."
)


def make(evidence: Evidence) -> Sequence[Block]:
    """Arrange a table for each dataset of each file."""
    tables = [
        _table(file, data)
        for file in evidence.quality
        for data in dict.fromkeys(score.data for score in file.scores)
    ]
    return [*tables, Note(NOTE)] if tables else [Note(NOTHING)]


def _table(file: QualityFile, data: str) -> Table:
    rows: dict[str, list[QualityScore]] = {}
    for score in file.scores:
        if score.data == data:
            rows.setdefault(score.row, []).append(score)
    names = tuple(
        dict.fromkeys(name for scores in rows.values() for s in scores for name in s.values)
    )
    # Means over the same images alone can be compared.
    common = set.intersection(*({score.image for score in scores} for scores in rows.values()))
    return Table(
        title=f"Quality on {data}, {file.implementation}, means over the {len(common)} images that "
        "all rows have",
        columns=(
            Column(title="picture"),
            *(Column(title=name, align="right", decimals=3) for name in names),
        ),
        rows=tuple((row, *(_mean(rows[row], name, common) for name in names)) for row in rows),
    )


def _mean(scores: Sequence[QualityScore], name: str, common: set[str]) -> Cell:
    found = [
        score.values[name] for score in scores if score.image in common and name in score.values
    ]
    return fsum(found) / len(found) if found else None


REPORT = Report(title="Quality by other people's code", make=make, needs_results=False)
