"""Which images of a run show a scene that its weights were trained on."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from rainbench.errors import RainbenchError
from rainbench.evidence.marks import NOT_STATED
from rainbench.registry import dataset_plugins, find_dataset

if TYPE_CHECKING:
    from rainbench.data.scene_index import SceneIndex
    from rainbench.dataset import Dataset
    from rainbench.runs.identity import Run
    from rainbench.runs.record import ImageRecord, RunRecord

NEW = "a scene that no known set shows"
"""The scene of a picture whose look is known and is in no index."""

TEST = "test"
"""The split that results are of."""

PHOTOGRAPHS = re.compile(r"photographs of ([\w.:-]+)")
"""How `trained_on` names a set of clean photographs that the scene index holds."""

AFTER = ", after "
"""What parts, in `trained_on`, a training from one that went before it."""

WITHOUT = re.compile(r"without the scenes of ([\w.-]+(?:, [\w.-]+)*)")
"""How `trained_on` names the test sets whose scenes were left out of what it names before."""


@dataclass(frozen=True)
class Overlap:
    """How a run's images stand to what its weights were trained on."""

    images: int
    seen: frozenset[str] | None
    """Names of the images whose scene was trained on; None: nobody can say."""

    def __str__(self) -> str:
        """Say it in a word: unseen, seen 13/100, overlap unknown."""
        if self.seen is None:
            return "overlap unknown"
        return f"seen {len(self.seen)}/{self.images}" if self.seen else "unseen"


@dataclass(frozen=True)
class _Training:
    """What is known of one set that was trained on."""

    by_rule: frozenset[str]
    """Its scenes by the rule of the dataset's numbers; empty: there is no rule."""
    by_index: frozenset[str]
    """Its scenes in the index."""
    indexed: bool
    """Whether the index holds the whole set."""

    def shows(self, scene: str, index: SceneIndex) -> bool | None:
        """Whether the set shows a scene; None: nobody can say."""
        if scene in self.by_rule | self.by_index:
            return True
        if self.indexed:
            return False
        # Two names of one collection of photographs ("bsd300-7") are two photographs.
        if _collection(scene) in {_collection(each) for each in self.by_rule}:
            return False
        if self.by_rule and self.by_rule <= index.scenes:
            return False
        return None


def find_overlap(record: RunRecord, names: Iterable[str] | None = None) -> Overlap | None:
    """Say which of a run's images were seen in training; None where nothing is trained.

    From the record alone, so that results on disk profit from every scene that becomes known:
    what the weights were trained on, the rule of the datasets' numbers, and the index of scenes,
    in which a picture is found by its pixels or its look. `names`: of these images only.
    """
    trained_on = record.header.trained_on
    if trained_on is None:
        return None
    from rainbench.data.scene_index import read_scene_index

    if trained_on == NOT_STATED:
        return Overlap(len(record.images if names is None else list(names)), None)
    wanted = record.images.keys() if names is None else set(names)
    images = {name: line for name, line in record.images.items() if name in wanted}
    index = read_scene_index()
    run = record.header.run
    sets = training_sets(trained_on, index)
    if f"{run.dataset}:{run.split}" in sets:
        return Overlap(len(images), frozenset(images))
    training = [
        _training(name, index, _left_out(words, index))
        for words in trained_on.split(AFTER)
        for name in training_sets(words, index)
    ]
    if not training or None in training:
        return Overlap(len(images), None)
    known = [each for each in training if each is not None]
    seen = set()
    unknown = False
    for name, scenes in _scenes(run, images, index):
        shown = [_any({each.shows(scene, index) for scene in scenes}) for each in known]
        if True in shown:
            seen.add(name)
        unknown |= True not in shown and None in shown
    if unknown:
        return Overlap(len(images), None)
    return Overlap(len(images), frozenset(seen))


def training_sets(trained_on: str, index: SceneIndex) -> tuple[str, ...]:
    """Name the sets in words like "rain100l:train" or "185 photographs of bsds500"."""
    named = re.findall(r"[\w.-]+:\w+", trained_on)
    photographs = [name for name in PHOTOGRAPHS.findall(trained_on) if name in index.sets]
    return tuple(dict.fromkeys([*named, *photographs]))


def without_scenes(test_sets: Iterable[str]) -> str:
    """Say of which test sets the scenes were left out of training, as `trained_on` has it."""
    return f"without the scenes of {', '.join(sorted(test_sets))}"


def _left_out(trained_on: str, index: SceneIndex) -> frozenset[str]:
    """Give the scenes that words about training say were left out of it."""
    names = {name for said in WITHOUT.findall(trained_on) for name in said.split(", ")}
    if not names:
        return frozenset()
    known = scenes_of_tests(index)
    return frozenset(scene for name in names for scene in known.get(name, ()))


@cache
def _training(name: str, index: SceneIndex, spared: frozenset[str]) -> _Training | None:
    dataset, _, split = name.partition(":")
    by_rule = frozenset(_scenes_by_rule(dataset, _find(dataset), split)) if split else frozenset()
    by_rule -= spared
    by_index = index.sets.get(name, frozenset()) - spared
    indexed = name in index.whole
    return _Training(by_rule, by_index, indexed) if by_rule or indexed else None


def _find(dataset: str) -> Dataset | None:
    try:
        return find_dataset(dataset)
    except RainbenchError:
        return None  # a plug-in that is gone: its results still read


def _scenes_by_rule(name: str, dataset: Dataset | None, split: str) -> Iterator[str]:
    """Give the scenes of a split whose names follow from its numbers."""
    for layout in dataset.layouts if dataset else ():
        if layout.split == split and layout.scene is not None and layout.numbers is not None:
            for number in layout.numbers:
                # A number's scene is the same under every rain.
                groups = defaultdict(lambda: "1", id=str(number))
                yield _own(name, layout.scene(layout.name.format_map(groups)))
            return


def _scenes(
    run: Run, images: Mapping[str, ImageRecord], index: SceneIndex
) -> Iterator[tuple[str, set[str]]]:
    """Name each image's scene by the rule of its dataset and by the index; none: unknown."""
    name_scenes = scene_namer(run.dataset, run.split, index)
    for name, line in images.items():
        yield name, name_scenes(name, line.clean_sha256 or "", line.clean_look)


def scene_namer(
    dataset: str, split: str, index: SceneIndex
) -> Callable[[str, str, str | None], set[str]]:
    """Make what names the scene of a split's pair: (name, clean digest, clean look) to names.

    By the rule of the dataset's numbers and by the index; a look that no index holds is NEW, and
    none at all is an unknown scene.
    """
    known = _find(dataset)
    rules = [each for each in (known.layouts if known else ()) if each.split == split]
    rule = next((each.scene for each in rules if each.scene and each.numbers is not None), None)

    def name_scenes(name: str, digest: str, look: str | None) -> set[str]:
        found = set() if rule is None else _ruled(dataset, rule, name)
        indexed = index.scene_of(digest, look)
        if indexed is not None:
            found.add(indexed)
        elif look is not None:
            found.add(NEW)
        return found

    return name_scenes


def scenes_of_tests(index: SceneIndex) -> dict[str, frozenset[str]]:
    """Give the scenes of every test set that is known, by the dataset's name.

    From the index, and by the rules of the numbers of the datasets on the shelf.
    """
    found: dict[str, frozenset[str]] = {}
    for name, scenes in index.sets.items():
        dataset, _, split = name.partition(":")
        if split == TEST:
            found[dataset] = scenes
    for plugin in dataset_plugins():
        ruled = frozenset(_scenes_by_rule(plugin.name, plugin.value, TEST))
        if ruled:
            found[plugin.name] = found.get(plugin.name, frozenset()) | ruled
    return dict(sorted(found.items()))


def _ruled(dataset: str, rule: Callable[[str], str], name: str) -> set[str]:
    """Name the scene that a rule gives a pair; none for a name that is no pair's of the dataset."""
    try:
        return {_own(dataset, rule(name))}
    except (ValueError, LookupError):  # a record may hold names that the rule was not made for
        return set()


def _any(said: set[bool | None]) -> bool | None:
    """Whether one of a picture's names says so; else whether one says it is not so."""
    return True if True in said else False if False in said else None


def _own(dataset: str, scene: str) -> str:
    """Make a name that only its dataset knows ("901") one among those of all ("bsd300-7")."""
    return scene if "-" in scene else f"{dataset}-{scene}"


def _collection(scene: str) -> str:
    """Name the collection of photographs that a scene is one of; a scene of none is its own."""
    return scene.rpartition("-")[0] or scene
