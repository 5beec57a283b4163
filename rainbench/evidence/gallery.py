"""The pictures that runs were made of and left, found where they lie and held to their digests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Literal, TypeAlias

from rainbench.errors import RainbenchError

if TYPE_CHECKING:
    from rainbench.dataset import ImagePair
    from rainbench.image import Pixels
    from rainbench.metrics.comparison import Score
    from rainbench.runs.identity import Run
    from rainbench.runs.record import ImageRecord, RunRecord

Kind: TypeAlias = Literal["rainy", "clean", "restored"]


@dataclass(frozen=True, kw_only=True)
class Shot:
    """One image of a run: which pixels it saw, and what they score."""

    rainy_sha256: str
    clean_sha256: str | None
    """None: a photograph without ground truth."""
    score: Score | None
    """Under the evidence's protocol; None: not scored."""


@dataclass(frozen=True, kw_only=True)
class Album:
    """What there is to see of one run on one dataset."""

    row: str
    """As nothing else is called: "msfm", "msfm (layers=6)"."""
    label: str
    title: str
    run_id: str
    data: str
    """As columns are called: "rain100l (original)"."""
    shots: Mapping[str, Shot]
    """By the image's name, sorted."""
    read: Callable[[Kind, str], Pixels | None] = field(compare=False)
    """Decodes a picture of an image, (H, W, 3), 8-bit RGB. None: it is not at hand, or the
    pixels are not those that the run saw."""


def make_album(run: RunRecord, protocol: str, row: str) -> Album:
    """Open a run's pictures; nothing is read before it is asked for."""
    from rainbench.evidence.measurement import data_name

    identity = run.header.run

    def read(kind: Kind, image: str) -> Pixels | None:
        line = run.images.get(image)
        if line is None:
            return None
        return _restored(run, line) if kind == "restored" else _original(run, line, kind)

    return Album(
        row=row,
        label=run.header.label,
        title=run.header.title,
        run_id=identity.id,
        data=data_name(identity.dataset, identity.split, identity.release),
        shots={name: _shot(line, protocol) for name, line in run.images.items()},
        read=read,
    )


def _shot(line: ImageRecord, protocol: str) -> Shot:
    return Shot(
        rainy_sha256=line.rainy_sha256,
        clean_sha256=line.clean_sha256,
        score=line.scores.get(protocol),
    )


def _restored(run: RunRecord, line: ImageRecord) -> Pixels | None:
    from rainbench.image import read_pixels
    from rainbench.runs.recorder import restored_path

    try:
        return read_pixels(restored_path(run.folder, line.image))
    except RainbenchError:
        return None


def _original(run: RunRecord, line: ImageRecord, kind: Kind) -> Pixels | None:
    """Read a dataset's own picture, wherever the dataset lies on this machine."""
    from rainbench.image import pixel_sha256

    identity = run.header.run
    folders = [each.data for _, each in sorted(run.sessions.items()) if each.data]
    pair = _pairs(_specification(identity, folders)).get(line.image)
    picture = None if pair is None else pair.rainy if kind == "rainy" else pair.clean
    wanted = line.rainy_sha256 if kind == "rainy" else line.clean_sha256
    if picture is None:
        return None
    try:
        pixels = picture.read()
    except RainbenchError:
        return None
    return pixels if pixel_sha256(pixels) == wanted else None


def _specification(identity: Run, folders: list[str]) -> str:
    from rainbench.data.opening import FOLDER

    if identity.release == FOLDER and folders:
        return folders[-1]
    return f"{identity.dataset}:{identity.split}"


@cache
def _pairs(specification: str) -> Mapping[str, ImagePair]:
    """List a dataset's pairs by name; none where it is not on this machine."""
    from rainbench.data.opening import open_dataset

    try:
        return {pair.name: pair for pair in open_dataset(specification, partial=True).pairs}
    except RainbenchError:
        return {}
