"""Training on datasets of pairs: batches by index, scenes kept apart, words and records."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from rainbench.data.manifest import DIGITS
from rainbench.data.opening import open_dataset
from rainbench.data.scene_index import Known, SceneIndex
from rainbench.errors import TrainingError, UnknownNameError, UsageError
from rainbench.evidence.marks import named_splits
from rainbench.registry import find_dataset
from rainbench.restorers.preparation import prepare_restorer
from rainbench.restorers.weights import read_record
from rainbench.training.decoded import open_decoded
from rainbench.training.job import train
from rainbench.training.material import as_floats
from rainbench.training.pairs import VIEW, Pairs, TrainingPair, with_room
from rainbench.training.plan import plan
from rainbench.training.recipe import Recipe
from rainbench.training.supply import is_for_training, supply_pairs
from rainbench.training.watch import Watch
from tests.killed_training import METHOD, SETTINGS
from tests.training_pairs import draw_pairs

RECIPE = Recipe(
    source="", loss=torch.nn.functional.mse_loss, steps=9, batch=6, patch=16, learning_rate=0.1
)
COURSE = plan("m", {}, RECIPE, seed=3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_pairs(tmp_path_factory.mktemp("pairs") / "made")


@pytest.fixture(scope="module")
def material(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Pairs:
    supply = supply_pairs([str(folder)], patch=16, cache=tmp_path_factory.mktemp("cache"))
    made = supply.make(COURSE)
    assert isinstance(made, Pairs)
    return made


@pytest.fixture
def teach(folder: Path, tmp_path: Path) -> Callable[..., Path]:
    def call(name: str = "run", **other: object) -> Path:
        words = {"datasets": [str(folder)], "output": tmp_path / name, "cache": tmp_path}
        return train(METHOD, **words | SETTINGS | other)  # type: ignore[arg-type]

    return call


def test_a_batch_depends_on_seed_and_step_alone(material: Pairs) -> None:
    rainy, clean = material.make(5)
    assert rainy.shape == clean.shape == (6, 16, 16, 3)
    material.make(6)
    assert torch.equal(material.make(5)[0], rainy)
    assert not torch.equal(material.make(6)[0], rainy)
    assert not torch.equal(replace(material, seed=4).make(5)[0], rainy)


def test_a_part_holds_the_patches_of_the_whole(material: Pairs) -> None:
    whole = material.make(7)
    halves = [material.make(7, part) for part in (slice(0, 3), slice(3, 6))]
    for mine, wanted in zip(zip(*halves, strict=True), whole, strict=True):
        assert torch.equal(torch.cat(mine), wanted)


@pytest.mark.parametrize("flip", [False, True])
def test_patches_are_cut_from_pairs_and_mirrored_together(material: Pairs, flip: bool) -> None:
    rainy, clean = replace(material, flip=flip, batch=9).make(0)
    pictures = [
        (each.split.read(each.pair.rainy), each.split.read(each.pair.clean))
        for each in material.training
    ]
    mirrored = set()
    for patches in zip(rainy.numpy(), clean.numpy(), strict=True):
        mirrored.add(next(m for m in (False, True) if any(is_in(patches, p, m) for p in pictures)))
    assert mirrored == ({False, True} if flip else {False})


def is_in(patches: tuple[np.ndarray, ...], pictures: tuple[np.ndarray, ...], mirror: bool) -> bool:
    found = []
    for patch, picture in zip(patches, pictures, strict=True):
        wanted = patch[:, ::-1] if mirror else patch
        # Grey first: few places are left to look at in full.
        rows = np.lib.stride_tricks.sliding_window_view(picture[..., 0], wanted.shape[:2])
        places = np.argwhere((rows[..., 0, :] == wanted[0, :, 0]).all(axis=-1))
        height, width = wanted.shape[:2]
        found.append(
            {(y, x) for y, x in places if (picture[y : y + height, x : x + width] == wanted).all()}
        )
    return bool(found[0] & found[1])


def test_pixels_laid_on_a_device_are_the_same(material: Pairs) -> None:
    laid = material.on("cpu")
    for mine, wanted in zip(laid.make(3), material.make(3), strict=True):
        assert torch.equal(mine, wanted)
    assert material.size == material.training[0].split.pixels.nbytes
    meta = material.on("meta").make(3)[0]  # as on a GPU, without its numbers
    assert meta.device.type == "meta"
    assert as_floats(meta).shape == (6, 3, 16, 16)


def test_large_pictures_are_looked_at_in_the_middle(tmp_path: Path) -> None:
    folder = draw_pairs(tmp_path / "large", scenes=2, height=VIEW + 20, width=VIEW - 6)
    made = supply_pairs([str(folder)], patch=16, validation=1, cache=tmp_path).make(COURSE)
    ((rainy, clean),) = made.validation()
    assert rainy.shape == clean.shape == (VIEW, VIEW - 6, 3)


def test_pairs_without_room_are_left_out(material: Pairs, tmp_path: Path) -> None:
    small = open_decoded(
        open_dataset(str(draw_pairs(tmp_path / "small", 1, 24, 64))), cache=tmp_path
    )
    pairs = [*material.training, *(TrainingPair(small, p, p.name) for p in small.pairs)]
    assert with_room(pairs, 32) == material.training
    with pytest.raises(TrainingError, match="at least 49x49 pixels, got none in 20, the largest"):
        with_room(material.training, 49)


def test_the_record_says_data_budget_and_what_it_took(teach: Callable[..., Path]) -> None:
    weights = teach()
    record = read_record(weights) or {}
    assert record["trained_on"] == "20 of 24 pairs of the folder made"
    assert named_splits(record["trained_on"]) == set()
    assert record["validation_scenes"] == 2
    assert record["recipe"]["loss"] == "mse_loss"
    assert (record["budget"], record["steps"], record["of_steps"]) == ("steps=12", 12, 400_000)
    assert [row[0] for row in record["curve"]] == [3, 6, 9, 12]
    assert record["commit"]
    restorer = prepare_restorer(f"msfm@{weights}:layers=1,channels=4")
    assert restorer.budget == "12 of 400,000 steps"
    assert restorer.repeats == record["repeats"]
    last = weights.with_name("last.safetensors")
    assert (read_record(last) or {})["kept"] == "last"


def test_seeds_repeat_what_other_settings_do_not(teach: Callable[..., Path]) -> None:
    def record(name: str, **words: object) -> dict[str, object]:
        return dict(read_record(teach(name, budget="steps=2", **words)) or {})

    first, again, other = record("a"), record("b", seed=1), record("c", learning_rate=0.1)
    assert first["repeats"] == again["repeats"] != other["repeats"]


def test_weights_of_an_unfinished_run_say_so(tmp_path: Path, teach: Callable[..., Path]) -> None:
    def stop(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        teach(watch=Watch(on_moment=stop))
    restorer = prepare_restorer(f"{METHOD.replace(':', f'@{tmp_path}/run/weights.safetensors:')}")
    assert restorer.budget == "3 of 400,000 steps, unfinished,"
    assert restorer.repeats == ""


def test_minutes_come_to_the_same_steps_after_a_stop(teach: Callable[..., Path]) -> None:
    notes: list[str] = []
    first = read_record(teach(budget="minutes=0.002", watch=Watch(on_note=notes.append))) or {}
    again = read_record(teach(budget="minutes=0.002")) or {}
    assert first == again
    assert f"minutes=0.002 comes to {first['steps']:,} steps on this machine" in notes


def test_a_test_set_is_refused(tmp_path: Path) -> None:
    for words in ("rain800:test", "rain13k:test100", "Rain100H:test", "Test100"):
        with pytest.raises(UsageError, match="which is there to test on"):
            train("msfm", datasets=[words], output=tmp_path, root=tmp_path)
    for words in ("rain801", "rain800:tran"):
        with pytest.raises(UnknownNameError, match=r"did you mean (rain800|train)"):
            train("msfm", datasets=[words], output=tmp_path, root=tmp_path)
    assert is_for_training(find_dataset("rain100h"), "strict")
    assert not is_for_training(find_dataset("rain13k"), "rain100h")


def test_training_takes_photographs_or_pairs(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="got neither"):
        train("msfm", output=tmp_path)
    with pytest.raises(UsageError, match="got both"):
        train("msfm", clean=tmp_path, datasets=["rain800"], output=tmp_path)


def test_scenes_are_left_out_by_name_only_if_they_are_known(folder: Path) -> None:
    with pytest.raises(UnknownNameError, match="test set whose scenes are known"):
        supply_pairs([str(folder)], patch=16, leave_out="rain800,toyota")


def test_a_test_set_in_a_folder_is_refused_whatever_is_left_out(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    supply = supply_pairs([str(folder)], patch=16, validation=5, cache=tmp_path)
    made = supply.make(COURSE)
    assert isinstance(made, Pairs)
    shown = made.training[0].pair
    known = Known("ours:test", "1", "ours-1", shown.clean_sha256[:DIGITS], shown.clean_look)
    index = SceneIndex((known,), frozenset(["ours:test"]))
    monkeypatch.setattr("rainbench.training.supply.read_scene_index", lambda: index)
    with pytest.raises(UsageError, match=r"got \d+ pairs? of ours:test"):
        supply_pairs([str(folder)], patch=16, leave_out="none", validation=5, cache=tmp_path)
    spared = supply_pairs([str(folder)], patch=16, validation=5, cache=tmp_path)
    assert spared.said["left_out"]["ours"] > 0


def test_two_datasets_are_trained_on_together(folder: Path, tmp_path: Path) -> None:
    other = draw_pairs(tmp_path / "other", scenes=15)  # twelve of its scenes are made's
    supply = supply_pairs([str(folder), str(other)], patch=16, validation=5, cache=tmp_path)
    assert supply.said["trained_on"].count("pairs of the folder") == 2
    made = supply.make(COURSE)
    assert isinstance(made, Pairs)
    looks = [{each.pair.clean_sha256 for each in side} for side in (made.training, made.kept)]
    assert len(looks[0]) == 10
    assert len(looks[1]) == 5
    assert not looks[0] & looks[1]
