"""Pictures side by side: rainy, every method, clean, with enlarged parts (Figs. 3-8)."""

from collections.abc import Mapping, Sequence
from math import isfinite

import cv2
import numpy as np
from numpy.typing import NDArray

from rainbench import (
    Album,
    Block,
    Evidence,
    GridRow,
    Note,
    Panel,
    PictureGrid,
    Pixels,
    Report,
    Zoom,
)

INPUT = "rainy"
"""The run that leaves the rainy picture as it is: its scores are the first column's."""

SHOWN = 3
"""Rows where nobody says which: where the methods differ most, as usual, and least."""

ZOOMS = 2
"""Enlarged parts where nobody says which: where the methods differ most."""

SHARE = 6
"""One side of an enlarged part: this part of the picture's shorter side."""

FULL_ERROR = 32
"""The error, in levels of 255, that is drawn brightest."""

Picture = Mapping[str, Pixels]
"""One image by column."""


def make(evidence: Evidence) -> Sequence[Block]:
    """Arrange a grid for each dataset that runs left pictures of."""
    by_data: dict[str, list[Album]] = {}
    for album in evidence.albums:
        if album.shots:
            by_data.setdefault(album.data, []).append(album)
    blocks = [block for data in sorted(by_data) for block in _grid(evidence, data, by_data[data])]
    return blocks or [Note("No run left a picture.")]


def _grid(evidence: Evidence, data: str, albums: Sequence[Album]) -> list[Block]:
    columns = ("rainy", *(album.row for album in albums if album.label != INPUT), "clean")
    rows: list[GridRow] = []
    missing: list[str] = []
    names = _choose(evidence, albums)
    for name in names:
        pictures = _read(albums, name)
        if len(pictures) < 2:
            missing.append(name)
            continue
        zooms = evidence.view.boxes or _where_they_differ(pictures)
        captions = _captions(albums, name)
        panels = tuple(
            Panel.of(pictures[column], captions.get(column, "")) if column in pictures else None
            for column in columns
        )
        rows.append(GridRow(name=name, panels=panels, zooms=tuple(zooms)))
        if evidence.view.error_maps and "clean" in pictures:
            rows.append(_errors(name, columns, pictures, tuple(zooms)))
    return _blocks(evidence, data, columns, rows, missing)


def _blocks(
    evidence: Evidence,
    data: str,
    columns: tuple[str, ...],
    rows: Sequence[GridRow],
    missing: Sequence[str],
) -> list[Block]:
    blocks: list[Block] = []
    if rows:
        scored = any(row.panels[-1] for row in rows)
        kept = len(columns) if scored else len(columns) - 1  # real photographs have no clean one
        grid = PictureGrid(
            title=f"Visual comparison on {data}"
            + (f"; PSNR (dB) / SSIM under {evidence.protocol}" if scored else ""),
            columns=columns[:kept],
            rows=tuple(GridRow(name=r.name, panels=r.panels[:kept], zooms=r.zooms) for r in rows),
            captions=f"PSNR (dB) / SSIM, {evidence.protocol}" if scored else "",
        )
        blocks.append(grid)
        if any(row.name.endswith("error") for row in rows):
            blocks.append(
                Note(
                    "Error maps: the mean over the channels of the absolute difference to the "
                    f"clean picture, brightest from {FULL_ERROR} of 255 levels on; below each the "
                    "mean over the picture, in levels."
                )
            )
    if missing:
        blocks.append(
            Note(
                f"{data}: not shown, for neither the dataset's pictures nor restored ones are at "
                f"hand as the runs saw them: {', '.join(missing)}."
            )
        )
    return blocks


def _choose(evidence: Evidence, albums: Sequence[Album]) -> Sequence[str]:
    """Take the images asked for; else those where scores differ most, as usual, and least."""
    common = set.intersection(*(set(album.shots) for album in albums))
    wanted = [name for name in evidence.view.images if any(name in a.shots for a in albums)]
    if evidence.view.images:
        return wanted
    spreads = {name: _spread(albums, name) for name in sorted(common)}
    if not any(spreads.values()):
        return sorted(common)[:SHOWN]
    ranked = sorted(spreads, key=lambda name: (-spreads[name], name))
    places = dict.fromkeys((0, len(ranked) // 2, len(ranked) - 1))
    return [ranked[place] for place in places]


def _spread(albums: Sequence[Album], name: str) -> float:
    """Say how far apart the methods' PSNRs are on an image, in dB."""
    scores = [album.shots[name].score for album in albums if album.label != INPUT]
    found = [score.psnr_db for score in scores if score is not None and isfinite(score.psnr_db)]
    return max(found) - min(found) if len(found) > 1 else 0.0


def _read(albums: Sequence[Album], name: str) -> Picture:
    """Read what is at hand of an image; runs that saw other pixels than the first are left out."""
    first = next(album for album in albums if name in album.shots)
    seen = first.shots[name].rainy_sha256
    same = [a for a in albums if name in a.shots and a.shots[name].rainy_sha256 == seen]
    found: dict[str, Pixels | None] = {"rainy": first.read("rainy", name)}
    for album in same:
        if album.label != INPUT:
            found[album.row] = album.read("restored", name)
        elif found["rainy"] is None:
            found["rainy"] = album.read("restored", name)
    found["clean"] = first.read("clean", name)
    return {column: pixels for column, pixels in found.items() if pixels is not None}


def _captions(albums: Sequence[Album], name: str) -> dict[str, str]:
    said = {}
    for album in albums:
        score = album.shots[name].score if name in album.shots else None
        if score is not None:
            column = "rainy" if album.label == INPUT else album.row
            said[column] = f"{score.psnr_db:.2f} / {score.ssim:.4f}"
    if said:
        said["clean"] = "PSNR / SSIM"
    return said


def _where_they_differ(pictures: Picture) -> list[Zoom]:
    """Find parts, apart from each other, where the methods' pictures differ most."""
    restored = [p for column, p in pictures.items() if column not in ("rainy", "clean")]
    # One method alone differs from what it was given.
    compared = restored if len(restored) > 1 else list(pictures.values())
    if len({pixels.shape for pixels in compared}) > 1:
        return []
    spread = np.stack([_grey(pixels) for pixels in compared]).std(axis=0)
    height, width = spread.shape
    side = max(1, min(height, width) // SHARE)
    across = min(width, side * 4 // 3)
    sums = cv2.boxFilter(spread, -1, (across, side), anchor=(0, 0), normalize=False)
    sums = sums[: height - side + 1, : width - across + 1].copy()
    zooms = []
    for _ in range(ZOOMS):
        top, left = np.unravel_index(int(sums.argmax()), sums.shape)
        if sums[top, left] <= 0:
            break
        zooms.append(Zoom(int(left), int(top), across, side))
        sums[max(0, top - side) : top + side, max(0, left - across) : left + across] = -1
    return zooms


def _grey(pixels: Pixels) -> NDArray[np.float32]:
    return np.asarray(pixels.mean(axis=2, dtype=np.float32))


def _errors(
    name: str, columns: tuple[str, ...], pictures: Picture, zooms: tuple[Zoom, ...]
) -> GridRow:
    clean = pictures["clean"].astype(np.float32)
    panels: list[Panel | None] = []
    for column in columns:
        pixels = pictures.get(column)
        if pixels is None or column == "clean" or pixels.shape != clean.shape:
            panels.append(None)
            continue
        error = np.abs(pixels - clean).mean(axis=2)
        levels = np.clip(error * (255 / FULL_ERROR), 0, 255).astype(np.uint8)
        coloured = cv2.applyColorMap(levels, cv2.COLORMAP_INFERNO)[..., ::-1]
        panels.append(Panel.of(np.ascontiguousarray(coloured), f"{error.mean():.2f}"))
    return GridRow(name=f"{name}, error", panels=tuple(panels), zooms=zooms)


REPORT = Report(title="Pictures side by side", make=make)
