"""No scene is on two sides: trained on, kept apart, left out for a test set."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rainbench.data.look import look
from rainbench.data.scene_index import read_scene_index
from rainbench.errors import TrainingError
from rainbench.evidence.overlap import scenes_of_tests
from rainbench.training.scenes import SHOWN, Candidate, part_by_scene
from tests.training_pairs import photograph

LOOKS = [look(photograph(seed)) for seed in range(40)]


def far(i: int) -> str:
    """Make looks that are all unlike each other, in a mirror too."""
    return LOOKS[i]


@given(st.lists(st.integers(0, 15), min_size=30, max_size=60), st.sets(st.integers(0, 15)))
def test_no_scene_is_on_two_sides(scenes: list[int], tested: set[int]) -> None:
    pairs = [
        Candidate(f"d:train/{i}", frozenset([f"s-{scene}"]), far(scene))
        for i, scene in enumerate(scenes)
    ]
    test_sets = {"d": frozenset(f"s-{scene}" for scene in tested)}
    free = set(scenes) - tested
    if len(free) < 2:
        return
    parting = part_by_scene(pairs, test_sets)
    training = {scenes[i] for i in parting.training}
    kept = {scenes[i] for i in parting.kept}
    assert not training & kept
    assert not (training | kept) & tested
    assert training | kept == free
    assert len(kept) == -(-len(free) // 10)
    assert parting.dropped == sum(scene in tested for scene in scenes)
    # All pairs of a scene that is trained on are.
    assert len(parting.training) == sum(scene in training for scene in scenes)


def test_pictures_that_look_alike_are_one_scene_whatever_they_are_called() -> None:
    mirrored = look(photograph(3)[:, ::-1])
    pairs = [Candidate(f"d:train/{i}", frozenset([f"s-{i}"]), far(i)) for i in range(12)]
    pairs.append(Candidate("e:train/0", frozenset(["t-0"]), mirrored))
    parting = part_by_scene(pairs, {"e": frozenset(["t-0"])}, validation=1)
    assert parting.left_out == {"e": 2}
    assert 3 not in parting.training
    assert 12 not in parting.training


def test_the_choice_depends_on_names_alone() -> None:
    pairs = [Candidate(f"d:train/{i}", frozenset([f"s-{i}"]), far(i)) for i in range(30)]

    def kept(of: list[Candidate]) -> set[str]:
        return {of[i].key for i in part_by_scene(of, {}, validation=5).kept}

    assert kept(pairs) == kept(pairs[::-1])
    others = [pair for pair in pairs if pair.key in kept(pairs) or pair.key.endswith("1")]
    assert kept(others) == kept(pairs)


def test_validation_looks_at_so_many_and_keeps_all_apart() -> None:
    pairs = [Candidate(f"d:train/{i}", frozenset([f"s-{i}"]), far(i)) for i in range(40)]
    parting = part_by_scene(pairs, {}, validation=30)
    assert parting.apart == 30
    assert len(parting.kept) == SHOWN
    assert len(parting.training) == 10


def test_what_would_leave_nothing_is_refused() -> None:
    pairs = [Candidate(f"d:train/{i}", frozenset([f"s-{i}"]), far(i)) for i in range(5)]
    with pytest.raises(TrainingError, match="more than the 5 scenes"):
        part_by_scene(pairs, {}, validation=5)
    with pytest.raises(TrainingError, match="--leave-out none"):
        part_by_scene(pairs, {"d": frozenset(f"s-{i}" for i in range(5))})


def test_of_rain800_what_shows_scenes_of_test_sets_is_left_out() -> None:
    index = read_scene_index()
    pairs = [
        Candidate(f"rain800:train/{known.name}", frozenset([known.scene]), known.look)
        for known in index.known
        if known.set == "rain800:train"
    ]
    parting = part_by_scene(pairs, scenes_of_tests(index))
    # From the pictures themselves: 476 are free of every test set's scenes, and show 267.
    assert len(pairs) - parting.dropped == 476
    assert parting.apart == 27
    # 13 show scenes of Rain100's test images, 209 of Rain200's, 12 of Rain12's, one of its own.
    assert parting.left_out == {
        "rain100h": 13, "rain100l": 13, "rain12": 12, "rain200h": 209, "rain200l": 209,
        "rain800": 1,
    }  # fmt: skip
    everything = part_by_scene(pairs, {})
    assert everything.dropped == 0
    assert everything.apart == 37  # of 368 scenes
