"""Maps inside the network: by kernel, by scale, their gradients, and how alike they are (9-11)."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import numpy as np

from rainbench import (
    Block,
    Cell,
    Column,
    Evidence,
    FeatureFile,
    FeatureSet,
    Figure,
    GridRow,
    Maps,
    Note,
    Panel,
    PictureGrid,
    Report,
    Series,
    Table,
    as_they_are,
    distance_between_channels,
    distances_to_first,
    gradients,
    standardised,
    variance_left,
)

CHANNELS = 5
"""Channels shown: those that vary most in the group's last map."""

BINS = 80
RANGE = (0.5, 99.5)
"""Per cent of the values of all scales between which the bins lie."""

KINDS: tuple[tuple[str, Callable[[Maps], Maps]], ...] = (
    ("values", as_they_are),
    ("gradient magnitudes", gradients),
)

NOTHING = (
    "No maps are at hand; write some: rainbench features METHOD rainy.png --clean clean.png "
    "-o FILE.safetensors, and name the file: --with FILE.safetensors."
)

DISTANCE = (
    "Wasserstein's first distance between the values of a scale and those of scale 1, channel by "
    "channel, in standard deviations of scale 1; the median over channels and pictures. Scales are "
    "alike in a sense that means something where this is well below the distance between channels "
    "of one scale, and below that of the untrained network, whose scales nothing has made alike."
)

LEFT = (
    "The part of a map's variance that is there on the same scenes without rain: 0 where a map "
    "sees rain alone, 1 where it varies as much without it."
)


def make(evidence: Evidence) -> Sequence[Block]:
    """Show what each file holds."""
    blocks = [block for file in evidence.features for block in _file(file)]
    return blocks or [Note(NOTHING)]


def _file(file: FeatureFile) -> list[Block]:
    rainy = file.find("rainy", trained=True)
    if not rainy:
        return [Note(f"{file.method}: the file holds no rainy picture.")]
    shown = rainy[0]
    blocks: list[Block] = []
    of = f"{file.method} on {shown.image}"
    titles = {
        "kernels": f"By kernel at scale 1, {of}",
        "scales": f"By scale before up-sampling, {of}",
    }
    for group, title in titles.items():
        if group in shown.groups:
            blocks.append(_grid(title, shown.groups[group]))
    if "scales" not in shown.groups:
        return [*blocks, *_rain(file)]
    scales = shown.groups["scales"]
    blocks.append(_histogram(f"Values by scale, {of}", "value", scales))
    steep = {name: gradients(maps) for name, maps in scales.items()}
    blocks.append(_grid(f"Gradient magnitude by scale, {of}", steep))
    blocks.append(_histogram(f"Gradient magnitudes by scale, {of}", "gradient magnitude", steep))
    return [*blocks, _distances(file), Note(DISTANCE), *_rain(file)]


def _grid(title: str, maps: Mapping[str, Maps]) -> PictureGrid:
    last = list(maps.values())[-1]
    order = np.argsort(-last.var(axis=(1, 2)), kind="stable")[:CHANNELS]
    return PictureGrid(
        title=f"{title}; each map from its 1st to its 99th percentile",
        columns=tuple(f"channel {channel + 1}" for channel in order),
        rows=tuple(
            GridRow(name=name, panels=tuple(_panel(values[channel]) for channel in order))
            for name, values in maps.items()
        ),
        smooth=False,
    )


def _panel(values: Maps) -> Panel:
    low, high = np.percentile(values, (1, 99))
    grey = np.clip((values - low) / max(high - low, 1e-12), 0, 1) * 255
    return Panel.of(np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2))


def _histogram(title: str, what: str, maps: Mapping[str, Maps]) -> Figure:
    values = {name: each.ravel() for name, each in standardised(maps).items()}
    low, high = np.percentile(np.concatenate(list(values.values())), RANGE)
    edges = np.linspace(low, high, BINS + 1)
    middles = [(left + right) / 2 for left, right in pairwise(edges.tolist())]
    series = []
    for name, each in values.items():
        counts, _ = np.histogram(each, bins=edges)
        densities = counts / (each.size * (edges[1] - edges[0]))
        points = tuple(zip(middles, densities.tolist(), strict=True))
        series.append(Series(name, points, kind="histogram"))
    first = next(iter(maps))
    return Figure(
        title=f"{title}; all channels, each standardised by {first}, on common bins",
        x=f"{what}, in standard deviations of {first}",
        y="density",
        series=tuple(series),
    )


def _distances(file: FeatureFile) -> Table:
    conditions = [
        (sets, f"{words}, {kind} picture")
        for trained, words in ((True, "trained"), (False, "untrained"))
        for sets, kind in zip(_pairs(file, trained=trained), ("rainy", "rain-free"), strict=True)
    ]
    rows: list[tuple[Cell, ...]] = []
    names: list[str] = list(file.find("rainy", trained=True)[0].groups["scales"])[1:]
    for sets, words in conditions:
        for what, change in KINDS:
            if sets:
                found = distances_to_first(sets, "scales", change)
                between = distance_between_channels(sets, "scales", change)
                rows.append((words, what, *(found[name] for name in names), between))
    return Table(
        title=f"How alike scales are, {file.method}, over {_pictures(file)}",
        columns=(
            Column(title="network and picture"),
            Column(title="of"),
            *(Column(title=f"{name} to scale 1", align="right") for name in names),
            Column(title="between channels of scale 1", align="right"),
        ),
        rows=tuple(rows),
        keys=2,
    )


def _rain(file: FeatureFile) -> list[Block]:
    rows: list[tuple[Cell, ...]] = []
    names: dict[str, None] = {}
    for trained, words in ((True, "trained"), (False, "untrained")):
        left = variance_left(*_pairs(file, trained=trained), "kernels")
        names.update(dict.fromkeys(left))
        if left:
            rows.append((words, *left.values()))
    if not rows:
        return [Note(f"{file.method}: what maps see beside rain needs the same scenes without it.")]
    columns = (Column(title="network"), *(Column(title=name, align="right") for name in names))
    title = f"What is left of the maps' variance without rain, {file.method}"
    return [Table(title=title, columns=columns, rows=tuple(rows)), Note(LEFT)]


def _pairs(
    file: FeatureFile, *, trained: bool
) -> tuple[tuple[FeatureSet, ...], tuple[FeatureSet, ...]]:
    return file.find("rainy", trained=trained), file.find("clean", trained=trained)


def _pictures(file: FeatureFile) -> str:
    rainy, clean = map(len, _pairs(file, trained=True))
    return f"{rainy} rainy and {clean} rain-free pictures"


REPORT = Report(title="Maps inside the network", make=make, needs_results=False)
