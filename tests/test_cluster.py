"""Which images are one scene: by the dataset's rule, and by the index of known photographs."""

from collections.abc import Mapping
from dataclasses import replace

from rainbench.data.scene_index import read_scene_index
from rainbench.evidence.cluster import clean_of, find_scenes
from rainbench.runs.record import RunRecord
from tests.test_evidence import identity, record

INDEX = read_scene_index()
RAIN800 = [known for known in INDEX.known if known.set == "rain800:test"]


def run_on(cleans: Mapping[str, tuple[str, str | None]]) -> RunRecord:
    """Record images by name, each with the digest of its clean picture and its stated scene."""
    made = record(identity(dataset="rain800", release="halves"), images=1)
    lines = {
        name: replace(made.images["0"], image=name, clean_sha256=clean, scene=scene)
        for name, (clean, scene) in cleans.items()
    }
    return replace(made, images=lines)


def scenes(run: RunRecord) -> list[str]:
    found = find_scenes([run])
    return [found[clean_of(run, line)] for line in run.images.values()]


def test_rain800_has_fewer_scenes_than_pairs_as_the_index_knows() -> None:
    cleans = {known.name: (known.digest.ljust(64, "0"), known.name) for known in RAIN800}
    found = scenes(run_on(cleans))
    assert len(found) == 100
    assert set(found) == {known.scene for known in RAIN800}


def test_a_rule_of_the_dataset_holds_where_the_index_knows_one_of_its_pictures() -> None:
    first = RAIN800[0].digest.ljust(64, "0")
    found = scenes(run_on({"1": (first, "901"), "2": ("e" * 64, "901"), "3": ("f" * 64, "902")}))
    assert found == [RAIN800[0].scene, RAIN800[0].scene, "902"]


def test_a_picture_that_nobody_names_is_a_scene() -> None:
    assert scenes(run_on({"1": ("e" * 64, None), "2": ("e" * 64, None)})) == ["e" * 64] * 2
    assert scenes(run_on({"1": ("e" * 64, None), "2": ("e" * 64, "s")})) == ["s", "s"]
