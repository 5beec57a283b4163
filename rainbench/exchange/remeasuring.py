"""A run's images measured again: their pixels, their restored pictures, and the method itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from rainbench.data.opening import FOLDER, open_dataset
from rainbench.errors import DatasetError, RainbenchError
from rainbench.evidence.traits import tell_apart
from rainbench.image import Image, Pixels, read_pixels
from rainbench.metrics.comparison import Comparison, agree
from rainbench.protocol import HEADLINE, PROTOCOLS
from rainbench.restorers.preparation import prepare_restorer
from rainbench.restorers.tiling import tile_restorer
from rainbench.restorers.weights import file_sha256
from rainbench.runs.identity import RESTORED_BY, identify
from rainbench.runs.loading import LoadedPair, load
from rainbench.runs.recorder import restored_path
from rainbench.specification import parse_method

if TYPE_CHECKING:
    from rainbench.data.opening import OpenDataset
    from rainbench.metrics.comparison import Score
    from rainbench.restorers.restorer import Restorer
    from rainbench.runs.record import ImageRecord, RunRecord


@dataclass(frozen=True)
class Remeasured:
    """What came of measuring again; of what nobody could measure, why."""

    data: str = ""
    pictures: str = ""
    method: str = ""
    problems: tuple[str, ...] = ()
    recomputed: bool = False
    """Whether any score was computed again."""


@dataclass(frozen=True, kw_only=True)
class AtHand:
    """What a run can be measured again with."""

    root: Path | None = None
    """The folder of datasets; None: as for `open_dataset`."""
    device: str = "cpu"
    weights: Mapping[str, Path] = field(default_factory=lambda: MappingProxyType({}))
    """Files of weights that do not ship, by SHA-256."""
    methods: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Paths of methods that are on no shelf, by what runs call them: "mine" of "./mine.py"."""


def files_by_digest(paths: Iterable[str | Path]) -> dict[str, Path]:
    """Digest files, and all files below folders. Raises WeightsError for what cannot be read."""
    files = [
        file
        for path in map(Path, paths)
        for file in (sorted(path.rglob("*")) if path.is_dir() else [path])
        if not file.is_dir()
    ]
    return {file_sha256(file): file for file in files}


@dataclass
class _Count:
    """How many of those looked at hold, and what is wrong with the others."""

    looked: int = 0
    held: int = 0
    problems: list[str] = field(default_factory=list)

    def add(self, problem: str) -> None:
        """Count one; an empty problem is none."""
        self.looked += 1
        self.held += not problem
        if problem:
            self.problems.append(problem)

    def __str__(self) -> str:
        return f"{self.held}/{self.looked} hold"


def remeasure(record: RunRecord, images: int, at_hand: AtHand) -> Remeasured:
    """Hold a run to its dataset, and so many of its images to their scores.

    What is not at hand (the dataset, a restored picture, the method with those very settings and
    weights) is said and is no problem.
    """
    try:
        dataset = _open(record, at_hand.root)
    except RainbenchError as error:
        return Remeasured(data=f"not at hand: {error.got}")
    pairs = {pair.name: pair for pair in dataset.pairs}
    chosen = set(_spread(sorted(record.images), images))
    data, pictures = _Count(), _Count()
    loaded: list[LoadedPair] = []
    for name, line in record.images.items():
        try:
            pair = load(pairs[name]) if name in pairs else None
            data.add(_pixels(line, pair))
            if pair is not None and name in chosen:
                loaded.append(pair.without_pixels())
                _look_at_picture(record, line, pair, pictures)
        except RainbenchError as error:
            data.add(f"{name}: {error}")
    method, count = _restored_again(record, dataset, loaded, at_hand) if chosen else ("", _Count())
    return Remeasured(
        data=str(data),
        pictures=str(pictures) if pictures.looked else "none at hand" if chosen else "",
        method=method or (str(count) if chosen else ""),
        problems=(*data.problems, *pictures.problems, *count.problems),
        recomputed=bool(pictures.looked or count.looked),
    )


def _open(record: RunRecord, root: Path | None) -> OpenDataset:
    """Open the data that a run is of. Raises RainbenchError where it is not at hand."""
    run = record.header.run
    if run.release == FOLDER:
        last = record.sessions[max(record.sessions)] if record.sessions else None
        folder = Path(last.data) if last and last.data else None
        if folder is None or not folder.is_dir():
            raise DatasetError(
                expected="a user's own pairs", got=f"no folder {folder}", now="bring it back"
            )
        return open_dataset(str(folder), partial=True).given(run.input)
    dataset = open_dataset(f"{run.dataset}:{run.split}", root=root, partial=True)
    if dataset.release != run.release:
        raise DatasetError(
            expected=f"the release {run.release}",
            got=f"the release {dataset.release}",
            now="get it",
        )
    return dataset.given(run.input)


def _spread(names: list[str], count: int) -> Iterator[str]:
    """Choose so many names, as evenly as they come."""
    count = min(count, len(names))
    yield from (names[place * len(names) // count] for place in range(count))


def _pixels(line: ImageRecord, pair: LoadedPair | None) -> str:
    if pair is None:
        return f"{line.image}: no such pair in the dataset"
    found, stated = ((each.rainy_sha256, each.clean_sha256) for each in (pair, line))
    return "" if found == stated else f"{line.image}: the dataset's pixels are others"


def _look_at_picture(
    record: RunRecord, line: ImageRecord, pair: LoadedPair, pictures: _Count
) -> None:
    path = restored_path(record.folder, line.image)
    stated = line.scores.get(HEADLINE)
    _, clean = pair.pixels()
    if not path.exists() or stated is None or clean is None:
        return
    try:
        found = Comparison(read_pixels(path), clean).score(PROTOCOLS[HEADLINE])
    except RainbenchError as error:
        pictures.add(f"{line.image}: {error}")
        return
    said = f"{line.image}: its restored picture scores {_words(found)}, recorded {_words(stated)}"
    pictures.add("" if agree(found, stated) else said)


def _restored_again(
    record: RunRecord, dataset: OpenDataset, pairs: Iterable[LoadedPair], at_hand: AtHand
) -> tuple[str, _Count]:
    """Restore images again with the run's own method; else say why it is not at hand."""
    count = _Count()
    if record.header.run.method.startswith(RESTORED_BY):
        return "pictures, no method", count
    try:
        restorer = _prepare(record, dataset, at_hand)
    except RainbenchError as error:
        return f"not at hand: {error.got}", count
    if isinstance(restorer, str):
        return f"not at hand: what is here has {restorer}", count
    for restored in restorer.restore(pairs):
        line, picture = record.images[restored.loaded.pair.name], restored.picture
        try:
            if isinstance(picture, RainbenchError):
                raise picture
            _, clean = restored.loaded.pixels()
            if clean is not None:
                count.add(_as_recorded(line, picture, clean))
        except RainbenchError as error:
            count.add(f"{line.image}: {error}")
    return "", count


def _prepare(record: RunRecord, dataset: OpenDataset, at_hand: AtHand) -> Restorer | str:
    """Make the run's method ready, or say in what the one at hand is another."""
    run = record.header.run
    words = parse_method(record.header.label)
    words = replace(words, name=at_hand.methods.get(words.name, words.name))
    weights = at_hand.weights.get(run.weights_sha256 or "")
    if weights is not None:
        words = replace(words, weights=None)
    restorer = prepare_restorer(words, dataset=run.dataset, weights=weights, device=at_hand.device)
    restorer = tile_restorer(restorer, run.tile)
    found = identify(restorer, dataset, seed=run.seed)
    if found.id == run.id:
        return restorer
    return tell_apart([("", found), ("", run)])[found.id] or "another identity"


def _as_recorded(line: ImageRecord, picture: Image | Pixels, clean: Pixels) -> str:
    known = [PROTOCOLS[name] for name in line.scores if name in PROTOCOLS]
    found = Comparison(picture, clean).score_all(known)
    for name, score in found.items():
        if not agree(score, line.scores[name]):
            stated = _words(line.scores[name])
            return f"{line.image}: restored again, {_words(score)} under {name}, recorded {stated}"
    return ""


def _words(score: Score) -> str:
    return f"{score.psnr_db:.4f} dB / {score.ssim:.6f}"
