"""Running one method over one dataset: three overlapped stages, and a record that survives."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from rainbench.dataset import ImagePair
from rainbench.errors import DatasetError, RainbenchError, UsageError
from rainbench.image import read_pixels, to_image
from rainbench.metrics.comparison import Comparison, agree
from rainbench.metrics.pixel_error import measure_pixel_errors
from rainbench.metrics.quantiser import quantise
from rainbench.protocol import HEADLINE, PROTOCOLS, Protocol
from rainbench.runs.hold import hold
from rainbench.runs.identity import file_stem, identify, is_image_name
from rainbench.runs.loading import QUEUE, LoadedPair, load, load_ahead
from rainbench.runs.progress import OnProgress, Ticker, ignore
from rainbench.runs.reading import find_run, read_run
from rainbench.runs.record import Header, ImageRecord, RunRecord
from rainbench.runs.recorder import Recorder, create_run, restored_path
from rainbench.runs.session import begin
from rainbench.runs.summary import UnitSummary, summarise

if TYPE_CHECKING:
    from rainbench.data.opening import OpenDataset
    from rainbench.restorers.restorer import Restored, Restorer

Ending: TypeAlias = ImageRecord | RainbenchError
"""What became of a pair: its line in the record, or why there is none."""


def evaluate(
    restorer: Restorer,
    dataset: OpenDataset,
    results: Path,
    *,
    limit: int | None = None,
    wait: bool = False,
    on_progress: OnProgress = ignore,
) -> UnitSummary:
    """Restore and score a dataset's pairs, as far as the record lacks them.

    Every measured image is on the disk before the next is waited for; an interruption, even a
    power cut, costs the images in flight. What a method or a picture does wrong becomes a line
    in failures.jsonl, and the run goes on. The record lies in `results/<dataset>/`.

    Args:
        restorer: the method, ready to run; called in this thread, or in those of its lanes.
        dataset: the pairs; `clean` None: restored only.
        results: the folder of all results, made if need be.
        limit: only the first so many pairs.
        wait: where another process writes this run, wait for it; else RunHeldError.
        on_progress: told of every image, in this thread.

    Returns the averages over the pairs asked for. Raises ResultsError where the record cannot
    be read or written, DatasetError for pairs whose names cannot be filed and for a folder of
    pairs that is called as another whose results are here.
    """
    pairs = _choose(dataset, limit)
    run = identify(restorer, dataset)
    home = results / file_stem(dataset.name)
    ticker = Ticker(restorer.label, dataset.name, len(pairs), on_progress)
    with hold(home, run.id, wait=wait, on_wait=ticker.wait):
        header = Header(
            run=run,
            label=restorer.label,
            title=restorer.title,
            parameters=restorer.parameters,
            trained_on=restorer.trained_on,
            budget=restorer.budget,
            repeats=restorer.repeats,
            floor=restorer.floor,
            of=dataset.promised,
            exact=restorer.exact,
        )
        folder = find_run(home, run.id) or create_run(home, header)
        record = read_run(folder)
        _refuse_namesake(record, dataset)
        restorer = _settle(restorer, [pair for pair in pairs if pair.name not in record.images])
        recorder = Recorder(record, partial(begin, restorer=restorer, dataset=dataset))
        _bring_up_to_date(record, recorder, dataset)
        ticker.start(restorer.remark)
        _Work(restorer, record, recorder, ticker).through(pairs)
        return summarise(read_run(folder), {pair.name for pair in pairs})


def _choose(dataset: OpenDataset, limit: int | None) -> tuple[ImagePair, ...]:
    if limit is not None and limit < 1:
        raise UsageError(
            expected="a limit of 1 image or more", got=f"{limit}", now="leave --limit out for all"
        )
    names: set[str] = set()
    for pair in dataset.pairs:
        if pair.name in names or not is_image_name(pair.name):
            raise DatasetError(
                expected=f"a name of its own for each pair of {dataset.name}, and no path",
                got=f"{pair.name!r}" + (" twice" if pair.name in names else ""),
                now="rename that picture, or mend the names in the dataset's layout",
            )
        names.add(pair.name)
    return dataset.pairs[:limit]


def _settle(restorer: Restorer, pending: Sequence[ImagePair]) -> Restorer:
    """Settle the restorer's engine by the first picture of those to restore that can be read."""
    if restorer.settle is None:
        return restorer
    for number, pair in enumerate(pending):
        try:
            rainy, _ = load(pair).pixels()
            height, width = rainy.shape[:2]
            return restorer.settled(to_image(rainy), height * width * (len(pending) - number))
        except RainbenchError:
            continue  # a failure of this pair, which is told of and written down in its turn
    return restorer


def _refuse_namesake(record: RunRecord, dataset: OpenDataset) -> None:
    """Keep two folders of pairs that are only called alike from undoing each other's results."""
    if not dataset.is_folder or not record.sessions:
        return
    before, here = record.sessions[max(record.sessions)].data, str(dataset.folder.resolve())
    # A folder that is gone was moved here; one that is still there is another.
    if before not in ("", here) and Path(before).is_dir():
        raise DatasetError(
            expected=f"the folder {before}, whose results are in {record.folder}",
            got=f"{here}, another of that name",
            now="rename one of them, or keep its results apart with --results",
        )


def _bring_up_to_date(record: RunRecord, recorder: Recorder, dataset: OpenDataset) -> None:
    """Write down what became of the dataset since: another count, or pairs that are gone."""
    if dataset.promised != record.of:
        recorder.session()
    if len(dataset.pairs) < dataset.promised:
        return  # a partial copy does not say that the others are gone
    held = {pair.name for pair in dataset.pairs}
    for name in {**record.images, **record.failures}:
        if name not in held:
            recorder.withdraw(name)


class _Work:
    """The three stages: read | de-rain | score and write, each in threads of its own.

    De-raining stays in the caller's thread, where a Ctrl-C arrives, unless the restorer has
    lanes, which the caller waits for. What was handed on by then is still scored and written.
    """

    def __init__(
        self, restorer: Restorer, record: RunRecord, recorder: Recorder, ticker: Ticker
    ) -> None:
        self._restorer = restorer
        self._record = record
        self._recorder = recorder
        self._ticker = ticker

    def through(self, pairs: Iterable[ImagePair]) -> None:
        """Bring every pair to its line in the record."""
        with ThreadPoolExecutor(1, "write") as writer, ThreadPoolExecutor(1, "read") as reader:
            last = _LastStage(writer, self._ticker)
            wanted = self._wanted(load_ahead(reader, pairs), last)
            with closing(self._restorer.restore(wanted)) as restored:
                for each in restored:
                    last.add(each.loaded.pair.name, partial(self._finish, each))
            last.end()

    def _wanted(
        self, loaded: Iterable[tuple[ImagePair, LoadedPair | RainbenchError]], last: _LastStage
    ) -> Iterator[LoadedPair]:
        """Let through what there is to de-rain, and see to the rest."""
        for pair, each in loaded:
            if isinstance(each, RainbenchError):
                last.add(pair.name, partial(self._fail, pair.name, each))
                continue
            line = self._record.images.get(pair.name)
            if line is None or self._missing(each) is not None:
                yield each
            elif line.errors is None and line.scores:
                last.add(pair.name, partial(self._look_again, each, line))
            else:
                self._ticker.image(pair.name, line, kept=True)

    def _missing(self, loaded: LoadedPair) -> list[Protocol] | None:
        """List the protocols that a pair still wants; None: the record has all of it."""
        line = self._record.images.get(loaded.pair.name)
        wanted = [] if loaded.clean_sha256 is None else list(PROTOCOLS.values())
        if line is None or (line.rainy_sha256, line.clean_sha256) != (
            loaded.rainy_sha256,
            loaded.clean_sha256,
        ):
            return wanted
        if loaded.clean_sha256 is None:
            # Without scores the picture itself is all that a run leaves.
            done = restored_path(self._record.folder, line.image).exists()
            return None if done else wanted
        return [each for each in wanted if each.name not in line.scores] or None

    def _finish(self, restored: Restored) -> Ending:
        loaded, picture = restored.loaded, restored.picture
        if isinstance(picture, RainbenchError):
            return self._fail(loaded.pair.name, picture, loaded)
        try:
            rainy, clean = loaded.pixels()
            missing = self._missing(loaded) or []
            comparison = None if clean is None else Comparison(picture, clean)
            scores = {} if comparison is None else comparison.score_all(missing)
            errors = None if comparison is None else measure_pixel_errors(comparison, rainy)
        except RainbenchError as error:
            return self._fail(loaded.pair.name, error, loaded)
        line = ImageRecord(
            image=loaded.pair.name,
            rainy_sha256=loaded.rainy_sha256,
            clean_sha256=loaded.clean_sha256,
            seconds=None if restored.seconds is None else round(restored.seconds, 6),
            session=self._recorder.session(),
            scores=scores,
            clean_look=loaded.clean_look,
            scene=loaded.pair.scene,
            errors=errors,
        )
        self._recorder.add(line, quantise(picture, PROTOCOLS[HEADLINE].quantise))
        return line

    def _look_again(self, loaded: LoadedPair, line: ImageRecord) -> ImageRecord:
        """Find where an image's errors lie from its restored picture, where the line lacks that."""
        try:
            rainy, clean = loaded.pixels()
            if clean is None:
                return line
            picture = read_pixels(restored_path(self._record.folder, line.image))
            comparison = Comparison(picture, clean)
            same = comparison.score(PROTOCOLS[HEADLINE])
        except RainbenchError:
            return line  # the picture is gone, and all that was measured stands
        # It holds the headline's pixels, and so says what the headline's planes would have said.
        if agree(same, line.scores.get(HEADLINE)):
            line = replace(line, errors=measure_pixel_errors(comparison, rainy))
            self._recorder.amend(line)
        return line

    def _fail(
        self, name: str, error: RainbenchError, loaded: LoadedPair | None = None
    ) -> RainbenchError:
        rainy, clean = (loaded.rainy_sha256, loaded.clean_sha256) if loaded else (None, None)
        self._recorder.fail(name, error, rainy_sha256=rainy, clean_sha256=clean)
        return error


class _LastStage:
    """Scores and writes in its own thread, in order, and tells of each pair that is through."""

    def __init__(self, writer: ThreadPoolExecutor, ticker: Ticker) -> None:
        self._writer = writer
        self._ticker = ticker
        self._behind: deque[tuple[str, Future[Ending]]] = deque()

    def add(self, name: str, step: Callable[[], Ending]) -> None:
        """Hand on one pair's last step; waits while too many are under way."""
        self._behind.append((name, self._writer.submit(step)))
        while self._behind and (len(self._behind) > QUEUE or self._behind[0][1].done()):
            self._tell()

    def end(self) -> None:
        """Wait for all."""
        while self._behind:
            self._tell()

    def _tell(self) -> None:
        name, future = self._behind.popleft()
        self._ticker.image(name, future.result())
