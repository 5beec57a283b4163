"""Which clean pictures of one set show a scene of another's, found from pixels alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial as bind
from math import log
from pathlib import Path

from rainbench.costs.machine import cores
from rainbench.counting import counted
from rainbench.data.listing import natural, pictures_in
from rainbench.data.matching import (
    SAME,
    Pair,
    Registration,
    part_candidates,
    register_part,
    register_whole,
    whole_candidates,
)
from rainbench.data.opening import open_dataset, split_spec
from rainbench.data.pairs import CLEAN_FOLDERS
from rainbench.data.place import data_places, named_folders
from rainbench.data.sight import Sight, Sights, look_at
from rainbench.errors import DatasetError, UnknownNameError
from rainbench.image import Picture
from rainbench.registry import find_dataset_plugin

# What is less than this of a picture, in share of its area or in scale, is no crop and no resize.
TRIMMED = 0.97


@dataclass(frozen=True)
class Match:
    """Two clean pictures of one scene."""

    train: str
    test: str
    kind: str
    """exact: equal pixels; crop, flip, resize, or several with + between; near: the same frame in
    other pixels, as JPEG leaves them."""
    correlation: float
    """Of their detail, once they are laid over each other."""


@dataclass(frozen=True, kw_only=True)
class Audit:
    """What two sets have in common, or what one of them holds more than once."""

    train: str
    test: str
    """The same as `train` where repeats inside it were looked for."""
    images: tuple[int, int]
    """Clean pictures looked at in the one and in the other."""
    unread: tuple[str, ...] = ()
    """Pictures that cannot be decoded, and were not looked at."""
    matches: tuple[Match, ...] = ()

    @property
    def inside(self) -> bool:
        """Whether repeats inside one set were looked for."""
        return self.train == self.test

    @property
    def leaked(self) -> tuple[int, int]:
        """How many pictures of the one and of the other have a match."""
        return len({m.train for m in self.matches}), len({m.test for m in self.matches})

    @property
    def scenes(self) -> int:
        """How many scenes one set shows, where repeats inside it were looked for."""
        groups = Groups()
        joined = sum(groups.join(match.train, match.test) for match in self.matches)
        return self.images[0] - joined

    def __str__(self) -> str:
        """Say it in a line."""
        if self.inside:
            scenes, images = counted(self.scenes, "scene"), counted(self.images[0], "image")
            return f"{self.train}: {scenes} in {images}"
        ones, others = self.leaked
        return (
            f"{ones} of {self.images[0]} images of {self.train} show "
            f"{others} of {self.images[1]} images of {self.test}"
        )

    def to_json(self) -> dict[str, object]:
        """Return what `data audit --json` prints of it."""
        return {
            **{key: value for key, value in vars(self).items() if key != "matches"},
            "scenes": self.scenes if self.inside else None,
            "leaked": self.leaked,
            "rows": [vars(match) for match in self.matches],
        }


def audit_datasets(
    train: str, tests: Iterable[str] = (), *, root: Path | None = None
) -> tuple[Audit, ...]:
    """Find the clean pictures that two sets share, exactly or cropped, flipped, resized, re-coded.

    Candidates come of thumbnails and of corners whose surroundings agree; each is registered and
    counts where the two pictures' detail then correlates. All cores are used.

    Args:
        train: NAME[:SPLIT] of a dataset, or a folder: of pairs, or of clean pictures alone. A bare
            word that is no dataset is a folder in the data place.
        tests: sets to hold it against, each likewise; none: repeats inside `train`.
        root: the folder of datasets; None: RAINBENCH_DATA, then the user's data folder.

    Raises UnknownNameError, UsageError and DatasetError for what cannot be opened.
    """
    mine = look_at(train, clean_pictures(train, root))
    listed = list(tests)
    if not listed:
        return (compare(mine, mine),)
    return tuple(compare(mine, look_at(test, clean_pictures(test, root))) for test in listed)


def compare(train: Sights, test: Sights) -> Audit:
    """Hold two sets that were looked at against each other, or one against itself."""
    inside = train is test
    search = _Search(train.seen, test.seen, inside)
    return Audit(
        train=train.title,
        test=test.title,
        images=(len(train.seen), len(test.seen)),
        unread=train.unread if inside else (*train.unread, *test.unread),
        matches=tuple(
            sorted(search.matches(), key=lambda match: (natural(match.train), natural(match.test)))
        ),
    )


def clean_pictures(spec: str, root: Path | None = None) -> list[tuple[str, Picture]]:
    """List a set's clean pictures by name, each once."""
    folder = _clean_folder(spec, root)
    if folder is not None:
        files = pictures_in(folder)
        return [(file.rpartition(".")[0], Picture(folder / file)) for file in files]
    pairs = [pair for pair in open_dataset(spec, root=root, partial=True).pairs if pair.clean]
    uses = Counter(pair.clean for pair in pairs)
    named = {
        pair.clean: pair.name if uses[pair.clean] == 1 else pair.clean.path.stem
        for pair in pairs
        if pair.clean is not None
    }
    if not named:
        raise DatasetError(
            expected=f"clean pictures in {spec}", got="none", now="name a set with ground truth"
        )
    return [(name, picture) for picture, name in named.items()]


def _clean_folder(spec: str, root: Path | None) -> Path | None:
    """Find the folder of clean pictures alone that is meant; None for a dataset or for pairs."""
    folder = Path(spec).expanduser()
    try:
        find_dataset_plugin(split_spec(spec)[0])
    except UnknownNameError:
        found = [f for place in data_places(root) for f in named_folders(place, (spec,))]
        folder = found[0] if found and not folder.is_dir() else folder
        pairs = folder.is_dir() and any(
            child.name.casefold() in CLEAN_FOLDERS for child in folder.iterdir() if child.is_dir()
        )
        return folder if folder.is_dir() and not pairs else None
    return None


class Groups:
    """What belongs together: a union of sets."""

    def __init__(self) -> None:
        self._above: dict[object, object] = {}

    def of(self, item: object) -> object:
        """Name the group that an item is in."""
        while item in self._above:
            item = self._above[item]
        return item

    def join(self, one: object, other: object) -> bool:
        """Put two groups together; False where they are one already."""
        first, second = self.of(one), self.of(other)
        if first == second:
            return False
        self._above[first] = second
        return True


class _Search:
    """Looks for one set's pictures among another's, or among its own."""

    def __init__(self, ones: tuple[Sight, ...], others: tuple[Sight, ...], inside: bool) -> None:
        self._ones, self._others, self._inside = ones, others, inside

    def matches(self) -> Iterator[Match]:
        """Give every pair of one scene, the best way to lay the two over each other."""
        found: dict[Pair, tuple[Registration, bool]] = {}
        groups = Groups()
        with ThreadPoolExecutor(cores(), "audit") as pool:
            for flipped, laid in self._registered(pool, groups):
                for pair, registration in laid.items():
                    best = found.get(pair)
                    if best is None or registration.correlation > best[0].correlation:
                        found[pair] = registration, flipped
                    groups.join(("one", pair[0]), (self._side, pair[1]))
        for (i, j), (registration, flipped) in found.items():
            one, other = self._ones[i], self._others[j]
            kind = _kind(one, other, registration, flipped)
            yield Match(one.name, other.name, kind, round(registration.correlation, 4))

    @property
    def _side(self) -> str:
        return "one" if self._inside else "other"

    def _registered(
        self, pool: ThreadPoolExecutor, groups: Groups
    ) -> Iterator[tuple[bool, Mapping[Pair, Registration]]]:
        """Whole pictures in four positions first, then parts of those not yet put together."""
        for down, right in ((False, False), (False, True), (True, False), (True, True)):
            turned = [other.turned(upside_down=down, left_right=right) for other in self._others]
            pairs = [p for p in whole_candidates(self._ones, turned) if self._wanted(p)]
            whole = bind(self._lay_whole, turned)
            yield down or right, _sound(pairs, pool.map(whole, pairs))
        ones, others = self._open(groups)
        mine = [self._ones[i] for i in ones]
        theirs = [self._others[j] for j in others]
        views = (theirs, [*pool.map(lambda each: each.mirrored, theirs)])
        searches = [pool.submit(part_candidates, mine, seen) for seen in views]
        for seen, search in zip(views, searches, strict=True):
            corners = {
                (ones[i], others[j]): (mine[i], seen[j], found)
                for (i, j), found in search.result().items()
                if self._wanted((ones[i], others[j]))
                and groups.of(("one", ones[i])) != groups.of((self._side, others[j]))
            }
            laid = pool.map(lambda each: register_part(*each), corners.values())
            yield seen is not theirs, _sound(corners, laid)

    def _lay_whole(self, turned: Sequence[Sight], pair: Pair) -> Registration | None:
        return register_whole(self._ones[pair[0]], turned[pair[1]])

    def _wanted(self, pair: Pair) -> bool:
        return not self._inside or pair[0] < pair[1]

    def _open(self, groups: Groups) -> tuple[list[int], list[int]]:
        """List the pictures whose parts are looked for; inside a set, one of those put together."""
        if not self._inside:
            return [*range(len(self._ones))], [*range(len(self._others))]
        first = {groups.of(("one", i)): i for i in reversed(range(len(self._ones)))}
        return sorted(first.values()), sorted(first.values())


def _sound(pairs: Iterable[Pair], laid: Iterable[Registration | None]) -> dict[Pair, Registration]:
    return {
        pair: registration
        for pair, registration in zip(pairs, laid, strict=True)
        if registration is not None and registration.correlation >= SAME
    }


def _kind(one: Sight, other: Sight, laid: Registration, flipped: bool) -> str:
    if one.digest == other.digest:
        return "exact"
    resized = abs(log(laid.scale)) > -log(TRIMMED)
    trimmed = one.size != other.size and not resized
    parts = {
        "crop": min(laid.covered) < TRIMMED or trimmed,
        "flip": flipped,
        "resize": resized,
    }
    return "+".join(part for part, holds in parts.items() if holds) or "near"
