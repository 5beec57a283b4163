"""The images that runs have in common: one line a picture's content, however many runs saw it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rainbench.data.listing import natural
from rainbench.evidence.gallery import Album
from rainbench.evidence.measurement import data_name
from rainbench.runs.identity import file_stem
from rainbench.runs.record import ImageRecord, RunRecord

Content = tuple[str, str, str | None]
"""Name and pixel digests, rainy and clean: what runs must share to be compared on an image."""


@dataclass(frozen=True, kw_only=True)
class Member:
    """One run among those on the same data."""

    record: RunRecord
    album: Album


@dataclass(frozen=True, kw_only=True)
class ImageSet:
    """One release of one split, with every image that a run has a line of."""

    name: str
    """As columns are called: "rain100l (original)"."""
    folder: str
    """A name for its pictures' folder, fit for any system."""
    members: tuple[Member, ...]
    images: tuple[Content, ...]
    """In order of name, numbers by value."""
    files: tuple[str, ...]
    """A file's stem for each image; no two alike."""
    places: Mapping[Content, int] = field(repr=False)
    """Where an image stands among them."""

    def place(self, line: ImageRecord) -> int:
        """Say where a run's line stands among the images."""
        return self.places[content(line)]


def content(line: ImageRecord) -> Content:
    """Say which image a line is about."""
    return line.image, line.rainy_sha256, line.clean_sha256


def image_sets(members: Iterable[Member]) -> list[ImageSet]:
    """Gather runs by their data, in order of the data's name."""
    by_data: dict[str, list[Member]] = {}
    for member in members:
        run = member.record.header.run
        by_data.setdefault(data_name(run.dataset, run.split, run.release), []).append(member)
    return [_image_set(name, by_data[name]) for name in sorted(by_data, key=natural)]


def _image_set(name: str, members: list[Member]) -> ImageSet:
    found = {content(line) for each in members for line in each.record.images.values()}
    images = tuple(sorted(found, key=lambda image: (natural(image[0]), *map(str, image[1:]))))
    names = [image[0] for image in images]
    return ImageSet(
        name=name,
        folder=file_stem(name.replace(":", "-")),
        members=tuple(members),
        images=images,
        files=tuple(
            file_stem(image[0]) + (f"-{image[1][:8]}" if names.count(image[0]) > 1 else "")
            for image in images
        ),
        places={image: place for place, image in enumerate(images)},
    )
