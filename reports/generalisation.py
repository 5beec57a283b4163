"""Trained on x tested on: what each method's weights are worth on data they were not made for."""

from collections.abc import Sequence

from rainbench import Block, Cell, Column, Evidence, Note, Report, Result, Table, explain_marks

NOTHING = "nothing"


def make(evidence: Evidence) -> Sequence[Block]:
    """Arrange a matrix a method: a row for what was trained on, a column for what was tested on."""
    methods: dict[str, list[Result]] = {}
    for result in evidence.results:
        methods.setdefault(_method(result), []).append(result)
    data = sorted({result.measurement.data for result in evidence.results})
    tables = [_matrix(evidence, name, methods[name], data) for name in sorted(methods)]
    notes = (*explain_marks(evidence.results), *evidence.unscored)
    return [*tables, *map(Note, notes)] or [Note("There is no result.")]


def _method(result: Result) -> str:
    """Gather what nothing was trained for in one matrix, and weights by their method."""
    return "Without training" if result.trained_on is None else result.title


def _matrix(evidence: Evidence, name: str, results: list[Result], data: list[str]) -> Table:
    rows: dict[tuple[Cell, ...], dict[str, Cell]] = {}
    for result in sorted(results, key=lambda each: (each.trained_on or "", each.label)):
        key = (result.training or NOTHING, result.name, result.parameters)
        rows.setdefault(key, {})[result.measurement.data] = result.measurement
    scores = f"PSNR (dB) / SSIM, {evidence.protocol}"
    return Table(
        title=f"{name}: trained on (rows) x tested on (columns), under {evidence.protocol}",
        columns=(
            Column(title="trained on"),
            Column(title="method"),
            Column(title="parameters", align="right"),
            *(Column(title=column, unit=scores, align="right") for column in data),
        ),
        rows=tuple((*key, *map(found.get, data)) for key, found in rows.items()),
        keys=3,
    )


REPORT = Report(title="Trained on x tested on", make=make)
