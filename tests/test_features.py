"""Maps from inside a network: what is taken, written and read, and how alike scales are."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import torch
from scipy import stats

from rainbench import (
    Evidence,
    Figure,
    LearnedMethod,
    Note,
    PictureGrid,
    Table,
    View,
    find_method,
    find_report,
)
from rainbench.cli import main
from rainbench.errors import ResultsError, UsageError
from rainbench.evidence.attachment import attach
from rainbench.evidence.feature_distance import (
    distance_between_channels,
    distances_to_first,
    gradients,
    standardised,
    variance_left,
)
from rainbench.evidence.features import (
    FeatureFile,
    FeatureSet,
    Maps,
    Rain,
    read_features,
    take_features,
    write_features,
)
from rainbench.image import write_png

MSFM = cast(LearnedMethod, find_method("msfm").value)
RNG = np.random.default_rng(0)


def look(network: torch.nn.Module, rainy: torch.Tensor) -> Mapping[str, Mapping[str, torch.Tensor]]:
    assert MSFM.features is not None
    return MSFM.features(network, rainy)


def pictures(folder: Path) -> tuple[Path, Path]:
    clean = np.linspace(0, 200, 40 * 48 * 3).reshape(40, 48, 3).astype(np.uint8)
    rainy = clean.copy()
    rainy[:, ::7] += np.uint8(50)
    paths = folder / "rainy.png", folder / "clean.png"
    for path, pixels in zip(paths, (rainy, clean), strict=True):
        write_png(path, pixels)
    return paths


def made(rain: Rain = "rainy", *, trained: bool = True, **groups: dict[str, Maps]) -> FeatureSet:
    return FeatureSet(image="1.png", rain=rain, trained=trained, groups=groups)


def noise(*shape: int) -> Maps:
    return RNG.normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("share", [True, False])
def test_the_maps_of_msfm_are_those_that_its_layers_put_out(share: bool) -> None:
    network = MSFM.network(layers=1, share=share)
    seen: dict[str, list[torch.Tensor]] = {}
    for name, module in network.named_modules():
        module.register_forward_hook(
            lambda *call, name=name: seen.setdefault(name, []).append(call[2].clone())
        )
    rainy = torch.rand(1, 3, 32, 24)
    with torch.inference_mode():
        network(rainy)
        calls = {name: list(outputs) for name, outputs in seen.items()}
        found = look(network, rainy)
    first = "layers.0.kernels.0"
    for place, dilation in enumerate((1, 3, 5)):
        wanted = calls[f"{first}.convs.{place}"][0]
        assert torch.equal(found["kernels"][f"dilation {dilation}"], wanted)
    assert torch.equal(found["kernels"]["fused"], calls[f"{first}.fuse"][0])
    for place, scale in enumerate((1, 2, 4)):
        wanted = calls[first][place] if share else calls[f"layers.0.kernels.{place}"][0]
        assert torch.equal(found["scales"][f"scale {scale}"], wanted)
        assert found["scales"][f"scale {scale}"].shape[2:] == (32 // scale, 24 // scale)


def test_a_variant_without_scales_has_one() -> None:
    network = MSFM.network(layers=1, dense=False, scale_fusion=False)
    found = look(network, torch.rand(1, 3, 8, 8))
    assert list(found["scales"]) == ["scale 1"]


def test_what_is_written_is_read_in_half_precision(tmp_path: Path) -> None:
    rainy, clean = pictures(tmp_path)
    taken = take_features("msfm", [rainy], clean=[clean])
    write_features(taken, tmp_path / "f.safetensors")
    read = read_features(tmp_path / "f.safetensors")
    assert (read.method, read.trained_on) == (taken.method, taken.trained_on)
    assert "@" in read.method
    kinds = [(s.image, s.rain, s.trained) for s in read.sets]
    assert kinds == [
        ("rainy.png", "rainy", True),
        ("rainy.png", "rainy", False),
        ("clean.png", "clean", True),
        ("clean.png", "clean", False),
    ]
    for one, other in zip(taken.sets, read.sets, strict=True):
        for group, maps in one.groups.items():
            assert list(maps) == list(other.groups[group])
            for name, values in maps.items():
                np.testing.assert_allclose(values, other.groups[group][name], rtol=1e-3, atol=1e-3)


def test_the_verb_writes_and_the_report_shows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rainy, clean = pictures(tmp_path)
    out = tmp_path / "f.safetensors"
    assert main(["features", "msfm", str(rainy), "--clean", str(clean), "-o", str(out)]) == 0
    assert capsys.readouterr().out == f"{out}\n"
    evidence = attach(Evidence(protocol="y-prenet"), [tmp_path], View())
    blocks = find_report("features").make(evidence)
    grids = [block for block in blocks if isinstance(block, PictureGrid)]
    assert [[row.name for row in grid.rows] for grid in grids] == [
        ["dilation 1", "dilation 3", "dilation 5", "fused"],
        ["scale 1", "scale 2", "scale 4"],
        ["scale 1", "scale 2", "scale 4"],
    ]
    figures = [block for block in blocks if isinstance(block, Figure)]
    assert len(figures) == 2
    for figure in figures:
        for series in figure.series:  # a density: at most all of it lies in the bins
            width = series.points[1][0] - series.points[0][0]
            assert 0.9 < sum(y for _, y in series.points) * width <= 1.0001
    alike, left = (block for block in blocks if isinstance(block, Table))
    assert len(alike.rows) == 8
    assert [row[0] for row in left.rows] == ["trained", "untrained"]


def test_a_method_that_names_no_maps_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="names maps inside its network"):
        take_features("median", [tmp_path / "x.png"])


def test_a_file_of_another_kind_is_no_features(
    tmp_path: Path, write: Callable[[str, str], Path]
) -> None:
    with pytest.raises(UsageError, match="features, a profile"):
        attach(Evidence(protocol="y-prenet"), [write("a.safetensors", "no")], View())
    with pytest.raises(ResultsError, match="`rainbench features` wrote"):
        read_features(write("b.safetensors", "no"))
    with pytest.raises(UsageError, match=r"a \.safetensors file"):
        write_features(FeatureFile(method="m", trained_on="t", sets=()), tmp_path / "f.npz")


def test_the_distance_is_wassersteins_in_deviations_of_the_first() -> None:
    first, moved = noise(2, 30, 30), noise(2, 15, 15) * 2 + 1
    found = distances_to_first([made(scales={"scale 1": first, "scale 2": moved})], "scales")
    wanted = [
        stats.wasserstein_distance(a.ravel(), b.ravel()) / a.std()
        for a, b in zip(first, moved, strict=True)
    ]
    assert found["scale 2"] == pytest.approx(np.median(wanted), rel=1e-5)


def test_a_map_shifted_by_two_deviations_is_two_away_and_a_constant_one_is_left_out() -> None:
    first = np.stack([noise(40, 40), np.zeros((40, 40), np.float32)])
    shifted = first + 2 * first[:1].std()
    found = distances_to_first([made(scales={"scale 1": first, "scale 2": shifted})], "scales")
    assert found["scale 2"] == pytest.approx(2, rel=1e-4)


def test_channels_of_one_scale_are_compared_both_ways() -> None:
    one = noise(1, 40, 40)
    maps = np.concatenate([one, 2 * one])
    found = distance_between_channels([made(scales={"scale 1": maps})], "scales")
    both = [stats.wasserstein_distance(one.ravel(), 2 * one.ravel()) / s for s in (1, 2)]
    assert found == pytest.approx(np.median(both) / one.std(), rel=1e-4)


def test_a_ramp_has_its_slope_for_a_gradient() -> None:
    y, x = np.mgrid[:20, :20].astype(np.float32)
    assert gradients((3 * x + 4 * y)[None])[0, 5:-5, 5:-5] == pytest.approx(5)


def test_variance_left_is_none_of_rain_alone_and_all_of_background_alone() -> None:
    scene, rain = noise(1, 30, 30), noise(1, 30, 30)
    flat = np.zeros_like(rain)
    rainy = made(kernels={"rain": rain, "scene": scene})
    clean = made("clean", kernels={"rain": flat, "scene": scene})
    assert variance_left([rainy], [clean], "kernels") == {"rain": 0, "scene": 1}


def test_standardised_by_the_first() -> None:
    maps = {"a": noise(3, 20, 20) * 5 + 3, "b": noise(3, 10, 10)}
    found = standardised(maps)
    assert found["a"].mean(axis=(1, 2)) == pytest.approx(0, abs=1e-5)
    assert found["a"].std(axis=(1, 2)) == pytest.approx(1, abs=1e-5)


def test_without_a_file_the_report_says_how_to_write_one() -> None:
    [note] = find_report("features").make(Evidence(protocol="y-prenet"))
    assert isinstance(note, Note)
    assert "rainbench features METHOD" in note.text
