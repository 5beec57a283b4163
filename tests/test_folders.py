"""Restoring from one folder into another: what must be there after, and what is told of it."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rainbench.data.opening import OpenDataset, open_dataset
from rainbench.errors import MethodError, RainbenchError
from rainbench.evidence.marks import EIGHT_BIT
from rainbench.image import read_pixels, write_png
from rainbench.restorers.folders import FolderRestorer, RestoreFolder
from rainbench.restorers.restorer import Restorer
from rainbench.restorers.tiling import tile_restorer
from rainbench.runs.evaluate import evaluate
from rainbench.runs.loading import load
from rainbench.runs.progress import Progress
from rainbench.runs.recorder import restored_path
from rainbench.runs.scoring import score_folder

NAMES = ("a", "b", "c", "d.1", "con")


def copy(rainy: Path, restored: Path) -> None:
    for path in rainy.iterdir():
        shutil.copy(path, restored)


class Counting:
    """Copies, and remembers what it was called with; breaks at a call when told to."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.breaks_at: int | None = None
        self.error: BaseException = OSError("out of rain")

    def __call__(self, rainy: Path, restored: Path) -> None:
        self.calls.append(sorted(path.name for path in rainy.iterdir()))
        copy(rainy, restored)
        if len(self.calls) == self.breaks_at:
            raise self.error


@pytest.fixture
def dataset(tmp_path: Path) -> OpenDataset:
    """Five pairs of 14x12 pixels, in which the rainy picture is 20 levels brighter."""
    rng = np.random.default_rng(0)
    for name in NAMES:
        clean = rng.integers(0, 200, (12, 14, 3), dtype=np.uint8)
        for kind, pixels in (("clean", clean), ("rainy", clean + np.uint8(20))):
            (tmp_path / "pairs" / kind).mkdir(parents=True, exist_ok=True)
            write_png(tmp_path / "pairs" / kind / f"{name}.png", pixels)
    return open_dataset(str(tmp_path / "pairs"))


def restorer(restore: RestoreFolder = copy, images_per_call: int | None = None) -> Restorer:
    folders = FolderRestorer("mine", restore, images_per_call)
    return Restorer(
        method="mine", label="mine", title="Mine", settings={}, method_sha256="0" * 64,
        dtype=EIGHT_BIT, derain=folders.derain, together=folders.together,
    )  # fmt: skip


def outcomes(restore: RestoreFolder, dataset: OpenDataset) -> dict[str, str]:
    """What became of each pair: "restored", or the error's sentence."""
    loaded = [load(pair) for pair in dataset.pairs]
    return {
        each.loaded.pair.name: str(each.picture)
        if isinstance(each.picture, RainbenchError)
        else "restored"
        for each in restorer(restore).restore(loaded)
    }


def test_one_call_restores_all_that_is_left(dataset: OpenDataset, tmp_path: Path) -> None:
    method = Counting()
    first = evaluate(restorer(method), dataset, tmp_path / "results", limit=2)
    assert len(method.calls[0]) == first.images == 2
    told: list[Progress] = []
    whole = evaluate(restorer(method), dataset, tmp_path / "results", on_progress=told.append)
    assert len(method.calls) == 2
    assert len(method.calls[1]) == 3
    assert not set(method.calls[0]) & set(method.calls[1])
    assert (whole.images, whole.failures, whole.marks) == (5, 0, ())
    assert [each.kept for each in told if each.image] == [True, True, False, False, False]
    evaluate(restorer(method), dataset, tmp_path / "results")
    assert len(method.calls) == 2


def test_pictures_score_as_when_someone_sends_them(dataset: OpenDataset, tmp_path: Path) -> None:
    made = evaluate(restorer(), dataset, tmp_path / "results")
    sent = score_folder(dataset.folder / "rainy", dataset, tmp_path / "results", name="sent")
    assert made.scores == sent.scores
    assert made.from_8_bit == sent.from_8_bit
    assert "rgb-rescan" in made.from_8_bit
    assert made.marks_under("rgb-rescan") == ("from 8-bit",)
    assert made.marks_under("y-prenet") == ()
    for pair in dataset.pairs:
        file = restored_path(made.folder, pair.name)
        np.testing.assert_array_equal(read_pixels(file), pair.rainy.read())


def test_tiles_are_restored_one_by_one(dataset: OpenDataset, tmp_path: Path) -> None:
    whole = evaluate(restorer(), dataset, tmp_path / "results")
    tiled = evaluate(tile_restorer(restorer(), 8), dataset, tmp_path / "results")
    assert (tiled.scores, tiled.failures) == (whole.scores, 0)
    assert tiled.run_id != whole.run_id


def test_seconds_are_a_calls_shared_out(dataset: OpenDataset, tmp_path: Path) -> None:
    folder = evaluate(restorer(), dataset, tmp_path / "results").folder
    lines = (folder / "images.jsonl").read_text(encoding="utf-8").splitlines()
    assert len({json.loads(line)["seconds"] for line in lines}) == 1


def test_photographs_without_ground_truth_are_restored(
    dataset: OpenDataset, tmp_path: Path
) -> None:
    real = replace(dataset, pairs=tuple(replace(pair, clean=None) for pair in dataset.pairs))
    summary = evaluate(restorer(), real, tmp_path / "results")
    assert (summary.images, summary.scores) == (5, {})
    assert len(list((summary.folder / "restored").iterdir())) == 5


def test_a_failing_call_fails_its_pictures_and_no_others(
    dataset: OpenDataset, tmp_path: Path
) -> None:
    method = Counting()
    method.breaks_at = 2
    summary = evaluate(restorer(method, 2), dataset, tmp_path / "results")
    assert [len(call) for call in method.calls] == [2, 2, 1]
    assert (summary.images, summary.failures) == (3, 2)
    text = (summary.folder / "failures.jsonl").read_text(encoding="utf-8")
    assert "expected mine to restore a folder of pictures (2), got OSError: out of rain" in text
    assert evaluate(restorer(method, 2), dataset, tmp_path / "results").images == 5
    assert len(method.calls[3]) == 2


def test_an_interruption_keeps_the_calls_before(dataset: OpenDataset, tmp_path: Path) -> None:
    method = Counting()
    method.breaks_at, method.error = 2, KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        evaluate(restorer(method, 2), dataset, tmp_path / "results")
    assert evaluate(restorer(method, 2), dataset, tmp_path / "results").images == 5
    assert [len(call) for call in method.calls] == [2, 2, 2, 1]


def test_nothing_is_left_in_the_temporary_folder(
    dataset: OpenDataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    method = Counting()
    method.breaks_at, method.error = 1, KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        evaluate(restorer(method), dataset, tmp_path / "results")
    evaluate(restorer(method), dataset, tmp_path / "results")
    assert not list(place.iterdir())


def test_no_output_is_named(dataset: OpenDataset) -> None:
    def some(rainy: Path, restored: Path) -> None:
        copy(rainy, restored)
        (restored / "b.png").unlink()

    told = outcomes(some, dataset)
    assert "a picture from mine for each of 5, and no more, got none for b; " in told["b"]
    assert [told[name] for name in ("a", "c", "d.1", "con")] == ["restored"] * 4


def test_extra_output_is_named_with_what_it_left_out(dataset: OpenDataset) -> None:
    def rename(rainy: Path, restored: Path) -> None:
        copy(rainy, restored)
        (restored / "a.png").rename(restored / "a_out.png")

    sentence = "expected a picture from mine for each of 5, and no more, got none for a"
    assert all(
        told.startswith(f"{sentence} but a_out.png; ")
        for told in outcomes(rename, dataset).values()
    )

    def add(rainy: Path, restored: Path) -> None:
        copy(rainy, restored)
        shutil.copy(rainy / "a.png", restored / "mask.png")

    assert "got mask.png; " in outcomes(add, dataset)["a"]


def test_what_is_no_picture_is_in_nobodys_way(dataset: OpenDataset) -> None:
    def chatty(rainy: Path, restored: Path) -> None:
        copy(rainy, restored)
        (restored / "log.txt").write_text("done")
        (restored / "cache").mkdir()

    assert set(outcomes(chatty, dataset).values()) == {"restored"}


def spoil(rainy: Path, restored: Path) -> None:
    """Restore a wrongly in each of the ways that a program may."""
    from PIL import Image

    copy(rainy, restored)
    write_png(restored / "a.png", np.zeros((12, 13, 3), np.uint8))
    (restored / "b.png").write_bytes((rainy / "b.png").read_bytes()[:-30])
    Image.new("L", (14, 12)).save(restored / "c.png")
    shutil.copy(rainy / "d.1.png", restored / "d.1.PNG")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a", "expected 14x12 pixels from mine, as its input has, got a.png of 13x12; "),
        ("b", "expected a whole picture from mine, got b.png, which breaks off"),
        ("c", "expected 8-bit RGB pixels from mine, got 8-bit grey in c.png; write 8-bit RGB"),
        ("d.1", "expected one picture d.1.png from mine, got d.1.PNG and d.1.png; "),
    ],
)
def test_a_wrong_picture_is_named(dataset: OpenDataset, name: str, message: str) -> None:
    told = outcomes(spoil, dataset)
    assert told[name].startswith(message)
    assert [name for name in told if told[name] == "restored"] == ["con"]


def test_a_dataset_that_changes_meanwhile_is_told(dataset: OpenDataset, tmp_path: Path) -> None:
    def slow(rainy: Path, restored: Path) -> None:
        copy(rainy, restored)
        shutil.copy(dataset.folder / "clean" / "a.png", dataset.folder / "clean" / "b.png")

    summary = evaluate(restorer(slow), dataset, tmp_path / "results")
    assert (summary.images, summary.failures) == (4, 1)


@pytest.mark.parametrize("restore", [copy, spoil])
def test_one_image_goes_through_the_same_folders(restore: Callable[..., None]) -> None:
    rainy = np.random.default_rng(0).random((12, 14, 3), dtype=np.float32)
    if restore is copy:
        np.testing.assert_allclose(restorer()(rainy), rainy, atol=0.5001 / 255)
    else:
        with pytest.raises(MethodError, match="mine"):
            restorer(spoil)(rainy)
