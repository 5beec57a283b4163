"""Which pairs are trained on, kept apart, or left out: by scene, never by picture."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from rainbench.counting import counted
from rainbench.data.audit import Groups
from rainbench.data.look import ALIKE, bits, distances
from rainbench.errors import TrainingError

SHARE = 10
"""One scene in so many is kept apart for validation."""

SHOWN = 24
"""Kept pairs that validation looks at, at most: one of a scene."""


@dataclass(frozen=True)
class Candidate:
    """A pair that training may use, as far as its scene goes."""

    key: str
    """What no other pair is called: "rain800:train/7"."""
    scenes: frozenset[str]
    """Every name that its scene is known by."""
    look: str


@dataclass(frozen=True)
class Parting:
    """What becomes of pairs, by their place in the list that was parted."""

    training: tuple[int, ...]
    kept: tuple[int, ...]
    """Of the scenes kept apart, a pair each, as many as validation looks at."""
    apart: int
    """Scenes kept apart, whether or not they are looked at."""
    left_out: Mapping[str, int]
    """How many pairs were left out for the scenes of each test set; one may show several's."""
    dropped: int
    """Pairs left out in all."""


def part_by_scene(
    candidates: Sequence[Candidate],
    test_sets: Mapping[str, frozenset[str]],
    *,
    validation: int | None = None,
) -> Parting:
    """Part pairs so that no scene is on two sides.

    Pairs are of one scene that share a name of it, or whose clean pictures look alike. Scenes of
    `test_sets` are left out altogether. Of the others `validation` are kept apart (None: a
    tenth), chosen by digest of their first pair's name, which depends neither on chance nor on
    the order. Raises TrainingError where nothing would be left to train on.
    """
    scenes = _grouped(candidates)
    left_out: Counter[str] = Counter()
    open_to_use = []
    for scene in scenes:
        names = frozenset().union(*(candidates[i].scenes for i in scene))
        shown = [test for test, known in test_sets.items() if names & known]
        left_out.update(dict.fromkeys(shown, len(scene)))
        if not shown:
            open_to_use.append(scene)
    apart = -(-len(open_to_use) // SHARE) if validation is None else validation
    if len(open_to_use) <= apart:
        raise TrainingError(
            expected=f"more than the {apart} scenes kept for validation",
            got=f"{len(open_to_use)} that no test set shows, in {counted(len(candidates), 'pair')}",
            now="give more pairs, --validation with a smaller number, or --leave-out none",
        )
    ranked = sorted(open_to_use, key=lambda scene: _rank(candidates, scene))
    training = sorted(i for scene in ranked[apart:] for i in scene)
    kept = [min(scene, key=lambda i: _digest(candidates[i].key)) for scene in ranked[:apart]]
    return Parting(
        training=tuple(training),
        kept=tuple(kept[:SHOWN]),
        apart=apart,
        left_out=dict(sorted(left_out.items())),
        dropped=len(candidates) - sum(map(len, open_to_use)),
    )


def _grouped(candidates: Sequence[Candidate]) -> list[list[int]]:
    """Put together what is of one scene; each group in order."""
    groups = Groups()
    for i, candidate in enumerate(candidates):
        for name in candidate.scenes:
            groups.join(i, name)
    looks = {candidate.look: i for i, candidate in enumerate(candidates)}
    table = bits([*looks])
    first = [*looks.values()]
    for place, (look, i) in enumerate(looks.items()):
        alike = np.flatnonzero(distances(look, table[place + 1 :]) <= ALIKE)
        for other in alike:
            groups.join(i, first[place + 1 + int(other)])
    for i, candidate in enumerate(candidates):
        groups.join(i, looks[candidate.look])
    found: dict[object, list[int]] = defaultdict(list)
    for i in range(len(candidates)):
        found[groups.of(i)].append(i)
    return [*found.values()]


def _rank(candidates: Sequence[Candidate], scene: Sequence[int]) -> bytes:
    return _digest(min(candidates[i].key for i in scene))


def _digest(key: str) -> bytes:
    return sha256(key.encode(errors="surrogatepass")).digest()
