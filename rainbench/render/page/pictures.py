"""The pictures that lie beside a page: restored ones, and the dataset's where they are at hand."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from shutil import copyfile
from typing import Literal
from urllib.parse import quote

from PIL import Image as Pillow

from rainbench.image import Pixels, write_png
from rainbench.render.page.image_set import ImageSet, Member
from rainbench.runs.journal import writing
from rainbench.runs.recorder import restored_path

THUMBNAIL = 192
"""The longer side of a small picture, in pixels."""

ORIGINALS: tuple[Literal["rainy", "clean"], ...] = ("rainy", "clean")


@dataclass(frozen=True)
class Pictures:
    """A folder beside the page, and what goes where in it."""

    folder: Path

    def lay_originals(self, images: ImageSet, place: int) -> tuple[list[str], list[int] | None]:
        """Write an image's rainy and clean picture and a small one.

        Returns which of the two are at hand, held to their digests, and (width, height).
        Written from pixels, not copied: a browser reads JPEG a little differently, and heeds
        colour profiles, both of which would show up as differences.
        """
        laid: list[str] = []
        size = None
        for kind in ORIGINALS:
            pixels = _original(images, place, kind)
            if pixels is None:
                continue
            base = self.folder / images.folder
            _write(base / kind / f"{images.files[place]}.png", _png(pixels))
            if not laid:
                _write(base / "thumbnails" / f"{images.files[place]}.webp", _thumbnail(pixels))
                size = [pixels.shape[1], pixels.shape[0]]
            laid.append(kind)
        return laid, size

    def lay_restored(self, images: ImageSet, member: Member) -> list[int]:
        """Put a run's restored pictures beside the page; returns of which images there are.

        A file is linked where the disk allows it, and copied elsewhere: a restored picture that
        is made anew is a new file, so that the page's stays what it was.
        """
        laid = []
        record = member.record
        for line in record.images.values():
            source = restored_path(record.folder, line.image)
            if source.is_file():
                place = images.place(line)
                target = self.folder / "runs" / record.header.run.id / f"{images.files[place]}.png"
                _write(target, _same(source))
                laid.append(place)
        return sorted(laid)

    def lay_panel(self, png: bytes) -> str:
        """Put one picture of a report's own beside the page; returns its address from there."""
        name = f"{sha256(png).hexdigest()[:16]}.png"
        _write(self.folder / "panels" / name, lambda path: path.write_bytes(png))
        return f"{quote(self.folder.name)}/panels/{name}"


def _original(images: ImageSet, place: int, kind: Literal["rainy", "clean"]) -> Pixels | None:
    """Read it through any run that saw it: one whose dataset's folder is still where it was."""
    name = images.images[place][0]
    for member in images.members:
        line = member.record.images.get(name)
        if line is not None and images.place(line) == place:
            pixels = member.album.read(kind, name)
            if pixels is not None:
                return pixels
    return None


def _png(pixels: Pixels) -> Callable[[Path], object]:
    return lambda path: write_png(path, pixels)


def _thumbnail(pixels: Pixels) -> Callable[[Path], object]:
    picture = Pillow.fromarray(pixels)
    picture.thumbnail((THUMBNAIL, THUMBNAIL))
    return lambda path: picture.save(path, format="WEBP", quality=75)


def _same(source: Path) -> Callable[[Path], object]:
    def put(path: Path) -> None:
        path.unlink(missing_ok=True)
        try:
            os.link(source, path)
        except OSError:  # another disk, or one that knows no links
            copyfile(source, path)

    return put


def _write(path: Path, put: Callable[[Path], object]) -> None:
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        put(path)
