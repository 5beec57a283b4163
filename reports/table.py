"""Methods x datasets: PSNR, SSIM, images scored, parameters, and what the weights saw."""

from collections.abc import Sequence

from rainbench import Block, Cell, Column, Evidence, Note, Report, Table, explain_marks


def make(evidence: Evidence) -> Sequence[Block]:
    """Arrange the results: a row for a method with its weights, a column for a dataset."""
    data = sorted({result.measurement.data for result in evidence.results})
    rows: dict[tuple[Cell, ...], dict[str, Cell]] = {}
    for result in evidence.results:
        found = rows.setdefault((result.name, result.parameters, result.training), {})
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
    notes = (*explain_marks(evidence.results), *evidence.unscored)
    return [table, *map(Note, notes)]


REPORT = Report(title="Methods x datasets", make=make)
