"""What a dataset must hold to, tried out: `rainbench check DATASET`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

import numpy as np
from PIL import Image as Pillow

from rainbench.conformance.verdict import (
    BrokenError,
    Check,
    Conformance,
    DoesNotApplyError,
    expect,
    judge,
)
from rainbench.counting import counted
from rainbench.data.made import pictures_sha256
from rainbench.data.opening import OpenDataset, open_dataset
from rainbench.dataset import Dataset, Layout
from rainbench.errors import DatasetError
from rainbench.registry import find_dataset_plugin
from rainbench.shelves.plugin import Plugin

SMALL = (24, 16)
"""Width and height in pixels of made-up pictures, where no release says otherwise."""

UNSAFE = frozenset('/\\:*?"<>|')
"""What a pair's name may not hold: results are filed under it, on every system."""


@dataclass(frozen=True)
class Subject:
    """A dataset as the checks see it."""

    words: str
    """What opens it: a name, or a path to a .py file."""
    plugin: Plugin[Dataset]

    @property
    def dataset(self) -> Dataset:
        """The plug-in's value."""
        return self.plugin.value


def prepare_dataset(words: str) -> Callable[[], Conformance]:
    """Make ready to try what a dataset must hold to, on tiny installs made of its examples.

    `words` are a dataset's name or alias, or a path to a .py file. Raises what finding it raises.
    """
    return partial(judge, words, CHECKS, Subject(words, find_dataset_plugin(words)))


def lay_out(dataset: Dataset, layout: Layout, folder: Path) -> None:
    """Write a layout's example files in the release's size, flat, each of its own grey."""
    width, height = sorted(dataset.releases[layout.release].sizes or {SMALL})[0]
    for number, example in enumerate(layout.example, start=1):
        file = folder / example
        file.parent.mkdir(parents=True, exist_ok=True)
        across = width * 2 if layout.rainy_half else width
        pixels = np.full((height, across, 3), 40 * number % 256, np.uint8)
        pixels[:, : across // 2] //= 2
        is_png = file.suffix.lower() == ".png" and not layout.by_content
        Pillow.fromarray(pixels).save(file, "PNG" if is_png else "JPEG", quality=95)


def says_where_it_comes_from(subject: Subject) -> str:
    """See that it can be had, or is drawn here and pinned."""
    dataset = subject.dataset
    if dataset.make is not None:
        expect(len(dataset.digest) == 64, "a dataset drawn here without a digest that pins it")
        return "drawn here"
    expect(bool(dataset.sources), "no source: it can be had nowhere")
    return "; ".join(map(str, dataset.sources))


def states_its_licence(subject: Subject) -> str:
    """See that licence and terms are stated, were it only that there is none."""
    expect(bool(subject.dataset.licence), 'no licence, not even "none stated"')
    return ", ".join(part for part in (subject.dataset.licence, subject.dataset.terms) if part)


def recognises_every_layout(subject: Subject) -> str:
    """See that each layout's example is found, as itself and with all its files."""
    for layout, opened in _installs(subject):
        told = (opened.release, opened.split)
        expect(
            told == (layout.release, layout.split),
            f"{layout.example[0]} taken for release {told[0]}, split {told[1]}",
        )
        missing = {*layout.example} - _files(opened)
        expect(not missing, f"{', '.join(sorted(missing)[:3])} in no pair")
    return counted(len(subject.dataset.layouts), "layout")


def reads_every_pair(subject: Subject) -> str:
    """See that pairs have names of their own that any system can file, and read."""
    count = 0
    for _, opened in _installs(subject):
        names = [pair.name for pair in opened.pairs]
        expect(len({*names}) == len(names), "one name for two pairs")
        for pair in opened.pairs:
            expect(not {*pair.name} & UNSAFE, f"the name {pair.name!r}")
            expect(bool(pair.scene), f"no scene for {pair.name}")
            rainy, clean = pair.read()
            expect(clean is None or not np.array_equal(rainy, clean), f"no rain in {pair.name}")
            count += 1
    return f"{counted(count, 'pair')} of made-up pictures"


def names_pairs_alike_in_every_layout(subject: Subject) -> str:
    """See that a name means one pair of a release, whatever its files are called."""
    said: dict[tuple[str, str], set[str]] = {}
    for layout in subject.dataset.layouts:
        if layout.numbers is not None and set(re.compile(layout.rainy).groupindex) == {"id"}:
            names = {layout.name.format(id=str(number)) for number in layout.numbers}
            known = said.setdefault((layout.release, layout.split), names)
            expect(names == known, f"other names in {layout.example[0]}")
    if not said:
        raise DoesNotApplyError("its files are not told by one number")
    return counted(len(said), "split")


def counts_its_pairs(subject: Subject) -> str:
    """See that fewer pairs than promised are refused unless that is asked for."""
    if subject.dataset.make is not None:
        return _drawn(subject)
    tried = 0
    for layout in subject.dataset.layouts:
        promised = subject.dataset.releases[layout.release].counts[layout.split]
        if promised is None:
            continue
        tried += 1
        with _laid_out(subject, layout) as root:
            spec = f"{subject.words}:{layout.split}"
            try:
                opened = open_dataset(spec, root=root)
            except DatasetError:
                continue
            expect(len(opened.pairs) == promised, f"{len(opened.pairs)} pairs taken for all")
    if not tried:
        raise DoesNotApplyError("none of its releases promises how many pairs there are")
    return "too few pairs are refused"


def says_what_to_do_when_missing(subject: Subject) -> str:
    """See that a dataset that is not there says in three lines how it is to be had."""
    if subject.dataset.make is not None:
        raise DoesNotApplyError("it is drawn here")
    if (subject.plugin.origin.parent / subject.plugin.name).is_dir():
        raise DoesNotApplyError("its pictures lie beside its file")
    with TemporaryDirectory() as folder:
        try:
            open_dataset(f"{subject.words}:{subject.dataset.splits[0]}", root=Path(folder))
        except DatasetError as error:
            lines = str(error).splitlines()
            expect(len(lines) <= 3, f"{len(lines)} lines")
            return counted(len(lines), "line")
    raise BrokenError("a dataset in an empty folder")


CHECKS: Mapping[str, Check[Subject]] = MappingProxyType(
    {
        "source": says_where_it_comes_from,
        "licence": states_its_licence,
        "layouts": recognises_every_layout,
        "pairs": reads_every_pair,
        "names": names_pairs_alike_in_every_layout,
        "counts": counts_its_pairs,
        "missing": says_what_to_do_when_missing,
    }
)
"""What is tried, by name, in this order."""


def _drawn(subject: Subject) -> str:
    with TemporaryDirectory() as folder:
        opened = open_dataset(subject.words, cache=Path(folder))
        expect(not opened.is_partial, f"{len(opened.pairs)} of {opened.promised} pairs drawn")
        expect(pictures_sha256(opened.folder) == subject.dataset.digest, "other pictures")
    return f"{counted(opened.promised, 'pair')}, to the bit"


def _installs(subject: Subject) -> Iterator[tuple[Layout, OpenDataset]]:
    """Open a tiny install of each layout in turn."""
    if not subject.dataset.layouts:
        raise DoesNotApplyError("it has no layout to be tried")
    for layout in subject.dataset.layouts:
        with _laid_out(subject, layout) as root:
            spec = f"{subject.words}:{layout.split}"
            yield layout, open_dataset(spec, root=root, cache=root / "cache", partial=True)


@contextmanager
def _laid_out(subject: Subject, layout: Layout) -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        if subject.dataset.make is None:  # what is drawn is looked for in the cache alone
            lay_out(subject.dataset, layout, root / subject.plugin.name)
        yield root


def _files(opened: OpenDataset) -> set[str]:
    pictures = [p for pair in opened.pairs for p in (pair.rainy, pair.clean) if p is not None]
    return {picture.path.relative_to(opened.folder).as_posix() for picture in pictures}
