"""How far a pixel is felt is what every method says, and tiles with that margin are exact."""

from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from rainbench.engines.network import as_derainer
from rainbench.method import LearnedMethod, Method, PriorMethod, Reach, find_reach
from rainbench.registry import entries, find_method
from rainbench.restorers.preparation import build_network, method_settings
from rainbench.restorers.tiling import in_tiles, plan_tiling
from rainbench.specification import parse_method

# Beside every method and variant: the settings that the reach depends on.
MORE = (
    "msfm:scales=1",
    "msfm:scales=2,layers=3",
    "msfm:scales=4,layers=2",
    "msfm:dilations=1,layers=3",
    "msfm:up=nearest,layers=3",
    "msfm:share=false,pool=mean,layers=3",
    "msfm:pad=none",
    "rescan:se=false",
    "rescan.lstm:se=false",
    "rescan.rnn:se=false,frame=add",
    "rescan.conv:se=false,stages=2",
    "prenet:stages=2",
    "guided:radius=3",
)
STRIP = 32  # what every size rule allows  # pixels across


def all_words() -> list[str]:
    words = []
    for name in entries("methods"):
        words += [name, *(f"{name}.{variant}" for variant in find_method(name).value.variants)]
    return [*words, *MORE]


def prepared(words: str) -> tuple[Method, dict[str, object], Reach | None]:
    method = find_method(parse_method(words).name).value
    settings = method_settings(method, parse_method(words))
    return method, dict(settings), find_reach(method, settings)


LEARNED = [w for w in all_words() if isinstance(prepared(w)[0], LearnedMethod)]
PRIOR = [w for w in all_words() if isinstance(prepared(w)[0], PriorMethod)]


def spread(network: nn.Module, length: int, at: int, along: int) -> torch.Tensor:
    """Say, for each row or column of a strip, whether it feels one pixel there.

    The pixel is not a number, and so is everything that is made of it, times zero or not; in
    float64 torch's convolutions sum nothing that a formula does not.
    """
    shape = (STRIP, length) if along == 3 else (length, STRIP)
    image = torch.rand(1, 3, *shape, dtype=torch.float64)
    image.select(along, at)[:] = torch.nan
    with torch.inference_mode():
        felt: torch.Tensor = network(image).isnan().any(dim=1).any(dim=1 if along == 3 else 2)
    return felt[0]


@pytest.mark.parametrize("words", LEARNED)
def test_a_pixel_is_felt_as_far_as_a_network_says(words: str) -> None:
    method, settings, reach = prepared(words)
    assert isinstance(method, LearnedMethod)
    torch.manual_seed(0)
    network = build_network(method, settings).double().eval()  # type: ignore[arg-type]
    if reach is None:
        assert spread(network, 256, 128, 3).all()
        return
    before = (reach.pixels // reach.grid + 2) * reach.grid
    found = 0
    for along in (2, 3):
        for at in range(before, before + reach.grid):
            felt = spread(network, 2 * before + reach.grid, at, along).nonzero().flatten()
            found = max(found, at - int(felt.min()), int(felt.max()) - at)
    assert found == reach.pixels


@pytest.mark.parametrize("words", PRIOR)
def test_a_pixel_is_felt_as_far_as_a_prior_method_says(words: str) -> None:
    method, settings, reach = prepared(words)
    assert isinstance(method, PriorMethod)
    if reach is None:
        return
    far = reach.pixels + 3
    rainy = np.random.default_rng(0).random((2 * far + 1, 2 * far + 1, 3), dtype=np.float32)
    other = rainy.copy()
    other[far, far] = 1 - other[far, far]
    change = np.abs(method.derain(other, **settings) - method.derain(rainy, **settings)).max(2)
    inside = np.zeros_like(change, bool)
    inside[3:-3, 3:-3] = True
    assert change[~inside].max() < 1e-6
    if reach.pixels:
        assert change[3:-3, [3, -4]].max() > 1e-6


@pytest.mark.parametrize("words", [w for w in all_words() if prepared(w)[2] is not None])
def test_tiles_are_the_whole(words: str) -> None:
    method, settings, reach = prepared(words)
    torch.manual_seed(0)
    if isinstance(method, LearnedMethod):
        network = build_network(method, settings)  # type: ignore[arg-type]
        derain = as_derainer(network, "cpu", method.size)
        multiple = method.size.multiple_of
    else:
        assert isinstance(method, PriorMethod)
        derain, multiple = partial(method.derain, **settings), 1
    assert reach is not None
    # Two tiles, neither of whose windows is the whole.
    rainy = np.random.default_rng(0).random((19, 2 * reach.pixels + 43, 3), dtype=np.float32)
    tiling = plan_tiling(reach, multiple, reach.pixels + 28)
    assert tiling.count(*rainy.shape[:2]) == 2
    assert np.abs(in_tiles(derain, tiling)(rainy) - derain(rainy)).max() <= 1e-5


@pytest.mark.parametrize(("scales", "pixels"), [(2, 98), (3, 195), (4, 389)])
def test_msfm_sees_as_far_as_was_measured_elsewhere(scales: int, pixels: int) -> None:
    reach = prepared(f"msfm:scales={scales}")[2]
    assert reach == Reach(pixels, grid=2 ** (scales - 1))
