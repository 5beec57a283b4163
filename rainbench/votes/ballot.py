"""A page to vote on: pairs of restored pictures without names, in one HTML file."""

from __future__ import annotations

import random
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image as Pillow

from rainbench.data.listing import natural, some, spread
from rainbench.errors import UnknownNameError, UsageError
from rainbench.evidence.evidence import gather, read_records
from rainbench.render.page.file import compose
from rainbench.runs.document import Document
from rainbench.runs.identity import digest
from rainbench.votes.vote import SCHEMA

if TYPE_CHECKING:
    from rainbench.evidence.gallery import Album
    from rainbench.image import Pixels

TITLE = "Which picture is better?"

IMAGES = 12
"""Images that are voted on where nobody says how many: of four methods, 72 pairs."""


@dataclass(frozen=True, kw_only=True)
class Ballot:
    """What is voted on."""

    data: str
    """As columns are called: "real (sirr)"."""
    albums: tuple[Album, ...]
    images: tuple[str, ...]
    """Those that every run has a picture of, or a few of them, evenly picked."""
    seed: int
    pairs: tuple[tuple[str, int, int], ...]
    """Image, and which album's picture is on the left and which on the right, in order."""

    @property
    def id(self) -> str:
        """The same for the same question, whatever machine asks it."""
        runs = [album.run_id for album in self.albums]
        return digest({"runs": runs, "images": list(self.images), "seed": self.seed})


def make_ballot(
    results: str | Path,
    dataset: str,
    *,
    methods: Sequence[str] = (),
    images: int = IMAGES,
    seed: int = 0,
) -> Ballot:
    """Choose what is voted on: every two runs on every image, in random order, sides by chance.

    Args:
        results: the folder of results.
        dataset: "real" or "rain800:train"; ground truth is not needed.
        methods: only these, by label or by the plug-in's name; none: all.
        images: at most so many.
        seed: of the order; the same seed makes the same page.

    Raises UsageError for fewer than two runs, or where no image has a picture of every run.
    """
    evidence = gather(read_records(Path(results)), datasets=[dataset], methods=methods)
    by_data: dict[str, list[Album]] = {}
    for album in evidence.albums:
        by_data.setdefault(album.data, []).append(album)
    if len(by_data) > 1:
        raise UnknownNameError.among("single dataset to vote on", dataset, by_data)
    [(data, albums)] = by_data.items()
    if len(albums) < 2:
        raise UsageError(
            expected=f"two runs or more on {data} in {results}",
            got=some([album.row for album in albums]),
            now=f"run another: rainbench run --method METHOD --dataset {dataset}",
        )
    shown = spread(_common(albums, data), images)
    order = random.Random(seed)  # noqa: S311 (no secret)
    pairs = [
        (image, left, right)
        for image in shown
        for pair in combinations(range(len(albums)), 2)
        for left, right in [order.sample(pair, 2)]
    ]
    order.shuffle(pairs)
    return Ballot(data=data, albums=tuple(albums), images=shown, seed=seed, pairs=tuple(pairs))


def _common(albums: Sequence[Album], data: str) -> list[str]:
    """List the images that every run has seen with the same pixels and has a picture of."""
    first, *others = albums
    common = [
        name
        for name, shot in first.shots.items()
        if all(
            name in other.shots and other.shots[name].rainy_sha256 == shot.rainy_sha256
            for other in others
        )
        and all(album.read("restored", name) is not None for album in albums)
    ]
    if not common:
        raise UsageError(
            expected=f"an image of {data} that every run has a restored picture of",
            got="none",
            now="run all methods over the same images, or name fewer of them",
        )
    return sorted(common, key=natural)


def render_ballot(ballot: Ballot) -> str:
    r"""Write the page: one HTML file with all pictures in it; it ends in "\n"."""
    first = ballot.albums[0]
    document: Document = {
        "schema": SCHEMA,
        "ballot": ballot.id,
        "data": ballot.data,
        "runs": [album.run_id for album in ballot.albums],
        "images": {
            name: {
                "rainy": _embed(first.read("rainy", name)),
                "restored": [_embed(album.read("restored", name)) for album in ballot.albums],
            }
            for name in ballot.images
        },
        "pairs": ballot.pairs,
    }
    return compose(
        TITLE,
        document,
        styles=("base.css", "viewer.css", "vote.css"),
        scripts=("dom.js", "zoom.js", "vote.js"),
    )


def _embed(pixels: Pixels | None) -> str:
    """Write a picture without loss into an address; empty: it is not at hand."""
    if pixels is None:
        return ""
    file = BytesIO()
    Pillow.fromarray(pixels).save(file, format="WEBP", lossless=True, method=2)
    return f"data:image/webp;base64,{b64encode(file.getvalue()).decode()}"
