"""What papers print, side by side, and how far the same thing measured here is from it."""

from collections.abc import Iterator, Sequence

from rainbench import (
    PROTOCOLS,
    Block,
    Cell,
    Column,
    Evidence,
    Note,
    Published,
    Report,
    Result,
    Table,
    cite,
)

NO_PROTOCOL = "its protocol is not stated"

# Marks of a measured value that is not what the number's method makes of these images.
SPOILING = ("from 8-bit", "other pixels", "tiled, not exact", "trained on these images")

COLUMNS = (
    Column(title="no.", align="right"),
    Column(title="method"),
    Column(title="published", unit="PSNR (dB) / SSIM", align="right"),
    Column(title="compared with"),
    Column(title="PSNR difference (measured - published)", unit="dB", align="right"),
    Column(title="SSIM difference (measured - published)", align="right", decimals=4),
    Column(title="remark"),
)


def make(evidence: Evidence) -> Sequence[Block]:
    """Arrange the numbers: a table for each release of each dataset, methods in order of name."""
    releases: dict[str, list[Published]] = {}
    for number in evidence.published:
        releases.setdefault(number.data, []).append(number)
    tables = [_table(evidence, data, releases[data]) for data in sorted(releases)]
    if not tables:
        return [Note("No published number is known of what was asked for.")]
    return [*tables, *map(Note, cite(evidence.published))]


def _table(evidence: Evidence, data: str, numbers: list[Published]) -> Table:
    called = ", ".join(dict.fromkeys(number.called for number in numbers))
    in_order = sorted(numbers, key=lambda n: (n.words or n.method).casefold())
    rows = [row for number in in_order for row in _rows(evidence, number)]
    return Table(
        title=f"Published numbers on {data}, called {called} where they are printed",
        columns=COLUMNS,
        rows=tuple((place, *row) for place, row in enumerate(rows, 1)),
        keys=2,
    )


def _rows(evidence: Evidence, number: Published) -> Iterator[tuple[Cell, ...]]:
    """Set a number beside every result of its method on its data, or say why there is none."""
    training = [] if number.trained_on in _own(number) else [f"trained on: {number.trained_on}"]
    results = [r for r in evidence.results_of(number.words) if r.measurement.data == number.data]
    if not results:
        remark = "; ".join([*training, _why_unmeasured(evidence, number)])
        yield number.method, number, None, None, None, remark
    for result in results:
        same = _under_its_protocol(evidence, number, result)
        why = _why_not(number, result, same)
        if why or same is None:
            remark = "; ".join([*training, f"not comparable: {why}"])
            yield number.method, number, result.name, None, None, remark
            continue
        yield (
            number.method,
            number,
            f"{result.name}, {number.protocol}",
            _difference(same.measurement.psnr_db, number.psnr_db),
            _difference(same.measurement.ssim, number.ssim),
            "; ".join(training) or None,
        )


def _own(number: Published) -> tuple[str | None, ...]:
    return None, f"{number.dataset}:train"


def _difference(measured: float, published: float | None) -> float | None:
    return None if published is None else measured - published


def _under_its_protocol(evidence: Evidence, number: Published, result: Result) -> Result | None:
    """Find the result's run under the protocol that the number was made by."""
    results = evidence.under.get(number.protocol, ())
    return next((each for each in results if each.run_id == result.run_id), None)


def _why_unmeasured(evidence: Evidence, number: Published) -> str:
    elsewhere = sorted({r.measurement.data for r in evidence.results_of(number.words)})
    if elsewhere:
        return f"not comparable: measured on {', '.join(elsewhere)}, which is other data"
    return "not measured"


def _why_not(number: Published, result: Result, same: Result | None) -> str:
    """Say why a result says nothing about a number; empty: it does."""
    measured = (same or result).measurement
    if number.protocol not in PROTOCOLS:
        return f"protocol {number.protocol}" if number.protocol != "not stated" else NO_PROTOCOL
    if same is None:
        return f"no image is scored under {number.protocol}"
    if not measured.whole:
        return f"{measured.images}/{measured.of} images"
    if number.weights and number.weights != result.weights:
        return f"other weights than {number.weights}"
    if number.trained_on != result.trained_on:
        return f"these weights were trained on: {result.training}"
    spoilt = [mark for mark in measured.marks if mark in SPOILING]
    return ", ".join(spoilt)


REPORT = Report(title="Published numbers side by side", make=make, published=True)
