"""Which rows can be told apart: paired differences by scene, intervals, and a corrected test."""

from collections.abc import Iterable, Sequence

from rainbench import (
    PROTOCOLS,
    Block,
    Cell,
    Column,
    Difference,
    Evidence,
    Note,
    Report,
    Table,
    compare_results,
    explain_marks,
)

METHOD = (
    "Images are paired by name and pixels, and differences averaged within a scene, the unit of "
    "all that follows: images of one scene err together. Means are over scenes, and so may differ "
    "a little from those over images. Intervals hold the true mean 95 times in 100: Student's "
    "below 30 scenes, a BCa bootstrap's from there on. p is Wilcoxon's signed-rank test over "
    "scenes, corrected by Holm over the pairs of one table; rows of several seeds each are "
    "compared by a t test over seeds and scenes."
)
ONE_SEED = (
    "A row is one training run: the intervals tell how scenes vary, not how another seed would "
    "have turned out."
)
BY_IMAGE = "{protocol} averages squared errors over images; here each image's PSNR counts alike."


def make(evidence: Evidence) -> Sequence[Block]:
    """Compare every two rows of each dataset, by PSNR and by SSIM."""
    psnr = compare_results(evidence.results, "psnr_db")
    ssim = compare_results(evidence.results, "ssim")
    tables = []
    for data in dict.fromkeys(pair.data for pair in psnr):
        tables.append(_rows(evidence, data))
        for name, pairs, decimals in (("PSNR (dB)", psnr, 2), ("SSIM", ssim, 4)):
            title = f"Differences in {name} on {data}, {evidence.protocol}"
            tables.append(_table(title, [pair for pair in pairs if pair.data == data], decimals))
    if not tables:
        return [Note("No two rows are scored on the same data."), *map(Note, evidence.unscored)]
    return [*tables, *map(Note, _notes(evidence, psnr))]


def _rows(evidence: Evidence, data: str) -> Table:
    """Tell what is compared, and what must be known of it."""
    scores = Column(title=data, unit=f"PSNR (dB) / SSIM, {evidence.protocol}", align="right")
    return Table(
        title=f"What is compared on {data}",
        columns=(Column(title="method"), Column(title="trained on"), scores),
        rows=tuple(
            (result.row, result.trained_on, result.measurement)
            for result in evidence.results
            if result.measurement.data == data
        ),
        keys=2,
    )


def _table(title: str, pairs: Sequence[Difference], decimals: int) -> Table:
    columns = (
        Column(title="method"),
        Column(title="less"),
        Column(title="difference", align="right", decimals=decimals),
        Column(title="95% from", align="right", decimals=decimals),
        Column(title="to", align="right", decimals=decimals),
        Column(title="p (Holm)", align="right", decimals=3),
        Column(title="scenes", align="right"),
        Column(title="images", align="right"),
        Column(title="verdict"),
    )
    return Table(title=title, columns=columns, rows=tuple(map(_row, pairs)), keys=2)


def _row(pair: Difference) -> tuple[Cell, ...]:
    low, high = pair.interval or (None, None)
    p = "< 0.001" if pair.p_value is not None and pair.p_value < 0.001 else pair.p_value
    images, verdict = f"{pair.images}/{pair.of}", "; ".join(_verdict(pair))
    return pair.first, pair.second, pair.mean, low, high, p, pair.scenes, images, verdict


def _verdict(pair: Difference) -> Iterable[str]:
    if pair.mean is None:
        yield f"not compared: {pair.why_not}"
    elif pair.distinguishable:
        yield f"{pair.first if pair.mean > 0 else pair.second} is better"
    else:
        yield "not distinguishable"
    if pair.mean is not None and not pair.practical:
        yield "not of practical size"
    yield from pair.remarks


def _notes(evidence: Evidence, pairs: Sequence[Difference]) -> Iterable[str]:
    yield METHOD
    trained = any(result.trained_on is not None for result in evidence.results)
    if trained and any(min(pair.seeds) == 1 for pair in pairs):
        yield ONE_SEED
    protocol = PROTOCOLS.get(evidence.protocol)
    if protocol is not None and protocol.average != "psnr":
        yield BY_IMAGE.format(protocol=protocol.name)
    yield from explain_marks(evidence.results)
    yield from evidence.unscored


REPORT = Report(title="Which rows can be told apart", make=make)
