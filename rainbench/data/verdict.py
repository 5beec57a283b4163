"""What is wrong with one file of a dataset, in a word."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from rainbench.data.manifest import DIGITS, Digests, Manifest, Row
from rainbench.errors import ImageError
from rainbench.image import SIGNATURES, SUFFIXES, Half, Picture, Pixels, pixel_sha256

WORDS = {
    "missing": "the file is not there",
    "extra": "a picture that is not part of the dataset",
    "damaged": "it cannot be decoded as a whole",
    "re-encoded": "the same picture in other bytes",
    "swapped": "it holds another picture of the dataset",
    "another release": "it is the picture of another release",
    "another picture": "it is no picture of this dataset",
}
"""Every word that a file can get, and what it says."""

# What a rainy and its clean picture, shrunk to this many pixels a side, correlate with at least:
# of Rain100L's and Rain800's 900 pairs all do, of pictures of two scenes one pair in a hundred.
THUMB = 16
SAME = 0.75


@dataclass(frozen=True)
class Finding:
    """What is the matter with one file."""

    word: str
    """A key of WORDS."""
    file: str
    """The path relative to the dataset's folder, POSIX."""
    detail: str = ""
    harmless: bool = False
    """Whether every pixel is as published all the same."""


@dataclass(frozen=True)
class Slot:
    """What a file holds, or half of it: one of a pair's two pictures."""

    name: str
    role: str
    half: Half | None
    row: Row | None
    """The pair as published; None: its digests are not known."""


@dataclass(frozen=True)
class Seen:
    """A picture as it was read, where its file is not known by its bytes."""

    size: tuple[int, int]
    """Width and height in pixels."""
    digest: str


@dataclass(frozen=True)
class Reading:
    """One file, read."""

    file: str
    digest: str = ""
    """Of its bytes; empty where nobody has published what they are."""
    known: bool = False
    """Whether the bytes are those published, so that nothing was decoded."""
    pictures: Mapping[str, Seen] | None = None
    """By role, what was decoded; None where it cannot be, and where it need not be."""
    problem: str = ""


def read(folder: Path, file: str, slots: tuple[Slot, ...]) -> Reading:
    """Read a file: by its bytes alone where these are published, else down to its pixels."""
    path = folder / file
    published = [slot.row.pictures[slot.role].file if slot.row else "" for slot in slots]
    digest = ""
    if any(published):
        try:
            digest = sha256(path.read_bytes()).hexdigest()[:DIGITS]
        except OSError as error:
            return Reading(file, problem=f"cannot be read ({error.strerror or error})")
        if all(each == digest for each in published):
            return Reading(file, digest, known=True)
    try:
        pixels = _decode(Picture(path))
    except ImageError as error:
        return Reading(file, digest, problem=error.got.replace(str(path), "the file"))
    halves = {slot.role: _half(pixels, slot.half) for slot in slots}
    return Reading(file, digest, pictures={role: _seen(half) for role, half in halves.items()})


@dataclass(frozen=True)
class Likeness:
    """How a pair's two pictures look beside each other."""

    correlation: float
    """Of their thumbnails: 1 where they are alike but for brightness and contrast."""
    sizes: tuple[tuple[int, int], tuple[int, int]]
    """Of the picture and of its partner."""


def likeness(picture: Picture, partner: Picture | None) -> Likeness | None:
    """Compare a picture with its pair's other one; None where either cannot be read."""
    if partner is None:
        return None
    try:
        one, other = _decode(picture), _decode(partner)
    except ImageError:
        return None
    a, b = _thumb(one), _thumb(other)
    norm = float(np.sqrt((a * a).sum() * (b * b).sum()))
    alike = float((a * b).sum()) / norm if norm > 0 else 0.0
    return Likeness(alike, (_size(one), _size(other)))


def judge(
    slot: Slot,
    reading: Reading,
    likeness: Callable[[], Likeness | None],
    manifest: Manifest | None,
    sizes: Mapping[str, frozenset[tuple[int, int]]],
    release: str,
) -> Finding | None:
    """Hold one picture of a file against what was published; None: it is just that.

    `likeness` compares it with the pair's other picture; it is asked for only where digests do
    not tell. `sizes` are the releases' own, of those that have some.
    """
    if reading.known:
        return None
    if reading.pictures is None:
        return Finding("damaged", reading.file, reading.problem)
    seen = reading.pictures[slot.role]
    published = slot.row.pictures[slot.role] if slot.row is not None else Digests()
    if published.pixels == seen.digest:
        if not published.file:
            return None
        return Finding("re-encoded", reading.file, "with equal pixels", harmless=True)
    holders = _holders(manifest, reading.digest, seen.digest)
    if holders:
        return _elsewhere(reading.file, release, holders)
    other = [name for name, known in sizes.items() if seen.size in known]
    if other and seen.size not in sizes.get(release, {seen.size}):
        return Finding("another release", reading.file, f"{_said(seen.size)}, as in {other[0]}")
    if published == Digests():
        return None  # nothing is known that it could be held against
    return _altered(slot, reading.file, likeness())


def _altered(slot: Slot, file: str, look: Likeness | None) -> Finding:
    other = "clean" if slot.role == "rainy" else "rainy"
    if look is None:
        return Finding("another picture", file, f"or altered: no {other} picture to tell by")
    if look.correlation < SAME:
        return Finding("another picture", file, f"not the scene of its {other} picture")
    size, partner = look.sizes
    if size != partner:
        return Finding("re-encoded", file, f"and at {_said(size)}, not {_said(partner)}")
    return Finding("re-encoded", file, "with other pixels")


def _elsewhere(file: str, release: str, holders: tuple[tuple[Row, str], ...]) -> Finding:
    here = [(row, role) for row, role in holders if row.release == release]
    row, role = (here or holders)[0]
    if not here:
        return Finding(
            "another release", file, f"the {role} picture of {row.name} in {row.release}"
        )
    return Finding("swapped", file, f"holds the {role} picture of {row.name}")


def _holders(manifest: Manifest | None, *digests: str) -> tuple[tuple[Row, str], ...]:
    if manifest is None:
        return ()
    return next((manifest.holders[each] for each in digests if each in manifest.holders), ())


def _decode(picture: Picture) -> Pixels:
    """Decode a picture, also where its suffix promises the other kind. Raises ImageError."""
    try:
        return picture.read()
    except ImageError:
        pixels = _misnamed(picture.path)
        if pixels is None:
            raise
        return _half(pixels, picture.box if isinstance(picture.box, str) else None)


def _misnamed(path: Path) -> Pixels | None:
    promised = SUFFIXES.get(path.suffix.lower())
    others = [kind for kind in SIGNATURES if kind != promised]
    try:
        with Pillow.open(path, formats=others) as file:
            return np.array(file, dtype=np.uint8) if file.mode == "RGB" else None
    except (OSError, SyntaxError, ValueError, EOFError, Pillow.DecompressionBombError):
        return None


def _half(pixels: Pixels, half: Half | None) -> Pixels:
    middle = pixels.shape[1] // 2
    if half is None or not middle:
        return pixels
    return pixels[:, :middle] if half == "left" else pixels[:, middle : 2 * middle]


def _seen(pixels: Pixels) -> Seen:
    return Seen(_size(pixels), pixel_sha256(pixels)[:DIGITS])


def _thumb(pixels: Pixels) -> NDArray[np.float32]:
    small = Pillow.fromarray(pixels).convert("L").resize((THUMB, THUMB), Pillow.Resampling.BOX)
    thumb: NDArray[np.float32] = np.asarray(small, dtype=np.float32)
    return np.asarray(thumb - thumb.mean(), dtype=np.float32)


def _size(pixels: Pixels) -> tuple[int, int]:
    return pixels.shape[1], pixels.shape[0]


def _said(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"
