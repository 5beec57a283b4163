"""The same restored pixels under every protocol, side by side, and how far the scores spread."""

from collections.abc import Callable, Sequence
from math import isfinite

from rainbench import (
    Block,
    Cell,
    Column,
    Evidence,
    Measurement,
    Note,
    Report,
    Result,
    Table,
    explain_marks,
)

Kind = tuple[str, str, int, Callable[[Measurement], float]]

KINDS: tuple[Kind, ...] = (
    ("PSNR", "dB", 2, lambda score: score.psnr_db),
    ("SSIM", "", 4, lambda score: score.ssim),
)

NOTE = (
    "Each row is one set of restored pixels; only the way of computing differs, and the spread is "
    "the largest less the smallest. A difference between papers that is smaller than that says "
    "nothing unless both name one protocol."
)


def make(evidence: Evidence) -> Sequence[Block]:
    """Arrange a table of PSNR and one of SSIM for each release: runs x protocols."""
    protocols = [name for name, results in evidence.under.items() if results]
    data = sorted({r.measurement.data for name in protocols for r in evidence.under[name]})
    tables = [_table(evidence, protocols, name, kind) for name in data for kind in KINDS]
    if not tables:
        return [Note("No run is scored under any protocol."), *map(Note, evidence.unscored)]
    shown = [result for name in protocols for result in evidence.under[name]]
    return [*tables, *map(Note, (NOTE, *explain_marks(shown)))]


def _table(evidence: Evidence, protocols: list[str], data: str, kind: Kind) -> Table:
    title, unit, decimals, value = kind
    runs: dict[str, dict[str, Result]] = {}
    for protocol in protocols:
        for result in evidence.under[protocol]:
            if result.measurement.data == data:
                runs.setdefault(result.run_id, {})[protocol] = result
    scores = tuple(
        Column(title=name, unit=unit, align="right", decimals=decimals)
        for name in (*protocols, "spread")
    )
    return Table(
        title=f"{title} of the same pixels under every protocol, {data}",
        columns=(Column(title="method"), Column(title="images"), *scores),
        rows=tuple(_row(found, protocols, value) for found in runs.values()),
        keys=2,
    )


def _row(
    found: dict[str, Result], protocols: list[str], value: Callable[[Measurement], float]
) -> tuple[Cell, ...]:
    first = next(iter(found.values()))
    # A mark may hold under some protocols alone ("from 8-bit").
    remarks = dict.fromkeys(r for result in found.values() for r in result.measurement.remarks)
    counts = {(r.measurement.images, r.measurement.of) for r in found.values()}
    images = ", ".join(f"{images}/{of}" for images, of in sorted(counts))
    values = {name: value(result.measurement) for name, result in found.items()}
    # Means over differing numbers of images differ for that reason too.
    alike = len(counts) == 1 and len(values) > 1 and all(map(isfinite, values.values()))
    spread = max(values.values()) - min(values.values()) if alike else None
    standing = "; ".join([images, *remarks])
    return first.name, standing, *(values.get(name) for name in protocols), spread


REPORT = Report(title="One method's output under every protocol", make=make)
