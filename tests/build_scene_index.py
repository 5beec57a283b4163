"""Build the scene index that ships, from every set of clean photographs at hand.

    python -m tests.build_scene_index OUT BSD300 OVERLAPS

BSD300 lists the 300 photographs of BSDS500's train and val parts, a line each ("train/100075.jpg"):
the k-th in the order of their numbers as text is scene bsd300-k, from 0. Pictures that `data audit`
finds to show one photograph get one scene. OVERLAPS says of Rain800's pictures which of them show
scenes of test sets that are not at hand: {"images": {"training/147": {"overlaps":
["rain200-test"]}}}. RAINBENCH_DATA says where the sets lie. Exit status 1 where the rule of the
numbers and the audit contradict each other.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rainbench.data.audit import Groups, clean_pictures, compare
from rainbench.data.look import look
from rainbench.data.manifest import DIGITS
from rainbench.data.opening import open_dataset
from rainbench.data.scene_index import Known, SceneIndex, write_scene_index
from rainbench.data.sight import look_at

WHOLE = ("rain100l:test", "rain800:test", "rain800:train", "bsds500", "kodak24")
PARTS = {
    "rain1400:train": "rain1400-sample/training/ground_truth",
    "rain1400:test": "rain1400-sample/testing/ground_truth",
}


# Test sets that are not at hand, by what OVERLAPS calls them; the two Rain200 share photographs.
ABSENT = {"rain200-test": ("rain200h:test", "rain200l:test"), "rain12": ("rain12:test",)}
FOLDERS = {"training": "rain800:train", "test_syn": "rain800:test"}


def main(out: Path, bsd300: Path, overlaps: Path) -> int:
    """Look at every set, put pictures of one scene together, and write the index."""
    import os

    data = Path(os.environ["RAINBENCH_DATA"])
    places = {
        **dict(zip(WHOLE, WHOLE, strict=True)),
        **{k: str(data / v) for k, v in PARTS.items()},
    }
    pictures = {name: clean_pictures(place) for name, place in places.items()}
    sights = {name: look_at(name, listed) for name, listed in pictures.items()}
    groups = Groups()
    for i, one in enumerate(sights):
        for other in [*sights][i:]:
            for match in compare(sights[one], sights[other]).matches:
                groups.join((one, match.train), (other, match.test))
    rule = {("bsds500", number): f"bsd300-{place}" for place, number in enumerate(numbers(bsd300))}
    rule |= {("rain100l:test", p.name): p.scene for p in open_dataset("rain100l").pairs}
    names = scene_names(
        [(name, s.name) for name in sights for s in sights[name].seen], groups, rule
    )
    known = [
        Known(
            name, sight.name, names[name, sight.name], sight.digest[:DIGITS], look(picture.read())
        )
        for name, listed in pictures.items()
        for sight, (_, picture) in zip(sights[name].seen, listed, strict=True)
    ]
    known += absent_pictures(known, json.loads(overlaps.read_text(encoding="utf-8"))["images"])
    about = ("digests and looks of clean pictures; no picture can be made of them",)
    write_scene_index(out, SceneIndex(tuple(known), frozenset(WHOLE), about))
    print(
        f"{out}: {len(known)} pictures, {len(set(names.values()))} scenes, {out.stat().st_size} B"
    )
    return 0


def absent_pictures(known: Sequence[Known], images: Mapping[str, Mapping[str, Any]]) -> list[Known]:
    """Know scenes of test sets that are not at hand by pictures of Rain800 that show them."""
    at_hand = {(each.set, each.name): each for each in known}
    found: dict[tuple[str, str], Known] = {}
    for place in sorted(images):
        folder, _, name = place.partition("/")
        shown = at_hand[FOLDERS[folder], name]
        for called in images[place].get("overlaps", ()):
            for absent in ABSENT.get(called, ()):
                named = f"as {shown.set}/{shown.name}"
                found.setdefault((absent, shown.scene), replace(shown, set=absent, name=named))
    return sorted(found.values(), key=lambda each: (each.set, each.name))


def numbers(file: Path) -> list[str]:
    """Read the photographs' numbers, in the order of text."""
    return sorted(Path(line).stem for line in file.read_text(encoding="utf-8").split())


def scene_names(
    items: list[tuple[str, str]], groups: Groups, rule: Mapping[tuple[str, str], str]
) -> dict[tuple[str, str], str]:
    """Name each group after the rule where it holds one of its pictures, else after its first."""
    members = defaultdict(list)
    for item in items:
        members[groups.of(item)].append(item)
    names: dict[tuple[str, str], str] = {}
    for held in members.values():
        ruled = {rule[item] for item in held if item in rule}
        if len(ruled) > 1:
            sys.exit(f"{held} show one scene, and {ruled} by their numbers")
        name = ruled.pop() if ruled else f"{held[0][0]}/{held[0][1]}"
        names |= dict.fromkeys(held, name)
    return names


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
