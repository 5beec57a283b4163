"""How training went: the loss and the validation of every run, from its log."""

from collections.abc import Sequence

from rainbench import Block, Column, Evidence, Figure, Note, Report, Series, Table

NOTE = (
    "Losses are each recipe's own and compare within one recipe only. Validation is the mean PSNR "
    "of rendered pictures kept apart, in the headline protocol: it says how training went, not how "
    "well a method does on a dataset."
)


def make(evidence: Evidence) -> Sequence[Block]:
    """Draw the curves of every log, and tell where each ended."""
    logs = [log for log in evidence.logs if log.entries]
    if not logs:
        return [Note("No training log is at hand; name a folder of training runs: --with runs/.")]
    loss = tuple(Series(log.name, tuple((e.step, e.loss) for e in log.entries)) for log in logs)
    validation = tuple(
        Series(log.name, tuple((e.step, e.validation_db) for e in log.entries)) for log in logs
    )
    positive = all(y > 0 for series in loss for _, y in series.points)
    return [
        Figure(
            title="Validation in training",
            x="step",
            y="PSNR (dB), y-prenet",
            series=validation,
        ),
        Figure(
            title="Loss in training",
            x="step",
            y="mean loss",
            series=loss,
            y_scale="log" if positive else "linear",
        ),
        _ends(evidence),
        Note(NOTE),
    ]


def _ends(evidence: Evidence) -> Table:
    rows = []
    for log in evidence.logs:
        if log.entries:
            last = log.entries[-1]
            best = max(log.entries, key=lambda entry: entry.validation_db)
            rows.append((log.name, last.step, last.validation_db, best.validation_db, best.step))
    return Table(
        title="Where training ended",
        columns=(
            Column(title="run"),
            Column(title="steps", align="right"),
            Column(title="last validation", unit="dB", align="right"),
            Column(title="best validation", unit="dB", align="right"),
            Column(title="at step", align="right"),
        ),
        rows=tuple(rows),
    )


REPORT = Report(title="Curves of training runs", make=make, needs_results=False)
