"""Which images of a run show a scene that its weights were trained on."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from rainbench.errors import RainbenchError
from rainbench.marks import NOT_STATED
from rainbench.registry import find_dataset

if TYPE_CHECKING:
    from rainbench.data.scene_index import SceneIndex
    from rainbench.dataset import Dataset
    from rainbench.identity import Run
    from rainbench.record import ImageRecord, RunRecord

NEW = "a scene that no known set shows"
"""The scene of a picture whose look is known and is in no index."""

PHOTOGRAPHS = re.compile(r"photographs of ([\w.:-]+)")
"""How `trained_on` names a set of clean photographs that the scene index holds."""


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
    training = [_training(name, index) for name in sets]
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


@cache
def _training(name: str, index: SceneIndex) -> _Training | None:
    dataset, _, split = name.partition(":")
    by_rule = frozenset(_scenes_by_rule(dataset, _find(dataset), split)) if split else frozenset()
    by_index = index.sets.get(name, frozenset())
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
    dataset = _find(run.dataset)
    rules = [each for each in (dataset.layouts if dataset else ()) if each.split == run.split]
    rule = next((each.scene for each in rules if each.scene and each.numbers is not None), None)
    for name, line in images.items():
        found = set() if rule is None else _ruled(run.dataset, rule, name)
        known = index.scene_of(line.clean_sha256 or "", line.clean_look)
        if known is not None:
            found.add(known)
        elif line.clean_look is not None:
            found.add(NEW)
        yield name, found


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
