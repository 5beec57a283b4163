"""Photographs restored: one call for many files, each of which fails or succeeds by itself."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

import rainbench
from rainbench.cli import main
from rainbench.errors import UsageError
from rainbench.restorers.restoration import NotRestored, Outcome, Restored, Step
from rainbench.restorers.restorer import Restorer

DIM = """
    def METHOD(rainy):
        "Dim it."
        return rainy * 0.5
"""
Write = Callable[[str, str], Path]


@pytest.fixture
def dim(write: Write) -> str:
    return str(write("dim.py", DIM))


def picture(path: Path, mode: str = "RGB", size: tuple[int, int] = (40, 30)) -> Path:
    channels = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}[mode]
    draw = np.random.default_rng(0).integers(0, 256, (size[1], size[0], channels), dtype=np.uint8)
    Pillow.fromarray(draw[..., 0] if channels == 1 else draw).save(path)
    return path


def restored(outcome: Outcome) -> Restored:
    assert isinstance(outcome, Restored)
    return outcome


def problem(outcome: Outcome) -> str:
    assert isinstance(outcome, NotRestored)
    return str(outcome.error)


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_colours_are_restored_and_transparency_is_left(tmp_path: Path, dim: str, mode: str) -> None:
    photo = picture(tmp_path / "a.png", mode)
    [outcome] = rainbench.derain_photos(photo, tmp_path / "b.png", method=dim)
    assert restored(outcome).out == tmp_path / "b.png"
    before, after = (np.asarray(Pillow.open(tmp_path / f"{name}.png")) for name in "ab")
    before, after = np.atleast_3d(before), np.atleast_3d(after)
    colours = 1 if mode.startswith("L") else 3
    assert np.abs(before[..., :colours] / 2 - after[..., :colours]).max() <= 0.5
    np.testing.assert_array_equal(before[..., colours:], after[..., colours:])


def test_16_bit_are_restored_as_such(tmp_path: Path, dim: str) -> None:
    samples = np.arange(40 * 30 * 3, dtype=np.uint16).reshape(30, 40, 3) * 18
    cv2.imwrite(str(tmp_path / "a.png"), samples)
    rainbench.derain_photos(tmp_path / "a.png", tmp_path / "b.png", method=dim)
    after = cv2.imread(str(tmp_path / "b.png"), cv2.IMREAD_UNCHANGED)
    assert after is not None
    assert np.abs(samples / 2 - after).max() <= 0.51
    assert len(np.unique(after)) > 3000


def test_tiles_are_told_of_and_give_the_whole_picture(tmp_path: Path) -> None:
    photo = picture(tmp_path / "a.png", size=(90, 70))
    steps: list[Step] = []
    words = "guided:radius=4"
    whole, tiled = tmp_path / "whole.png", tmp_path / "tiled.png"
    rainbench.derain_photos(photo, whole, method=words)
    [outcome] = rainbench.derain_photos(photo, tiled, method=words, tile=32, on_step=steps.append)
    assert (restored(outcome).tile, restored(outcome).exact) == (32, True)
    assert [(step.done, step.tiles) for step in steps] == [(n, 9) for n in range(10)]
    differ = np.asarray(Pillow.open(whole)).astype(int) - np.asarray(Pillow.open(tiled))
    assert np.abs(differ).max() <= 1  # where float32 falls on the other side of a half


def test_one_bad_photo_stops_none_of_the_others(tmp_path: Path, dim: str) -> None:
    photos = [picture(tmp_path / "a.png"), tmp_path / "none.png", picture(tmp_path / "c.jpg")]
    seen: list[Outcome] = []
    out = tmp_path / "out"
    outcomes = rainbench.derain_photos(photos, out, method=dim, on_outcome=seen.append)
    assert seen == list(outcomes)
    assert [type(each) for each in outcomes] == [Restored, NotRestored, Restored]
    assert "none.png" in problem(outcomes[1])
    assert sorted(path.name for path in out.iterdir()) == ["a.png", "c.jpg"]


def test_nothing_is_overwritten_unless_told(tmp_path: Path, dim: str) -> None:
    photo, taken = picture(tmp_path / "a.png"), tmp_path / "b.png"
    taken.write_bytes(b"precious")
    [outcome] = rainbench.derain_photos(photo, taken, method=dim)
    assert "--overwrite" in problem(outcome)
    assert taken.read_bytes() == b"precious"
    [outcome] = rainbench.derain_photos(photo, taken, method=dim, overwrite=True)
    assert restored(outcome).out == taken
    before = photo.read_bytes()
    [outcome] = rainbench.derain_photos(photo, tmp_path, method=dim, overwrite=True)
    assert "not the photograph itself" in problem(outcome)
    assert photo.read_bytes() == before


def test_outputs_that_cannot_be_meant_stop_everything_first(tmp_path: Path, dim: str) -> None:
    a = picture(tmp_path / "a.png")
    (tmp_path / "other").mkdir()
    twin = picture(tmp_path / "other" / "a.png")
    for photos, out, says in (
        ([], tmp_path / "out", "a photograph"),
        ([a], tmp_path / "no" / "b.png", "a folder"),
        ([a], tmp_path / "no" / "out", "a folder"),
        ([a, twin], tmp_path / "out", "a.png twice"),
        ([twin, a], a, "a folder for 2 photographs"),
        ([a], tmp_path / "out.webp", r"an output ending in .*\.png.*, got .*out\.webp"),
        ([a], tmp_path / "out.jepg", r"an output ending in .*, got .*out\.jepg; .*a folder that"),
        ([a, picture(tmp_path / "b.png")], tmp_path / "out.png", "a folder for 2 photographs"),
    ):
        with pytest.raises(UsageError, match=says):
            rainbench.derain_photos(photos, out, method=dim)
    assert not list(tmp_path.glob("out*"))


def test_an_output_that_cannot_hold_the_photo_is_found_before_the_work(
    tmp_path: Path, dim: str
) -> None:
    steps: list[Step] = []
    photo = picture(tmp_path / "a.png", "RGBA")
    [outcome] = rainbench.derain_photos(photo, tmp_path / "b.jpg", method=dim, on_step=steps.append)
    assert "transparency" in problem(outcome)
    assert not steps


def test_a_large_photo_is_cut_by_what_the_method_takes(
    tmp_path: Path, dim: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rainbench.restorers.tiling.SMALL", 100)
    monkeypatch.setattr("rainbench.restorers.tiling.WORKING_BYTES", 10 * 2**20)
    photo = picture(tmp_path / "a.png", size=(900, 700))
    [outcome] = rainbench.derain_photos(photo, tmp_path / "b.png", method=dim)
    # A copy, the result and a mask of the checks: 30 bytes a pixel or so, less two margins of 64.
    tile = restored(outcome).tile
    assert tile is not None
    assert 150 < tile < 700
    assert not restored(outcome).exact


def test_a_clear_picture_is_said_hardly_to_hold_rain(tmp_path: Path) -> None:
    """The shipped network, on a smooth scene and on the same under rendered rain."""
    from rainbench.streaks.rain import RAIN_STYLES, add_streaks, render_streaks

    y, x = np.mgrid[:96, :128]
    clear = np.stack([x, y, x + y], axis=2).astype(np.uint8)
    streaks = render_streaks(96, 128, RAIN_STYLES["rain100l"], np.random.default_rng(3))
    Pillow.fromarray(clear).save(tmp_path / "clear.png")
    Pillow.fromarray(add_streaks(clear, streaks)).save(tmp_path / "rainy.png")
    methods: list[Restorer] = []
    outcomes = rainbench.derain_photos(
        [tmp_path / "clear.png", tmp_path / "rainy.png"], tmp_path / "out",
        on_method=methods.append,
    )  # fmt: skip
    assert [restored(each).rainy for each in outcomes] == [False, True]
    assert methods[0].label == "msfm@rendered-fine-long"


def test_hardly_trained_weights_are_said_to_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = picture(tmp_path / "a.png")
    for words, said in ((["--method", "ddn"], True), ([], False)):
        assert main(["derain", str(photo), "-o", str(tmp_path / f"{said}.png"), *words]) == 0
        assert ("is hardly trained" in capsys.readouterr().err) == said


def test_the_command_answers_with_files_and_tells_people_the_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = picture(tmp_path / "a.png")
    words = ["derain", str(photo), str(tmp_path / "none.png"), "-o", str(tmp_path / "out")]
    assert main([*words, "--method", "rainy"]) == 1
    out, err = capsys.readouterr()
    assert out == f"{tmp_path / 'out' / 'a.png'}\n"
    assert "Rainy input (rainy), nothing is trained" in err
    assert "hardly holds rain" in err
    assert "none.png: expected a picture file" in err
    assert main([*words[:2], *words[3:], "--method", "prenet.r"]) == 1
    assert "give --weights with a file" in capsys.readouterr().err
