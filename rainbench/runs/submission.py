"""Restored pictures that someone else made: which picture belongs to which of a dataset's pairs.

A submission is matched by name, never by sorted position: a picture that is missing would
shift all that come after it, and every number would be wrong without a sign of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

from rainbench.data.listing import is_picture, natural, some
from rainbench.dataset import ImagePair
from rainbench.errors import DatasetError, UsageError
from rainbench.image import SUFFIXES, Picture, read_size

# What a picture may be called after, the dataset's own name for the pair first.
NAMINGS: Mapping[str, Callable[[ImagePair], str]] = MappingProxyType(
    {
        "the pair": lambda pair: pair.name,
        "the rainy picture": lambda pair: pair.rainy.path.stem,
        "the clean picture": lambda pair: pair.clean.path.stem if pair.clean else pair.name,
    }
)

Match = dict[str, Path]


@dataclass(frozen=True, kw_only=True)
class Submission:
    """A folder of restored pictures, each matched to one of a dataset's pairs."""

    name: str
    """What a table's row is called."""
    pictures: Mapping[str, Path]
    """By the pair's name, in the dataset's order."""

    @property
    def sha256(self) -> str:
        """Digest the pictures' files with their pairs' names: what the scores depend on."""
        digest = sha256()
        for pair in sorted(self.pictures):
            file = sha256(self.pictures[pair].read_bytes()).hexdigest()
            digest.update(f"{pair}\0{file}\n".encode(errors="surrogatepass"))
        return digest.hexdigest()


def open_submission(
    folder: Path, pairs: Sequence[ImagePair], *, name: str, partial: bool = False
) -> Submission:
    """Match the pictures in `folder` to `pairs` and check that their sizes agree.

    A picture is called after its pair, its rainy or its clean picture; .png, .jpg or .jpeg.
    Pictures may be missing only if `partial`. Raises UsageError where the folder is none or
    holds pictures that match no pair, several, or one that has another; DatasetError for pairs
    without ground truth; ImageError for a file that is no picture.
    """
    files = _list(folder)
    _check_ground_truth(pairs)
    match = _match(folder, files, pairs)
    missing = [pair.name for pair in pairs if pair.name not in match]
    if missing and not partial:
        raise UsageError(
            expected=f"a restored picture in {folder} for each of {len(pairs)} pairs",
            got=f"none for {some(missing)}",
            now="add them, or say --partial to score the rest",
        )
    _check_sizes(match, pairs)
    ordered = {pair.name: match[pair.name] for pair in pairs if pair.name in match}
    return Submission(name=name, pictures=MappingProxyType(ordered))


def _list(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise UsageError(
            expected="a folder of restored pictures", got=f"none at {folder}", now="check the path"
        )
    files = [path for path in folder.iterdir() if is_picture(path.name) and path.is_file()]
    if not files:
        inside = sorted(path.name for path in folder.iterdir() if path.is_dir())
        raise UsageError(
            expected=f"restored pictures in {folder}",
            got=f"none there, but folders: {some(inside)}" if inside else "none there",
            now="name the folder that holds the pictures themselves",
        )
    strange = [path.name for path in files if path.suffix.lower() not in SUFFIXES]
    if strange:
        raise UsageError(
            expected=f"pictures of the kinds {', '.join(SUFFIXES)} in {folder}",
            got=some(strange),
            now="convert them without loss, to PNG",
        )
    return sorted(files, key=lambda path: natural(path.name))


def _check_ground_truth(pairs: Iterable[ImagePair]) -> None:
    bare = [pair.name for pair in pairs if pair.clean is None]
    if bare:
        raise DatasetError(
            expected="a clean picture for every rainy one",
            got=f"none for {some(bare)}",
            now="score on a dataset with ground truth",
        )


def _match(folder: Path, files: Sequence[Path], pairs: Sequence[ImagePair]) -> Match:
    """Match by the one naming that explains every file; else each file by whichever fits."""
    namings = [_index(pairs, [naming]) for naming in NAMINGS.values()]
    whole = [index for index in namings if all(len(index.get(f.stem, ())) == 1 for f in files)]
    readings = {tuple(index[file.stem][0] for file in files) for index in whole}
    if len(readings) == 1:
        return _one_each(folder, dict(zip(files, readings.pop(), strict=True)))
    index = _index(pairs, NAMINGS.values())
    strays = [file.name for file in files if file.stem not in index]
    if strays:
        raise UsageError(
            expected=f"pictures in {folder} called after pairs, as {pairs[0].name!r}",
            got=f"{some(strays)}, after which no pair, rainy or clean picture is called",
            now="rename or remove them",
        )
    unsure = [file for file in files if len(index[file.stem]) > 1]
    if unsure:
        first = unsure[0]
        raise UsageError(
            expected=f"names in {folder} that each mean one pair",
            got=f"{first.name}, which may be {' or '.join(index[first.stem])}",
            now=f"call the pictures after the pairs, as {index[first.stem][0]!r}",
        )
    return _one_each(folder, {file: index[file.stem][0] for file in files})


def _index(
    pairs: Sequence[ImagePair], namings: Iterable[Callable[[ImagePair], str]]
) -> dict[str, list[str]]:
    """Say which pairs a file's stem may mean, by the stem."""
    index: dict[str, list[str]] = {}
    for naming in namings:
        for pair in pairs:
            meant = index.setdefault(naming(pair), [])
            if pair.name not in meant:
                meant.append(pair.name)
    return index


def _one_each(folder: Path, meant: Mapping[Path, str]) -> Match:
    match: Match = {}
    for file, pair in meant.items():
        other = match.setdefault(pair, file)
        if other != file:
            raise UsageError(
                expected=f"one picture in {folder} for the pair {pair!r}",
                got=f"{other.name} and {file.name}",
                now="remove all but one",
            )
    return match


def _check_sizes(match: Match, pairs: Iterable[ImagePair]) -> None:
    wrong = []
    for pair in pairs:
        file = match.get(pair.name)
        if file is not None and (got := read_size(file)) != (want := _size(pair.rainy)):
            wrong.append(f"{file.name} of {got[0]}x{got[1]} for {want[0]}x{want[1]}")
    if wrong:
        raise UsageError(
            expected="restored pictures of their rainy pictures' sizes",
            got=some(wrong),
            now="restore at full size, without padding or cropping",
        )


def _size(picture: Picture) -> tuple[int, int]:
    """Read a picture's (width, height) from the header, or from its part of a file."""
    width, height = read_size(picture.path)
    if isinstance(picture.box, str):
        return width // 2, height
    if picture.box is not None:
        left, top, right, bottom = picture.box
        return right - left, bottom - top
    return width, height
