"""Scores by other people's code: of photographs without a clean picture, and as eyes would judge.

What a clean picture is not there for can be guessed at from statistics of natural pictures; such
guesses can favour left-over rain, so the rainy input is always scored too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rainbench.errors import NotInstalledError, UnknownNameError, UsageError, in_words
from rainbench.runs.document import Fields, parse

if TYPE_CHECKING:
    from rainbench.evidence.gallery import Album
    from rainbench.image import Pixels

SCHEMA = 1

KIND = "quality scores"

SUFFIX = ".json"

LIBRARY = "piq"
"""Apache-2.0. It fetches its weights on first use."""

INPUT = "rainy input"
"""The row of what the methods were given."""

MEASURES: Mapping[str, bool] = {"BRISQUE": False, "LPIPS": True, "DISTS": True}
"""The scores by name, each with whether it needs a clean picture; less is better in all."""


@dataclass(frozen=True)
class QualityScore:
    """What one picture scores."""

    data: str
    row: str
    image: str
    values: Mapping[str, float]
    """By the score's name."""


@dataclass(frozen=True, kw_only=True)
class QualityFile:
    """What `rainbench quality` wrote."""

    implementation: str
    """Whose code made the scores: "piq 0.8.0"."""
    scores: tuple[QualityScore, ...]


def score_quality(albums: Iterable[Album], measures: Sequence[str] = ()) -> QualityFile:
    """Score every picture that runs left, and the rainy input beside.

    Args:
        albums: the pictures of runs.
        measures: names among MEASURES; none: all.

    Raises UsageError where no picture is at hand, NotInstalledError where the library or its
    weights are not.
    """
    library, implementation = _library()
    wanted = tuple(measures or MEASURES)
    judges = {name: _judge(library, name) for name in wanted}
    scores = [
        QualityScore(data, row, image, _values(judges, pixels, clean))
        for data, row, image, pixels, clean in _pictures(albums)
    ]
    if not scores:
        raise UsageError(
            expected="restored pictures of runs",
            got="none at hand",
            now="run a method first: rainbench run --method METHOD --dataset DATASET",
        )
    return QualityFile(implementation=implementation, scores=tuple(scores))


def write_quality(file: QualityFile, path: Path) -> None:
    """Write scores as JSON that appears whole or not at all. Raises ResultsError."""
    from rainbench.runs.journal import write_document

    scores = [{**vars(each), "values": dict(each.values)} for each in file.scores]
    head = {"schema": SCHEMA, "kind": KIND, "implementation": file.implementation}
    write_document(path, {**head, "scores": scores})


def is_quality(path: Path) -> bool:
    """Whether a file holds such scores, as far as its first bytes say."""
    if path.suffix != SUFFIX:
        return False
    with path.open("rb") as file:
        return f'"{KIND}"'.encode() in file.read(64)


def read_quality(path: Path) -> QualityFile:
    """Read a file of scores. Raises ResultsError where it cannot be trusted."""
    place = str(path)
    fields = Fields(parse(path.read_bytes(), place), place)
    if fields.whole("schema") > SCHEMA:
        fields.refuse("schema", f"at most {SCHEMA}")
    listed = fields.document.get("scores")
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        fields.refuse("scores", "a list of scores")
    return QualityFile(
        implementation=fields.text("implementation"),
        scores=tuple(_read_score(Fields(each, place)) for each in listed),
    )


def _read_score(fields: Fields) -> QualityScore:
    values = Fields(fields.mapping("values"), fields.place)
    return QualityScore(
        data=fields.text("data"),
        row=fields.text("row"),
        image=fields.text("image"),
        values={name: values.number(name) for name in values.document},
    )


def _pictures(albums: Iterable[Album]) -> Iterator[tuple[str, str, str, Pixels, Pixels | None]]:
    """Give each picture with its data, row and image, and the clean one; the input once."""
    given: set[tuple[str, str]] = set()
    for album in albums:
        for image in album.shots:
            clean = album.read("clean", image)
            rainy = album.read("rainy", image)
            if rainy is not None and (album.data, image) not in given:
                given.add((album.data, image))
                yield album.data, INPUT, image, rainy, clean
            restored = album.read("restored", image)
            # A run that leaves the input as it is has been scored with it.
            if restored is not None and not _equal(restored, rainy):
                yield album.data, album.row, image, restored, clean


def _equal(restored: Pixels, rainy: Pixels | None) -> bool:
    return rainy is not None and restored.shape == rainy.shape and bool((restored == rainy).all())


def _values(
    judges: Mapping[str, Callable[..., Any]], pixels: Pixels, clean: Pixels | None
) -> dict[str, float]:
    found = {}
    for name, judge in judges.items():
        if clean is not None or not MEASURES[name]:
            pictures = [
                _tensor(pixels),
                *([_tensor(clean)] if clean is not None and MEASURES[name] else []),
            ]
            with _weights_of(name):
                found[name] = float(judge(*pictures))
    return found


def _tensor(pixels: Pixels) -> Any:  # noqa: ANN401 (torch is not imported here)
    import torch

    return torch.from_numpy(pixels.transpose(2, 0, 1)[None].copy()).float() / 255


def _library() -> tuple[Any, str]:
    try:
        return import_module(LIBRARY), f"{LIBRARY} {version(LIBRARY)}"
    except (ImportError, PackageNotFoundError) as error:
        raise NotInstalledError(
            expected=f"{LIBRARY}, which computes {', '.join(MEASURES)}",
            got=in_words(error),
            now='install it: pip install "rainbench[quality]"',
        ) from error


def _judge(library: Any, name: str) -> Callable[..., Any]:  # noqa: ANN401 (another's module)
    """Prepare one score: a function of a picture, or of a picture and the clean one."""
    if name not in MEASURES:
        raise UnknownNameError.among("score", name, MEASURES)
    if not MEASURES[name]:
        return lambda picture: getattr(library, name.lower())(picture, data_range=1.0)
    with _weights_of(name):
        judge: Callable[..., Any] = getattr(library, name)()
        return judge


@contextmanager
def _weights_of(name: str) -> Iterator[None]:
    """Say in a sentence that weights could not be fetched: an OSError of the library's."""
    try:
        yield
    except OSError as error:
        raise NotInstalledError(
            expected=f"the weights of {LIBRARY}'s {name}",
            got=in_words(error),
            now="run it once with a network, so that it can fetch them",
        ) from error
