"""Pictures side by side: found by digest, chosen where methods differ, scored as recorded."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import rainbench
from rainbench import Album, Evidence, Note, PictureGrid, Pixels, Score, Shot, View, Zoom
from rainbench.errors import UnknownNameError, UsageError
from rainbench.evidence.attachment import attach
from rainbench.evidence.view import parse_boxes
from rainbench.registry import find_report
from rainbench.render import Request, make_blocks, write_blocks

CLEAN = np.full((60, 80, 3), 100, np.uint8)


def spotted(left: int, top: int, by: int = 60) -> Pixels:
    pixels = CLEAN.copy()
    pixels[top : top + 6, left : left + 6] += np.uint8(by)
    return pixels


def album(
    label: str, pictures: Mapping[str, Pixels], scores: Mapping[str, float | None], **fields: object
) -> Album:
    shots = {
        name: Shot(
            rainy_sha256=name,
            clean_sha256="c",
            score=None if scores.get(name) is None else Score(float(scores[name] or 0), 0.9),
        )
        for name in sorted(pictures)
    }

    def read(kind: str, name: str) -> Pixels | None:
        if kind == "restored":
            return pictures[name]
        return CLEAN if kind == "clean" else spotted(10, 10)

    made = Album(
        row=label, label=label, title=label, run_id="0", data="toy (drawn)", shots=shots, read=read
    )
    return replace(made, **fields)  # type: ignore[arg-type]


NAMES = [str(n) for n in range(5)]
RAINY = album("rainy", {n: spotted(10, 10) for n in NAMES}, dict.fromkeys(NAMES, 20.0))
ONE = album("one", {n: spotted(60, 40) for n in NAMES}, dict.fromkeys(NAMES, 30.0))
TWO = album(
    "two", dict.fromkeys(NAMES, CLEAN), {"0": 31.0, "1": 39.0, "2": 30.0, "3": 33.0, "4": 32.0}
)


def made(*albums: Album, view: View = View()) -> tuple[list[PictureGrid], str]:  # noqa: B008
    evidence = Evidence(protocol="y-prenet", albums=albums, view=view)
    blocks = find_report("visual").make(evidence)
    words = " ".join(block.text for block in blocks if isinstance(block, Note))
    return [block for block in blocks if isinstance(block, PictureGrid)], words


def test_columns_are_rainy_the_methods_and_clean_with_recorded_scores_below() -> None:
    [grid], _ = made(RAINY, ONE, TWO)
    assert grid.columns == ("rainy", "one", "two", "clean")
    assert "y-prenet" in grid.title
    captions = [panel.caption for panel in grid.rows[0].panels if panel]
    assert captions == ["20.00 / 0.9000", "30.00 / 0.9000", "39.00 / 0.9000", "PSNR / SSIM"]


def test_shown_are_images_where_methods_differ_most_as_usual_and_least() -> None:
    [grid], _ = made(RAINY, ONE, TWO)
    assert [row.name for row in grid.rows] == ["1", "4", "2"]
    [grid], _ = made(RAINY, ONE, TWO, view=View(images=("3", "0")))
    assert [row.name for row in grid.rows] == ["3", "0"]


def test_a_zoom_is_where_the_methods_differ_or_where_it_is_asked_for() -> None:
    [grid], _ = made(RAINY, ONE, TWO)
    zoom = grid.rows[0].zooms[0]
    assert zoom.left <= 60
    assert zoom.left + zoom.width >= 66
    assert zoom.top <= 40
    assert zoom.top + zoom.height >= 46
    [grid], _ = made(RAINY, ONE, TWO, view=View(boxes=parse_boxes(["1,2,30,20"])))
    assert grid.rows[0].zooms == (Zoom(1, 2, 30, 20),)


def test_error_maps_tell_the_mean_error_in_levels() -> None:
    [grid], words = made(RAINY, ONE, TWO, view=View(images=("0",), error_maps=True))
    assert [row.name for row in grid.rows] == ["0", "0, error"]
    panels = grid.rows[1].panels
    assert [panel.caption if panel else None for panel in panels] == ["0.45", "0.45", "0.00", None]
    assert panels[2] is not None
    assert np.ptp(panels[2].pixels.reshape(-1, 3), axis=0).max() == 0
    assert "brightest from 32 of 255 levels" in words


def test_photographs_without_a_clean_picture_are_shown_too() -> None:
    bare = dict.fromkeys(NAMES)

    def without(album: Album) -> Album:
        return replace(album, read=lambda k, n: None if k == "clean" else album.read(k, n))

    rainy, one = (without(album(x.label, dict.fromkeys(NAMES, CLEAN), bare)) for x in (RAINY, ONE))
    [grid], _ = made(rainy, one)
    assert grid.columns == ("rainy", "one")
    assert [row.name for row in grid.rows] == NAMES[:3]


def test_what_saw_other_pixels_is_left_out_and_what_is_not_at_hand_is_said() -> None:
    other = replace(TWO, shots={n: replace(s, rainy_sha256="x") for n, s in TWO.shots.items()})
    [grid], _ = made(RAINY, ONE, other, view=View(images=("0",)))
    assert [panel is None for panel in grid.rows[0].panels] == [False, False, True, False]
    nothing = replace(ONE, read=lambda *_: None)
    grids, words = made(nothing)
    assert not grids
    assert "not shown, for neither the dataset's pictures" in words


def test_a_box_that_is_none_is_refused() -> None:
    for word in ("1,2,3", "a,b,c,d", "1,2,3,0", "-1,2,3,4"):
        with pytest.raises(UsageError, match="LEFT,TOP,WIDTH,HEIGHT"):
            parse_boxes([word])


def test_a_run_over_a_dataset_is_shown_from_the_disk(tmp_path: Path) -> None:
    results = tmp_path / "results"
    rainbench.run(["rainy", "median"], "toy", results=results, limit=2)
    blocks = make_blocks("visual", results)
    grids = [block for block in blocks if isinstance(block, PictureGrid)]
    assert [grid.columns for grid in grids] == [("rainy", "median", "clean")]
    assert all(panel is not None for panel in grids[0].rows[0].panels)
    name = grids[0].rows[0].name
    [path] = (results / "toy").glob(f"median-*/restored/{name}.png")
    [file] = write_blocks(grids, "png", tmp_path / "visual.png")
    assert file.exists()
    path.unlink()
    again = make_blocks("visual", results, Request(view=View(images=(name,))))
    [grid] = [block for block in again if isinstance(block, PictureGrid)]
    assert [panel is None for panel in grid.rows[0].panels] == [False, True, False]


def test_a_box_that_no_picture_has_is_refused() -> None:
    with pytest.raises(UsageError, match="a box within 1, 80x60 pixels, got 70,50,20,20"):
        made(RAINY, ONE, TWO, view=View(boxes=(Zoom(70, 50, 20, 20),)))


def test_an_image_that_no_run_has_is_refused() -> None:
    evidence = Evidence(protocol="y-prenet", albums=(RAINY, ONE))
    with pytest.raises(UnknownNameError, match="'nope'; name one of 5, such as 0, 1, 2"):
        attach(evidence, [], View(images=("0", "nope")))
