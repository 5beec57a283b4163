"""What training is supplied with, from words: photographs and a rain, or datasets of pairs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rainbench.counting import counted
from rainbench.data.manifest import DIGITS
from rainbench.data.opening import OpenDataset, open_dataset
from rainbench.data.scene_index import SceneIndex, read_scene_index
from rainbench.dataset import Dataset
from rainbench.errors import RainbenchError, UnknownNameError, UsageError
from rainbench.evidence.overlap import (
    NEW,
    TEST,
    scene_namer,
    scenes_of_tests,
    without_scenes,
)
from rainbench.image import pixel_sha256
from rainbench.registry import find_dataset_split
from rainbench.specification import parse_datasets
from rainbench.streaks.rain import RAIN_STYLES
from rainbench.training.decoded import Decoded, open_decoded
from rainbench.training.material import Material
from rainbench.training.pairs import Pairs, TrainingPair, pairs_digest, with_room
from rainbench.training.patches import Rendered, pixels_digest, read_photographs, split
from rainbench.training.plan import Plan
from rainbench.training.scenes import Candidate, Parting, part_by_scene

TRAIN = "train"
"""The split that is trained on where none is named."""

PHOTOGRAPHS_KEPT = 20
"""Photographs kept apart for validation where nobody says how many."""


@dataclass(frozen=True)
class Supply:
    """Material for any plan, and what a record says of it."""

    make: Callable[[Plan], Material]
    said: Mapping[str, Any]
    """`trained_on`, digests, what is kept apart: fields of a weights file's record."""
    notes: tuple[str, ...] = ()
    """What people should know of it, a sentence each."""


def supply_photographs(clean: Path, rain: str, validation: int | None = None) -> Supply:
    """Read a folder of clean photographs, to be put under rain of one style.

    Raises UnknownNameError, ImageError and TrainingError.
    """
    if rain not in RAIN_STYLES:
        raise UnknownNameError.among("style of rain", rain, RAIN_STYLES)
    style = RAIN_STYLES[rain]
    kept_apart = PHOTOGRAPHS_KEPT if validation is None else validation
    photographs = read_photographs(clean)
    training, kept = split(photographs, kept_apart)
    index = read_scene_index()
    digests = [pixel_sha256(each.pixels) for each in training]
    known = index.set_of(digests)
    # A folder's name alone says nothing of what is in it.
    named = known or f"the folder {clean.resolve().name}"

    def make(plan: Plan) -> Rendered:
        return Rendered(
            photographs=tuple(training),
            kept=tuple(kept),
            style=style,
            seed=plan.seed,
            batch=plan.batch,
            patch=plan.patch,
        )

    said = {
        "trained_on": f"{counted(len(training), 'photograph')} of {named}, rendered rain",
        "rain_model": asdict(style),
        "photographs_sha256": pixels_digest(training),
        "validation_sha256": pixels_digest(kept),
        "validation": [photograph.name for photograph in kept],
    }
    looks = [each.look for each in training]
    alike = len(photographs) - len(training) - len(kept)
    notes = [f"left out {counted(alike, 'photograph')} that look like one kept apart"] * bool(alike)
    return Supply(make, said, (*notes, *_shown_by_tests(digests, looks, index)))


def _shown_by_tests(
    digests: Iterable[str], looks: Iterable[str], index: SceneIndex
) -> Iterator[str]:
    """Say how many photographs show scenes of test sets, and of which."""
    scenes = [index.scene_of(*each) for each in zip(digests, looks, strict=True)]
    tests = {name: held & set(scenes) for name, held in scenes_of_tests(index).items()}
    shown = {name: held for name, held in tests.items() if held}
    if shown:
        count = sum(any(scene in held for held in shown.values()) for scene in scenes)
        yield (
            f"{count} of {len(scenes)} photographs show scenes of {', '.join(shown)}: scores there "
            "will be marked as seen"
        )


def supply_pairs(
    datasets: Sequence[str],
    *,
    patch: int,
    leave_out: str = "all",
    validation: int | None = None,
    root: Path | None = None,
    cache: Path | None = None,
    on_decoding: Callable[[str, int, int], None] = lambda _name, _done, _of: None,
) -> Supply:
    """Open datasets to train on, decoded, without the scenes of test sets.

    Args:
        datasets: NAME (its training split), NAME:SPLIT, or a folder of pairs, each.
        patch: the edge of a patch in pixels; pairs without room for one are not trained on.
        leave_out: test sets whose scenes are left out: "all" that are known, "none", or names
            separated by commas.
        validation: scenes kept apart; None: a tenth.
        root: the folder of datasets; None: RAINBENCH_DATA, then the user's data folder.
        cache: where pictures are kept decoded; None: RAINBENCH_CACHE, then the user's cache.
        on_decoding: told of every picture that is decoded: the dataset, how many, of how many.

    Raises UsageError for a test split and for its pictures in a folder, DatasetError, ImageError,
    and TrainingError where nothing is left to train on.
    """
    opened = [_open(str(words), root) for words in parse_datasets(datasets)]
    index = read_scene_index()
    test_sets = _test_sets(leave_out, index)
    pairs: list[TrainingPair] = []
    candidates: list[Candidate] = []
    for dataset in opened:

        def tell(done: int, of: int, name: str = dataset.name) -> None:
            on_decoding(name, done, of)

        decoded = open_decoded(dataset, cache=cache, on_progress=tell)
        pairs += [TrainingPair(decoded, p, f"{_place(dataset)}/{p.name}") for p in decoded.pairs]
        candidates += _candidates(dataset, decoded, index)
    parting = part_by_scene(candidates, test_sets, validation=validation)
    wanted = [pairs[i] for i in parting.training]
    training = with_room(wanted, patch)
    kept = tuple(pairs[i] for i in parting.kept)
    _refuse_test_pictures([d for d in opened if d.is_folder], (*wanted, *kept), index)

    def make(plan: Plan) -> Pairs:
        return Pairs(
            training=training,
            kept=kept,
            seed=plan.seed,
            batch=plan.batch,
            patch=plan.patch,
            flip=plan.flip,
        )

    said = {
        "trained_on": _in_words(opened, training, parting),
        "pairs": len(training),
        "pairs_sha256": pairs_digest(training),
        "validation_sha256": pairs_digest(kept),
        "validation": [pair.key for pair in kept],
        "validation_scenes": parting.apart,
        "left_out": dict(parting.left_out),
    }
    return Supply(make, said, tuple(_notes(parting, len(candidates), len(wanted), len(training))))


def _open(words: str, root: Path | None) -> OpenDataset:
    """Open a training split. Raises UsageError for a split that is there to test on."""
    named = _named(words)
    if named is not None:
        name, dataset, split_name = named
        known = [each for each in dataset.splits if is_for_training(dataset, each)]
        if split_name in dataset.splits and split_name not in known:
            raise UsageError(
                expected=f"a split of {name} to train on"
                + (f" ({', '.join(known)})" if known else ""),
                got=f"{split_name!r}, which is there to test on",
                now="train on another; a test set tells nothing once it was trained on",
            )
        words = f"{name}:{split_name}"
    return open_dataset(words, root=root)


def _refuse_test_pictures(
    folders: Iterable[OpenDataset], pairs: Iterable[TrainingPair], index: SceneIndex
) -> None:
    """See that no folder's clean picture is a test set's own. Raises UsageError.

    A folder's name does not say what is in it: no score would be marked as seen.
    """
    places = {_place(folder) for folder in folders}
    tests = {known.digest: known.set for known in index.known if known.set.endswith(f":{TEST}")}
    found = Counter(
        tests.get(each.pair.clean_sha256[:DIGITS])
        for each in pairs
        if each.key.rpartition("/")[0] in places
    )
    del found[None]
    if found:
        raise UsageError(
            expected="pairs that no test set is made of",
            got=" and ".join(f"{counted(n, 'pair')} of {name}" for name, n in found.items()),
            now="train without --leave-out, which leaves them out",
        )


def is_for_training(dataset: Dataset, split_name: str) -> bool:
    """Whether a split is there to train on, by its name or by what it is a selection of."""
    layouts = [each for each in dataset.layouts if each.split == split_name]
    return any(TRAIN in name for name in (split_name, *(each.part_of for each in layouts)))


def _named(words: str) -> tuple[str, Dataset, str] | None:
    """Find name, dataset and split that words mean; None: a folder, or unknown."""
    before, _, after = words.rpartition(":")
    for name, asked in ((words, None), (before, after)):
        try:
            if not name or Path(name).is_dir():
                return None
            plugin, implied = find_dataset_split(name)
        except RainbenchError:
            continue  # opening it says what is wrong
        called = name if name.endswith(".py") else plugin.name
        return called, plugin.value, asked or implied or TRAIN
    return None


def _test_sets(leave_out: str, index: SceneIndex) -> Mapping[str, frozenset[str]]:
    known = scenes_of_tests(index)
    if leave_out == "all":
        return known
    wanted = [] if leave_out == "none" else [name.strip() for name in leave_out.split(",")]
    for name in wanted:
        if name not in known:
            raise UnknownNameError.among("test set whose scenes are known", name, known)
    return {name: known[name] for name in wanted}


def _place(dataset: OpenDataset) -> str:
    return dataset.name if dataset.is_folder else f"{dataset.name}:{dataset.split}"


def _candidates(dataset: OpenDataset, decoded: Decoded, index: SceneIndex) -> Iterable[Candidate]:
    place = _place(dataset)
    name_scenes = scene_namer(dataset.name, dataset.split, index)
    for pair in decoded.pairs:
        known = name_scenes(pair.name, pair.clean_sha256, pair.clean_look) - {NEW}
        own = {f"{place}: {pair.scene}", pair.clean_sha256}
        yield Candidate(f"{place}/{pair.name}", frozenset(known | own), pair.clean_look)


def _in_words(
    opened: Iterable[OpenDataset], training: Iterable[TrainingPair], parting: Parting
) -> str:
    """Say what is trained on, as tables print it and `rainbench.evidence.overlap` reads it."""
    counts = Counter(each.key.rpartition("/")[0] for each in training)
    parts = [
        f"{counts[_place(each)]} of {each.promised} pairs of "
        + (f"the folder {each.name}" if each.is_folder else _place(each))
        for each in opened
    ]
    spared = [without_scenes(parting.left_out)] if parting.left_out else []
    return ", ".join([" and ".join(parts), *spared])


def _notes(parting: Parting, of: int, wanted: int, training: int) -> Iterable[str]:
    if parting.dropped:
        shown = ", ".join(f"{name} ({count})" for name, count in parting.left_out.items())
        yield f"left out {parting.dropped} of {of} pairs, which show scenes of test sets: {shown}"
    if wanted > training:
        yield f"left out {counted(wanted - training, 'pair')} without room for a patch"
    yield (
        f"kept {counted(parting.apart, 'scene')} apart for validation, which looks at "
        f"{len(parting.kept)} of them; training on {counted(training, 'pair')}"
    )
