"""What methods cost: parameters, operations, time and memory, and what PSNR that buys."""

from collections.abc import Sequence
from math import isfinite

from rainbench import (
    Block,
    Cell,
    Column,
    Evidence,
    Figure,
    Note,
    Profile,
    Report,
    Result,
    Series,
    Table,
)

MEBI = 2**20

OWN = "trained on this dataset's own training split"
OTHER = "trained on other data, or nobody says on what"
SEEN = "trained on other data with scenes of these images"

DEFINITIONS = (
    f"Parameters are trainable numbers, dead ones included. MACs are {Profile.MACS}. "
    "Activations are the elements that convolutions and linear layers write. Latency is the "
    "median over rounds of one image, weights loaded and warmed up, with the quartiles; peak "
    "memory is what the process or the card took above what it held before."
)

NOTHING = (
    "No profile is at hand; make some: rainbench profile METHOD, and name the folder: "
    "--with profiles/."
)


def make(evidence: Evidence) -> Sequence[Block]:
    """Arrange a table a size of image, and a plot a dataset."""
    sizes = sorted({(each.width, each.height) for each in evidence.profiles})
    tables = [_table(evidence, width, height) for width, height in sizes]
    said = DEFINITIONS if tables else NOTHING
    return [*tables, Note(said), *_plots(evidence)]


def _table(evidence: Evidence, width: int, height: int) -> Table:
    profiles = [each for each in evidence.profiles if (each.width, each.height) == (width, height)]
    columns = (
        Column(title="method"),
        Column(title="engine"),
        Column(title="machine"),
        Column(title="parameters", align="right"),
        Column(title="MACs", unit="G", align="right"),
        Column(title="activations", unit="M", align="right", decimals=1),
        Column(title="latency", unit="ms", align="right", decimals=1),
        Column(title="quartiles", unit="ms", align="right"),
        Column(title="peak memory", unit="MiB", align="right", decimals=0),
    )
    ordered = sorted(profiles, key=lambda each: (each.label, each.engine, each.place))
    return Table(
        title=f"Costs of one image of {width}x{height} pixels",
        columns=columns,
        rows=tuple(map(_row, ordered)),
        keys=3,
    )


def _row(profile: Profile) -> tuple[Cell, ...]:
    latency = profile.latency
    low, high = 1e3 * latency.lower_quartile_s, 1e3 * latency.upper_quartile_s
    engine = profile.engine if profile.dtype == "float32" else f"{profile.engine}, {profile.dtype}"
    busy = profile.load is not None and profile.load > 1
    return (
        profile.label,
        engine,
        f"{profile.place}; load {profile.load:.1f} before" if busy else profile.place,
        profile.parameters,
        None if profile.macs is None else profile.macs / 1e9,
        None if profile.activations is None else profile.activations / 1e6,
        1e3 * latency.median_s,
        f"{low:.1f} to {high:.1f}",
        None if profile.peak_bytes is None else profile.peak_bytes / MEBI,
    )


def _plots(evidence: Evidence) -> list[Block]:
    """Draw PSNR against parameters for each dataset that two networks are scored on."""
    blocks: list[Block] = []
    for data in sorted({result.measurement.data for result in evidence.results}):
        scored = [r for r in evidence.results if r.measurement.data == data]
        drawn = [r for r in scored if r.parameters and isfinite(r.measurement.psnr_db)]
        if len(drawn) < 2:
            said = f"{data}: no plot, for {len(drawn) or 'no'} scored network"
            blocks.append(Note(f"{said} has parameters and a finite PSNR; it takes two."))
            continue
        blocks.append(_plot(data, drawn, evidence.protocol))
        left_out = [result.row for result in scored if result not in drawn]
        if left_out:
            blocks.append(Note(f"{data}: without parameters, {', '.join(left_out)}."))
    return blocks


def _plot(data: str, results: Sequence[Result], protocol: str) -> Figure:
    groups: dict[str, list[Result]] = {}
    for result in results:
        groups.setdefault(_training(result), []).append(result)
    series = tuple(
        Series(
            name,
            tuple((float(r.parameters or 0), r.measurement.psnr_db) for r in groups[name]),
            kind="points",
            labels=tuple(_label(r) for r in groups[name]),
        )
        for name in (OWN, OTHER, SEEN)
        if name in groups
    )
    return Figure(
        title=f"PSNR against parameters on {data}, {protocol}",
        x="parameters",
        y=f"PSNR (dB), {protocol}",
        series=series,
        x_scale="log",
    )


def _training(result: Result) -> str:
    if result.in_domain:
        return OWN
    return SEEN if result.measurement.overlap.startswith("seen") else OTHER


def _label(result: Result) -> str:
    score = result.measurement
    return result.row if score.whole else f"{result.row}, {score.images}/{score.of}"


REPORT = Report(title="Costs, and PSNR against parameters", make=make, needs_results=False)
