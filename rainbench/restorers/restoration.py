"""A user's own photographs, restored: what `rainbench derain` does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from rainbench.engines.engine import AUTO
from rainbench.errors import ImageError, MethodError, PluginError, RainbenchError, UsageError
from rainbench.image import PHOTO_SUFFIXES
from rainbench.method import LearnedMethod
from rainbench.registry import entries, find_method
from rainbench.restorers.photograph import read_photograph
from rainbench.restorers.photograph_file import check_output, write_photograph
from rainbench.restorers.preparation import prepare_restorer
from rainbench.restorers.tiling import Tiling, check_tile, choose_tile, plan_tiling

if TYPE_CHECKING:
    from rainbench.image import Image
    from rainbench.restorers.photograph import Photograph
    from rainbench.restorers.restorer import Restorer

RAIN_LEVELS = 8
"""By how many levels of 255 a pixel must darken to count as freed of rain."""

HARDLY = 0.02
"""The share of such pixels below which a picture is said hardly to hold rain.

Set by the default method where few rainy pictures fall below it. Of the middle 384x384 pixels of
Kodak's 24 photographs 16 do; of the same under rendered rain 1; of 57 real rainy photographs 2.
Clean pictures of much fine texture, 8 of the 24, are not told from rainy ones.
"""

PIECE = 512
"""Pixels a side of what of the first photograph an engine must agree on with eager torch."""

WEIGHTS = (0.299, 0.587, 0.114)  # brightness of red, green and blue, BT.601


@dataclass(frozen=True, kw_only=True)
class Restored:
    """A photograph that was restored and written."""

    photo: Path
    out: Path
    tile: int | None
    """The tile's size in pixels; None: restored whole."""
    exact: bool
    """Whether it came out as if restored whole."""
    cleared: float
    """The share of pixels that darkened by more than 8 levels of 255, in 0..1."""
    rainy: bool
    """Whether that is enough to speak of rain."""
    notes: tuple[str, ...] = ()
    """What of the file could not be kept, a sentence each."""


@dataclass(frozen=True, kw_only=True)
class NotRestored:
    """A photograph that could not be restored, and why; the others went on."""

    photo: Path
    error: RainbenchError


Outcome: TypeAlias = Restored | NotRestored


@dataclass(frozen=True, kw_only=True)
class Step:
    """How far a photograph is."""

    photo: Path
    done: int
    """Tiles restored."""
    tiles: int


def derain_photos(
    photos: str | Path | Iterable[str | Path],
    out: str | Path,
    *,
    method: str | None = None,
    weights: Path | None = None,
    tile: int | None = None,
    device: str = "auto",
    engine: str = AUTO,
    overwrite: bool = False,
    on_method: Callable[[Restorer], None] = lambda _: None,
    on_remark: Callable[[str], None] = lambda _: None,
    on_step: Callable[[Step], None] = lambda _: None,
    on_outcome: Callable[[Outcome], None] = lambda _: None,
) -> tuple[Outcome, ...]:
    """Take the rain out of photographs, keeping of each file what is not its rain.

    Grey stays grey, transparency, 16 bit, colour profile and EXIF data are kept; a photograph
    that EXIF turns is written upright. Each file appears whole or not at all.

    Args:
        photos: PNG, JPEG or TIFF files.
        out: a file, for one photograph, or a folder, in which each keeps its name.
        method: METHOD words: "prenet@rain1400", "./mine.py"; None: the one that says it is for
            photographs.
        weights: a file for a learned method.
        tile: the most that a tile's sides may be, in pixels; None: chosen by what the method
            takes, so that memory stays below 2 GiB for 16 megapixels.
        device: "auto", "cpu", "cuda" or "cuda:N".
        engine: what a learned method runs on, as for `run`.
        overwrite: replace files that are there; never a photograph that is read.
        on_method: told of the method before the first photograph.
        on_remark: told why it does not run on the fastest engine installed.
        on_step: told of every tile.
        on_outcome: told of every photograph as it ends.

    Returns, for each photograph, what became of it. Raises, before anything is read, UsageError
    for words that cannot be meant, and WeightsError, PluginError or ImageError.
    """
    from rainbench.costs.memory import give_back_large_blocks

    files = [Path(photo) for photo in ([photos] if isinstance(photos, str | Path) else photos)]
    check_tile(tile)
    places = _places(files, Path(out))
    restorer = prepare_restorer(
        method or _for_photographs(), weights=weights, device=device, engine=engine
    )
    on_method(restorer)
    give_back_large_blocks()

    def settle(photograph: Photograph) -> Restorer:
        nonlocal restorer
        if restorer.settle is not None:
            height, width = photograph.samples.shape[:2]
            piece = photograph.image((slice(0, PIECE), slice(0, PIECE)))
            restorer = restorer.settled(piece, height * width * len(files))
            if restorer.remark is not None:
                on_remark(restorer.remark)
        return restorer

    outcomes: list[Outcome] = []
    for photo, place in zip(files, places, strict=True):
        try:
            _refuse_taken(photo, place, overwrite)
            outcome: Outcome = _derain(photo, place, settle, tile, on_step)
        except RainbenchError as error:
            outcome = NotRestored(photo=photo, error=error)
        except OSError as error:  # a full disk, a folder that may not be written
            outcome = NotRestored(photo=photo, error=_unwritten(place, error))
        except MemoryError as error:
            outcome = NotRestored(photo=photo, error=_too_large(photo, error))
        outcomes.append(outcome)
        on_outcome(outcome)
    return tuple(outcomes)


def _for_photographs() -> str:
    for name in entries("methods"):
        try:
            value = find_method(name).value
        except PluginError:
            continue  # not the one: it would be said when it is named
        if isinstance(value, LearnedMethod) and value.for_photographs:
            return name
    raise UsageError(expected="a method for photographs", got="none", now="name one as --method")


def _places(photos: Sequence[Path], out: Path) -> list[Path]:
    """Say where each photograph goes. Raises UsageError."""
    from PIL import Image as Pillow

    if not photos:
        raise UsageError(expected="a photograph", got="none", now="name one or more files")
    if len(photos) == 1 and out.suffix.lower() in PHOTO_SUFFIXES and not out.is_dir():
        if not out.parent.is_dir():
            raise UsageError(
                expected=f"a folder {out.parent} for the output", got="none", now="make it first"
            )
        return [out]
    known = out.suffix.lower() in Pillow.registered_extensions()
    # "clear.jepg" is a file's name, misspelt; a folder of such a name is made by hand.
    meant = len(photos) == 1 and out.suffix[1:].isalpha()
    if (known or meant) and not out.is_dir():
        raise UsageError(
            expected=f"an output ending in {', '.join(sorted(PHOTO_SUFFIXES))}"
            if len(photos) == 1
            else f"a folder for {len(photos)} photographs",
            got=str(out),
            now="give another output, or a folder that is there",
        )
    if out.exists() and not out.is_dir():
        many = f"a folder for {len(photos)} photographs" if len(photos) > 1 else "a folder"
        raise UsageError(expected=many, got=f"the file {out}", now="give another output")
    names = [photo.name for photo in photos]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UsageError(
            expected="a name of its own for each photograph",
            got=f"{twice} twice",
            now="restore them into folders of their own, one by one",
        )
    if not out.parent.is_dir():
        raise UsageError(
            expected=f"a folder {out.parent} to make {out.name} in", got="none", now="make it first"
        )
    return [out / name for name in names]


def _refuse_taken(photo: Path, place: Path, overwrite: bool) -> None:
    if not place.exists():
        return
    if photo.exists() and place.samefile(photo):
        raise ImageError(
            expected="an output that is not the photograph itself",
            got=str(place),
            now="give another folder or name",
        )
    if not overwrite:
        raise ImageError(
            expected=f"no file at {place}", got="one", now="give another output, or --overwrite"
        )


def _derain(
    photo: Path,
    place: Path,
    settle: Callable[[Photograph], Restorer],
    tile: int | None,
    tell: Callable[[Step], None],
) -> Restored:
    photograph = read_photograph(photo)
    check_output(photograph, place)  # before minutes are spent
    restorer = settle(photograph)
    height, width = photograph.samples.shape[:2]
    if tile is None:
        tile = choose_tile(restorer, height, width)
    if tile is None:
        tiling = Tiling(edge=max(height, width), margin=0)
    else:
        tiling = plan_tiling(restorer.reach, restorer.multiple, tile)
    place.parent.mkdir(exist_ok=True)
    restored = photograph.twin()
    count, cleared = tiling.count(height, width), 0
    tell(Step(photo=photo, done=0, tiles=count))
    for done, part in enumerate(tiling.cut(height, width), start=1):
        rainy = photograph.image(part.window)
        after = restorer(rainy)[part.kept]
        cleared += _count_cleared(rainy[part.kept], after)
        restored.store(after, part.place)
        tell(Step(photo=photo, done=done, tiles=count))
    lost = write_photograph(restored, place)
    share = cleared / (height * width)
    return Restored(
        photo=photo,
        out=place,
        tile=tile,
        exact=count == 1 or restorer.reach is not None,
        cleared=share,
        rainy=share >= HARDLY,
        notes=(*photograph.notes, *lost),
    )


def _count_cleared(rainy: Image, restored: Image) -> int:
    darker = (rainy - np.clip(restored, 0, 1)) @ np.asarray(WEIGHTS, np.float32)
    return int(np.count_nonzero(darker > RAIN_LEVELS / 255))


def _unwritten(place: Path, error: OSError) -> ImageError:
    return ImageError(
        expected=f"to write {place}", got=error.strerror or str(error), now="mend that"
    )


def _too_large(photo: Path, error: MemoryError) -> MethodError:
    return MethodError(
        expected=f"memory for {photo}", got=str(error) or "too little", now="give a smaller --tile"
    )
