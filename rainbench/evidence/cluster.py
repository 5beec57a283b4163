"""Which images show one scene: what statistics cluster by."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from rainbench.runs.record import ImageRecord, RunRecord


class Clean(NamedTuple):
    """A clean picture of one release of a dataset's split."""

    dataset: str
    release: str
    split: str
    sha256: str


def clean_of(run: RunRecord, line: ImageRecord) -> Clean:
    """Name the clean picture behind a line of a run."""
    identity = run.header.run
    return Clean(identity.dataset, identity.release, identity.split, str(line.clean_sha256))


def find_scenes(runs: Iterable[RunRecord]) -> dict[Clean, str]:
    """Name the scene of every clean picture that the runs were scored on.

    As any run's line states it, by the dataset's own rule; then pictures that the scene index
    puts together, by their digests, are one scene too: a dataset without a rule (Rain800) calls
    every pair a scene of its own. Neither known: a clean picture is a scene.
    """
    from rainbench.data.scene_index import read_scene_index

    stated: dict[Clean, str] = {}
    for run in runs:
        for line in run.images.values():
            clean = clean_of(run, line)
            scene = clean.sha256 if line.scene is None else line.scene
            # Digests stand back behind names: older records state no scene.
            before = stated.get(clean, clean.sha256)
            stated[clean] = scene if before == clean.sha256 else min(before, scene)
    index = read_scene_index()
    known: dict[Clean, str] = {}  # a scene by one of its pictures' places, to the index's name
    for clean, scene in stated.items():
        shown = index.scene_of(clean.sha256, None)
        if shown is not None:
            place = clean._replace(sha256=scene)
            known[place] = min(known.get(place, shown), shown)
    return {
        clean: known.get(clean._replace(sha256=scene), scene) for clean, scene in stated.items()
    }
