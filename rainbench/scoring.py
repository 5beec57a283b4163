"""Scoring restored pictures that someone else made, into the same record as a run's."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from rainbench.comparison import Comparison
from rainbench.document import Document
from rainbench.errors import DatasetError, MethodError, RainbenchError, UsageError
from rainbench.hold import hold
from rainbench.identity import file_stem, identify
from rainbench.image import Image, pixel_sha256, read_pixels
from rainbench.marks import EIGHT_BIT, NOT_STATED
from rainbench.progress import OnProgress, Ticker, ignore
from rainbench.protocol import PROTOCOLS
from rainbench.record import Header, ImageRecord, RunRecord, find_run, read_run
from rainbench.recorder import Recorder, create_run
from rainbench.report import Column, Table
from rainbench.restorer import Restorer
from rainbench.session import begin
from rainbench.submission import Submission, open_submission
from rainbench.summary import UnitSummary, summarise

if TYPE_CHECKING:
    from rainbench.data.opening import OpenDataset
    from rainbench.dataset import ImagePair

PREFIX = "restored:"
"""Before a submission's name in an identity, so that it never meets a method's."""

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
    _check_name(name)
    submission = open_submission(Path(folder), dataset.pairs, name=name, partial=partial_folder)
    author = _as_restorer(submission)
    run = identify(author, dataset)
    home = Path(results) / file_stem(dataset.name)
    ticker = Ticker(name, dataset.name, len(submission.pictures), on_progress)
    with hold(home, run.id, wait=wait, on_wait=ticker.wait):
        header = Header(run=run, label=name, title=name, trained_on=NOT_STATED, of=dataset.promised)
        record = read_run(find_run(home, run.id) or create_run(home, header))
        recorder = Recorder(record, partial(begin, restorer=author, dataset=dataset))
        ticker.start()
        _Scorer(submission, record, recorder).through(dataset.pairs, ticker)
        return summarise(read_run(record.folder), set(submission.pictures))


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
        (name, score.psnr_db, score.ssim, images, ", ".join((*summary.marks, *_from_8_bit(name))))
        for name, score in summary.scores.items()
    )
    data = f"{summary.dataset} ({summary.release}), {summary.split}"
    return Table(title=f"{summary.method} on {data}", columns=columns, rows=rows)


def to_json(summary: UnitSummary) -> Document:
    """Return what `score --json` prints: a run's line, and which scores are from 8 bit."""
    marked = [name for name in summary.scores if _from_8_bit(name)]
    return {**summary.to_json(), "from_8_bit": marked}


def _from_8_bit(protocol: str) -> tuple[str, ...]:
    return ("from 8-bit",) if PROTOCOLS[protocol].needs_floats else ()


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
        method=PREFIX + submission.name,
        label=submission.name,
        title=submission.name,
        settings={},
        method_sha256=submission.sha256,
        trained_on=NOT_STATED,
        dtype=EIGHT_BIT,
        engine="pictures",
        derain=_absent,
    )


def _absent(_: Image) -> NoReturn:
    raise MethodError(
        expected="a method to run", got="only pictures that it made", now="score these instead"
    )


class _Scorer:
    """Scores one submission's pictures, each as far as the record lacks it."""

    def __init__(self, submission: Submission, record: RunRecord, recorder: Recorder) -> None:
        self._submission = submission
        self._record = record
        self._recorder = recorder

    def through(self, pairs: Iterable[ImagePair], ticker: Ticker) -> None:
        """Bring every pair that has a picture to its line in the record."""
        for pair in pairs:
            if pair.name not in self._submission.pictures:
                continue
            try:
                line, kept = self._score(pair)
            except RainbenchError as error:
                self._recorder.fail(pair.name, error)
                ticker.image(pair.name, error)
            else:
                ticker.image(pair.name, line, kept=kept)

    def _score(self, pair: ImagePair) -> tuple[ImageRecord, bool]:
        rainy, clean = pair.read()
        if clean is None:
            raise DatasetError(
                expected=f"a clean picture for {pair.name}",
                got="none",
                now="score on a dataset with ground truth",
            )
        digests = pixel_sha256(rainy), pixel_sha256(clean)
        line = self._record.images.get(pair.name)
        if (
            line is not None
            and (line.rainy_sha256, line.clean_sha256) == digests
            and set(PROTOCOLS) <= set(line.scores)
        ):
            return line, True
        restored = read_pixels(self._submission.pictures[pair.name])
        line = ImageRecord(
            image=pair.name,
            rainy_sha256=digests[0],
            clean_sha256=digests[1],
            seconds=None,  # nobody watched the method run
            session=self._recorder.session(),
            scores=Comparison(restored, clean).score_all(),
        )
        self._recorder.add(line, restored)
        return line, False
