"""Methods x datasets: PSNR, SSIM, images scored, parameters, and what the weights saw."""

from collections.abc import Sequence

from rainbench import MARKS, Block, Cell, Column, Evidence, Note, Report, Result, Table


def make(evidence: Evidence) -> Sequence[Block]:
    """Arrange the results: a row for a method with its weights, a column for a dataset."""
    data = sorted({result.measurement.data for result in evidence.results})
    rows: dict[tuple[Cell, ...], dict[str, Cell]] = {}
    for result in evidence.results:
        found = rows.setdefault(_key(result), {})
        found[result.measurement.data] = result.measurement
    scores = f"PSNR (dB) / SSIM, {evidence.protocol}"
    columns = (
        Column(title="method"),
        Column(title="parameters", align="right"),
        Column(title="trained on"),
        *(Column(title=name, unit=scores, align="right") for name in data),
    )
    table = Table(
        title=f"Mean PSNR (dB) and SSIM under {evidence.protocol}",
        columns=columns,
        rows=tuple((*key, *map(found.get, data)) for key, found in rows.items()),
        keys=3,
    )
    return [table, *_notes(evidence)]


def _key(result: Result) -> tuple[Cell, ...]:
    named_alike = result.title.casefold() == result.label.casefold()
    beside = [] if named_alike else [result.label]
    beside += [result.difference] if result.difference else []
    name = result.label if named_alike else result.title
    told_apart = f"{name} ({'; '.join(beside)})" if beside else name
    return told_apart, result.parameters, result.trained_on


def _notes(evidence: Evidence) -> list[Note]:
    """Explain the marks that the table uses, and name what it leaves out."""
    used = {mark for result in evidence.results for mark in result.measurement.marks}
    used |= {result.measurement.overlap.partition(" ")[0] for result in evidence.results}
    meanings = [f"{mark}: {MARKS[mark]}." for mark in MARKS if mark in used]
    return [Note(words) for words in (*meanings, *evidence.unscored)]


REPORT = Report(title="Methods x datasets", make=make)
