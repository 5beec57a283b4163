"""Scoring restored pictures that someone else made, into the same record as a run's."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from rainbench.errors import MethodError, RainbenchError, UsageError
from rainbench.evidence.marks import EIGHT_BIT, NOT_STATED
from rainbench.image import Image, Pixels, read_pixels
from rainbench.report import Column, Table
from rainbench.restorers.restorer import Restored, Restorer
from rainbench.runs.evaluate import evaluate
from rainbench.runs.identity import RESTORED_BY
from rainbench.runs.progress import OnProgress, ignore
from rainbench.runs.submission import Submission, open_submission
from rainbench.runs.summary import UnitSummary

if TYPE_CHECKING:
    from rainbench.data.opening import OpenDataset
    from rainbench.runs.loading import LoadedPair

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]*")


def score_folder(
    folder: str | Path,
    dataset: OpenDataset,
    results: str | Path,
    *,
    name: str,
    partial_folder: bool = False,
    wait: bool = False,
    on_progress: OnProgress = ignore,
) -> UnitSummary:
    """Score the restored pictures in `folder`, matched to a dataset's pairs by name.

    8-bit pictures are scored under every protocol; those that are defined on unrounded output
    are marked "from 8-bit" wherever they are printed. The record lies in `results/<dataset>/`
    beside those of runs; its identity holds the digest of the pictures.

    Args:
        folder: pictures called after their pair, its rainy or its clean picture.
        dataset: the pairs, each with ground truth.
        results: the folder of all results, made if need be.
        name: what the table's row is called: letters, digits and "._@-".
        partial_folder: accept that pictures are missing.
        wait: where another process writes this record, wait for it; else RunHeldError.
        on_progress: told of every picture.

    Raises UsageError for a name or a folder that cannot be used. A picture that cannot be
    scored is a failure in the record, and the rest goes on.
    """
    restorer, dataset = open_pictures(Path(folder), dataset, name=name, partial=partial_folder)
    return evaluate(restorer, dataset, Path(results), wait=wait, on_progress=on_progress)


def open_pictures(
    folder: Path, dataset: OpenDataset, *, name: str, partial: bool = False
) -> tuple[Restorer, OpenDataset]:
    """Match the restored pictures in `folder` to a dataset's pairs, by name.

    Returns what looks them up, in a method's place, and the dataset with the pairs that have a
    picture: all of them, unless `partial`. Raises UsageError, DatasetError and ImageError.
    """
    _check_name(name)
    submission = open_submission(folder, dataset.pairs, name=name, partial=partial)
    pairs = tuple(pair for pair in dataset.pairs if pair.name in submission.pictures)
    return _as_restorer(submission), replace(dataset, pairs=pairs)


def row_name(folder: Path) -> str:
    """Call a folder's row after it, as far as a row may be called so."""
    return re.sub(r"[^A-Za-z0-9._@-]+", "-", folder.resolve().name).strip("-._@") or "folder"


def by_protocol(summary: UnitSummary) -> Table:
    """Tell what a submission scores, a row a protocol, with what stands beside the numbers."""
    columns = (
        Column(title="protocol"),
        Column(title="PSNR (dB)", align="right"),
        Column(title="SSIM", align="right", decimals=4),
        Column(title="images", align="right"),
        Column(title="remarks"),
    )
    images = f"{summary.images}/{summary.of}"
    rows = tuple(
        (name, score.psnr_db, score.ssim, images, ", ".join(summary.marks_under(name)))
        for name, score in summary.scores.items()
    )
    data = f"{summary.dataset} ({summary.release}), {summary.split}"
    return Table(title=f"{summary.method} on {data}", columns=columns, rows=rows)


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise UsageError(
            expected="a name of letters, digits and . _ @ - that begins with a letter or digit",
            got=repr(name),
            now="say what the table's row shall be called, as --name theirs",
        )


def _as_restorer(submission: Submission) -> Restorer:
    """Describe whoever made the pictures, as the record describes a method."""
    return Restorer(
        method=RESTORED_BY + submission.name,
        label=submission.name,
        title=submission.name,
        settings={},
        method_sha256=submission.sha256,
        trained_on=NOT_STATED,
        dtype=EIGHT_BIT,
        engine="pictures",
        derain=_absent,
        together=partial(_look_up, submission),
    )


def _absent(_: Image) -> NoReturn:
    raise MethodError(
        expected="a method to run", got="only pictures that it made", now="score these instead"
    )


def _look_up(
    submission: Submission, pairs: Iterable[LoadedPair]
) -> Generator[Restored, None, None]:
    for loaded in pairs:
        try:
            picture: Pixels | RainbenchError = read_pixels(submission.pictures[loaded.pair.name])
        except RainbenchError as error:
            picture = error
        yield Restored(loaded, picture)
