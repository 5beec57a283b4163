import re
from pathlib import Path

import numpy as np
import pytest

from rainbench.dataset import Dataset, Half, ImagePair, Layout, Release
from rainbench.errors import ImageError, PluginError
from rainbench.image import Picture, write_png


def layout(rainy: str, clean: str | None = None, rainy_half: Half | None = None) -> Layout:
    return Layout(
        release="1",
        split="test",
        rainy=rainy,
        clean=clean,
        rainy_half=rainy_half,
        name="{id}",
        example=("a",),
    )


def pair(folder: Path, rainy: tuple[int, int], clean: tuple[int, int] | None) -> ImagePair:
    write_png(folder / "rainy.png", np.zeros((*rainy, 3), np.uint8))
    if clean is None:
        return ImagePair("a", Picture(folder / "rainy.png"), None, "a")
    write_png(folder / "clean.png", np.ones((*clean, 3), np.uint8))
    return ImagePair("a", Picture(folder / "rainy.png"), Picture(folder / "clean.png"), "a")


def test_a_pair_is_read_rainy_first(tmp_path: Path) -> None:
    rainy, clean = pair(tmp_path, (4, 6), (4, 6)).read()
    assert rainy.max() == 0
    assert clean is not None
    assert clean.min() == 1


def test_a_pair_without_ground_truth_reads(tmp_path: Path) -> None:
    rainy, clean = pair(tmp_path, (1, 1), None).read()
    assert rainy.shape == (1, 1, 3)
    assert clean is None


def test_a_pair_of_two_sizes_names_both_files(tmp_path: Path) -> None:
    with pytest.raises(ImageError) as caught:
        pair(tmp_path, (4, 6), (6, 4)).read()
    assert "rainy.png of 6x4" in str(caught.value)
    assert "clean.png of 4x6" in str(caught.value)


def test_a_layout_whose_files_cannot_pair_is_refused() -> None:
    with pytest.raises(PluginError, match="groups of clean that rainy lacks"):
        layout(r"rainy/.*\.png", r"clean/(?P<id>\d+)\.png")
    with pytest.raises(PluginError, match="regular expression"):
        layout("rainy/(")
    with pytest.raises(PluginError, match="clean half"):
        layout(r"(?P<id>\d+)\.png", r"(?P<id>\d+)\.png", rainy_half="left")


def test_a_layout_of_an_uncounted_split_is_refused() -> None:
    with pytest.raises(PluginError, match="count"):
        Dataset(
            title="T",
            releases={"1": Release(counts={"train": 3})},
            layouts=(layout(r"(?P<id>\d+)\.png"),),
        )


def numbered(rainy: str, clean: str | None = None) -> Layout:
    return Layout.numbered(
        rainy, clean, release="1", split="test", numbers=range(1, 101), name="rain-{id:0>3}"
    )


@pytest.mark.parametrize(
    ("path", "fits", "not_fits"),
    [
        ("rain/norain-#.png", ["rain/norain-7.png", "rain/norain-100.png"], "rain/norain-07.png"),
        ("rain-###.png", ["rain-007.png", "rain-100.png"], "rain-7.png"),
        ("a.b/#.png", ["a.b/1.png"], "a-b/1.png"),
    ],
)
def test_numbered_files_fit_as_written(path: str, fits: list[str], not_fits: str) -> None:
    expression = re.compile(numbered(path).rainy)
    assert all(expression.fullmatch(name) for name in fits)
    assert not expression.fullmatch(not_fits)


def test_numbered_files_give_their_own_example() -> None:
    assert numbered("rainy/rain-###.png", "norain/norain-#.png").example == (
        "rainy/rain-001.png",
        "norain/norain-1.png",
        "rainy/rain-100.png",
        "norain/norain-100.png",
    )
