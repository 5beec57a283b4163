"""The look of the rain in whole sets of pairs, side by side: a table and a figure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rainbench.counting import counted
from rainbench.data.opening import OpenDataset, open_dataset
from rainbench.errors import DatasetError, UsageError
from rainbench.streaks.streak import StreakLook, measure_streaks

if TYPE_CHECKING:
    from rainbench.report import Table

TRAITS: Mapping[str, str] = {
    "brightness": "brightness (levels, median touched pixel)",
    "highlights": "highlights (levels, 99th percentile)",
    "coverage": "coverage (% of pixels)",
    "length": "length (pixels)",
    "width": "width (pixels)",
    "angle": "angle (degrees from the vertical)",
}
"""What is compared of a StreakLook, and how an axis calls it."""

DRAWN = ("brightness", "coverage", "length", "angle")


@dataclass(frozen=True, kw_only=True)
class Survey:
    """The looks of one set's pictures."""

    name: str
    """What a row and an axis call it: "rain800:train", "synthetic (folder)"."""
    is_test: bool
    """Whether these are statistics of a test set: nothing may be fitted to them unsaid."""
    looks: tuple[StreakLook, ...]


def survey(
    specs: Sequence[str],
    *,
    limit: int | None = None,
    on_picture: Callable[[str, int, int], None] = lambda *_: None,
) -> tuple[Survey, ...]:
    """Measure the streaks of sets of pairs: DATASET[:SPLIT] or folders, as `run` takes them.

    Of each set, the first `limit` pairs evenly spread over it. Sets may be incomplete. Raises
    what opening a dataset raises, and DatasetError for one without clean pictures or rain.
    """
    surveys = []
    for spec in specs:
        dataset = open_dataset(spec, partial=True)
        surveys.append(_survey(dataset, limit, on_picture))
    return tuple(surveys)


def _survey(
    dataset: OpenDataset, limit: int | None, on_picture: Callable[[str, int, int], None]
) -> Survey:
    name = dataset.name if dataset.is_folder else f"{dataset.name}:{dataset.split}"
    pairs = dataset.pairs
    if limit is not None and limit < len(pairs):
        pairs = tuple(pairs[i * len(pairs) // limit] for i in range(limit))
    looks = []
    for done, pair in enumerate(pairs, start=1):
        rainy, clean = pair.read()
        look = None if clean is None else measure_streaks(rainy, clean)
        if look is not None:
            looks.append(look)
        on_picture(name, done, len(pairs))
    if not looks:
        raise DatasetError(
            expected=f"rainy pictures with clean ones in {name}",
            got=f"no rain in {counted(len(pairs), 'pair')}",
            now="give a set with ground truth",
        )
    is_test = not dataset.is_folder and dataset.split == "test"
    return Survey(name=name, is_test=is_test, looks=tuple(looks))


def as_table(surveys: Sequence[Survey]) -> Table:
    """Tell the median and the quartiles of every trait, a row a set."""
    from rainbench.report import Column, Table

    titles = ("set", "pictures", *TRAITS.values())
    columns = tuple(
        Column(title=title, align="left" if title == "set" else "right") for title in titles
    )
    rows = tuple(
        (_named(each), str(len(each.looks)), *(_quartiles(each, trait) for trait in TRAITS))
        for each in surveys
    )
    return Table(title="Rainy minus clean: median (quartiles)", columns=columns, rows=rows)


def draw(surveys: Sequence[Survey], path: Path) -> None:
    """Draw brightness, coverage, length and angle of the sets side by side, as boxes.

    Whiskers reach from the 5th to the 95th percentile. The suffix of `path` is the format: PNG,
    PDF, SVG. Raises UsageError without matplotlib, and for a suffix that it cannot write.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UsageError(
            expected="matplotlib, to draw with",
            got="none installed",
            now="pip install 'rainbench[figures]', or leave the figure out",
        ) from error
    figure = Figure(figsize=(10, 0.8 + 0.32 * len(surveys) * 2), layout="constrained")
    canvas = FigureCanvasAgg(figure)
    suffix = path.suffix.removeprefix(".").lower()
    if suffix not in canvas.get_supported_filetypes():
        raise UsageError(
            expected="a figure in .png, .pdf or .svg", got=str(path), now="name another suffix"
        )
    figure.suptitle("Rainy minus clean")
    panels = figure.subplots(2, 2, sharey=True)
    panels[0, 0].invert_yaxis()  # the first set on top, in all four
    for axes, trait in zip(panels.flat, DRAWN, strict=True):
        values = [[getattr(look, trait) for look in each.looks] for each in surveys]
        axes.boxplot(values, orientation="horizontal", whis=(5, 95), showfliers=False)
        axes.set_yticks(range(1, len(surveys) + 1), [_named(each) for each in surveys])
        axes.set_xlabel(TRAITS[trait])
        axes.grid(axis="x", alpha=0.3)
    figure.savefig(path, dpi=150)


def _named(survey: Survey) -> str:
    return f"{survey.name} (test statistics)" if survey.is_test else survey.name


def _quartiles(survey: Survey, trait: str) -> str:
    values = [getattr(look, trait) for look in survey.looks]
    low, middle, high = np.percentile(values, [25, 50, 75])
    return f"{middle:.1f} ({low:.1f} to {high:.1f})"
