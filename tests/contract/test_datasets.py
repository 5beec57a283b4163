"""What every dataset in the registry must hold to, laid out small from its own examples."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rainbench.data.made import pictures_sha256
from rainbench.data.opening import OpenDataset, open_dataset
from rainbench.dataset import Dataset, Layout
from rainbench.errors import DatasetError
from rainbench.image import write_png
from rainbench.registry import entries, find_dataset

DATASETS = sorted(entries("datasets"))
LAYOUTS = [
    pytest.param(name, index, id=f"{name}/{layout.release}/{layout.example[0]}")
    for name in DATASETS
    for index, layout in enumerate(find_dataset(name).layouts)
]


def lay_out(dataset: Dataset, layout: Layout, folder: Path) -> None:
    """Write the layout's example files as noise of the release's size."""
    sizes = dataset.releases[layout.release].sizes or {(24, 16)}
    width, height = sorted(sizes)[0]
    generator = np.random.default_rng(0)
    for example in layout.example:
        file = folder / example
        file.parent.mkdir(parents=True, exist_ok=True)
        across = width * 2 if layout.rainy_half else width
        pixels = generator.integers(0, 256, (height, across, 3), dtype=np.uint8)
        if file.suffix == ".png":
            write_png(file, pixels)
        else:
            Image.fromarray(pixels).save(file, quality=100, subsampling=0)


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
    assert opened.promised == dataset.releases[layout.release].counts[layout.split]


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
        if layout.numbers is not None:
            names = {layout.name.format(id=str(number)) for number in layout.numbers}
            assert said.setdefault((layout.release, layout.split), names) == names


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
        open_dataset(name, root=tmp_path)
    lines = str(caught.value).splitlines()
    assert len(lines) <= 3
    assert str(dataset.sources[0]) in str(caught.value)
    assert str(tmp_path / name) in lines[-1]
