"""What every dataset in the registry must hold to, laid out small from its own examples."""

import re
from pathlib import Path

import numpy as np
import pytest

from rainbench.conformance.dataset import lay_out
from rainbench.data.made import pictures_sha256
from rainbench.data.opening import OpenDataset, open_dataset
from rainbench.errors import DatasetError
from rainbench.registry import entries, find_dataset

DATASETS = sorted(entries("datasets"))
LAYOUTS = [
    pytest.param(name, index, id=f"{name}/{layout.release}/{layout.example[0]}")
    for name in DATASETS
    for index, layout in enumerate(find_dataset(name).layouts)
]


def test_there_are_datasets() -> None:
    assert DATASETS


@pytest.mark.parametrize(("name", "index"), LAYOUTS)
def test_every_layout_is_recognised_from_its_example(
    name: str, index: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = find_dataset(name)
    layout = dataset.layouts[index]
    root = tmp_path / "data"
    lay_out(dataset, layout, root / name)
    if dataset.make is not None:  # a made dataset is looked for in the cache alone
        opened = open_dataset(f"{name}:{layout.split}", cache=tmp_path / "cache")
        assert {*layout.example} <= files_of(opened)
    else:
        monkeypatch.setenv("RAINBENCH_DATA", str(root))
        opened = open_dataset(f"{name}:{layout.split}", partial=True)
        assert {*layout.example} == files_of(opened)
        assert opened.folder == root / name
    assert (opened.name, opened.split, opened.release) == (name, layout.split, layout.release)
    promised = dataset.releases[layout.release].counts[layout.split]
    assert opened.promised == (len(opened.pairs) if promised is None else promised)


def files_of(opened: OpenDataset) -> set[str]:
    pictures = [p for pair in opened.pairs for p in (pair.rainy, pair.clean) if p is not None]
    return {picture.path.relative_to(opened.folder).as_posix() for picture in pictures}


@pytest.mark.parametrize(("name", "index"), LAYOUTS)
def test_every_pair_reads_under_a_safe_name(name: str, index: int, tmp_path: Path) -> None:
    dataset = find_dataset(name)
    layout = dataset.layouts[index]
    lay_out(dataset, layout, tmp_path / name)
    opened = open_dataset(
        f"{name}:{layout.split}", root=tmp_path, cache=tmp_path / "cache", partial=True
    )
    assert opened.pairs
    assert len({pair.name for pair in opened.pairs}) == len(opened.pairs)
    for pair in opened.pairs:
        assert not set(pair.name) & set('/\\:*?"<>|')
        assert pair.scene
        rainy, clean = pair.read()
        if clean is not None:
            assert rainy.shape == clean.shape
            assert not np.array_equal(rainy, clean)


@pytest.mark.parametrize("name", DATASETS)
def test_a_name_means_one_pair_in_every_layout_of_a_release(name: str) -> None:
    dataset = find_dataset(name)
    said: dict[tuple[str, str], set[str]] = {}
    for layout in dataset.layouts:
        if layout.numbers is not None and set(re.compile(layout.rainy).groupindex) == {"id"}:
            names = {layout.name.format(id=str(number)) for number in layout.numbers}
            assert said.setdefault((layout.release, layout.split), names) == names


@pytest.mark.parametrize("name", DATASETS)
def test_a_selection_is_of_a_split_that_has_its_layouts(name: str) -> None:
    layouts = find_dataset(name).layouts
    for layout in layouts:
        whole = [(each.release, each.split, each.rainy, each.clean) for each in layouts]
        if layout.part_of:
            assert (layout.release, layout.part_of, layout.rainy, layout.clean) in whole


@pytest.mark.parametrize("name", DATASETS)
def test_spots_are_of_pairs_that_there_are(name: str) -> None:
    dataset = find_dataset(name)
    for release in dataset.releases.values():
        assert release.spots.keys() <= release.counts.keys()
        for digests in (digest for spots in release.spots.values() for digest in spots.values()):
            assert all(re.fullmatch(r"(?:[0-9a-f]{16})?", digest) for digest in digests)


@pytest.mark.parametrize("name", DATASETS)
def test_a_source_holds_splits_of_a_release(name: str) -> None:
    dataset = find_dataset(name)
    for source in dataset.sources:
        assert {*source.splits} <= dataset.releases[source.release].counts.keys()


@pytest.mark.parametrize("name", DATASETS)
def test_a_dataset_says_where_it_comes_from(name: str) -> None:
    dataset = find_dataset(name)
    assert dataset.title
    assert dataset.releases
    assert dataset.layouts
    assert dataset.make is not None or dataset.sources, "neither drawn here nor to be had anywhere"
    assert dataset.make is None or len(dataset.digest) == 64, "a made dataset is pinned"


@pytest.mark.parametrize("name", DATASETS)
def test_a_missing_dataset_says_in_three_lines_what_to_do(name: str, tmp_path: Path) -> None:
    dataset = find_dataset(name)
    if dataset.make is not None:
        opened = open_dataset(name, root=tmp_path, cache=tmp_path / "cache")
        assert pictures_sha256(opened.folder) == dataset.digest
        return
    with pytest.raises(DatasetError) as caught:
        open_dataset(f"{name}:{dataset.splits[0]}", root=tmp_path)
    lines = str(caught.value).splitlines()
    assert len(lines) == 3
    assert f"rainbench data import {name} PATH" in str(caught.value)
    assert str(dataset.sources[0]) in str(caught.value)
    assert str(tmp_path / name) in lines[-1]
