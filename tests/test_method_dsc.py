"""DSC's parts against plain definitions: the pursuit, the dictionary, the energy and the blend."""

from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from rainbench import MethodError
from rainbench.image import Image
from rainbench.restorers.preparation import prepare_restorer
from rainbench.streaks.rain import RAIN_STYLES, render_streaks

# Parts of a plug-in are found where the registry finds it.
dictionary, guess, patches, pursuit, separation = (
    import_module(f"rainbench.methods.dsc.{part}")
    for part in ("dictionary", "guess", "patches", "pursuit", "separation")
)

Array = NDArray[np.float64]
ROUNDS = 5
# Of the energy, which is summed in single precision patch by patch.
ROUNDING = 1e-6


def unit(generator: np.random.Generator, length: int, count: int) -> Array:
    atoms = generator.normal(size=(length, count))
    return np.asarray(atoms / np.linalg.norm(atoms, axis=0))


def textbook(signal: Array, atoms: Array, sparsity: int) -> Array:
    """Orthogonal matching pursuit as it is printed: pick, fit by least squares, go on."""
    support: list[int] = []
    code = np.zeros(atoms.shape[1])
    residual = signal
    for _ in range(sparsity):
        support.append(int(np.argmax(np.abs(atoms.T @ residual))))
        fitted = np.linalg.lstsq(atoms[:, support], signal, rcond=None)[0]
        residual = signal - atoms[:, support] @ fitted
    code[support] = fitted
    return code


class Codes(Protocol):
    """What the tests read of codes."""

    atoms: torch.Tensor
    values: torch.Tensor


def spread(codes: Codes, count: int) -> Array:
    """Codes as an (N, K) matrix."""
    full = torch.zeros(len(codes.atoms), count, dtype=codes.values.dtype)
    return np.asarray(full.scatter_add_(1, codes.atoms, codes.values))


def clean_plane() -> Array:
    """A smooth scene with an edge across it."""
    y, x = np.mgrid[:44, :50]
    return np.asarray(0.3 + 0.2 * np.sin(x / 9) * np.cos(y / 13) + 0.2 * (x + y > 60))


def rainy_plane() -> torch.Tensor:
    """The same under rendered streaks."""
    streaks = render_streaks(44, 50, RAIN_STYLES["rain100l"], np.random.default_rng(5))
    return torch.tensor(np.clip(clean_plane() + streaks, 0, 1), dtype=torch.float32)


def walk(rounds: int = ROUNDS) -> Iterator[Any]:
    """The first guess, then what each step makes of it."""
    state = guess.guess(rainy_plane(), seed=0)
    yield state
    for _ in range(rounds):
        for step in state.steps():
            state = step
            yield state


@pytest.fixture(scope="module")
def states() -> list[Any]:
    return list(walk())


@pytest.mark.parametrize("sparsity", [1, 5, 8])
@pytest.mark.parametrize("count", [20, 90])
def test_codes_are_those_of_a_plain_pursuit(sparsity: int, count: int) -> None:
    random = np.random.default_rng(sparsity)
    atoms, signals = unit(random, 40, count), random.normal(size=(70, 40))
    codes = pursuit.pursue(torch.tensor(signals), torch.tensor(atoms), sparsity)
    expected = np.stack([textbook(signal, atoms, sparsity) for signal in signals])
    np.testing.assert_allclose(spread(codes, count), expected, atol=1e-10)
    assert ((spread(codes, count) != 0).sum(1) == sparsity).all()
    np.testing.assert_allclose(codes.decode(torch.tensor(atoms)), expected @ atoms.T, atol=1e-10)


def test_chunks_of_signals_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(1)
    atoms, signals = torch.tensor(unit(random, 16, 30)), torch.tensor(random.random((50, 16)))
    whole = pursuit.pursue(signals, atoms, 4)
    monkeypatch.setattr(pursuit, "CHUNK", 7)
    parts = pursuit.pursue(signals, atoms, 4)
    np.testing.assert_allclose(spread(parts, 30), spread(whole, 30), atol=1e-12)


def test_a_signal_that_is_explained_takes_no_more() -> None:
    atoms = torch.eye(6, dtype=torch.float64)
    atoms = torch.cat([atoms, atoms[:, :1]], 1)  # one atom twice
    signals = torch.tensor([[0.0] * 6, [0, 3, 0, -2, 0, 0], [1, 0, 0, 0, 0, 0]]).double()
    codes = pursuit.pursue(signals, atoms, 5)
    torch.testing.assert_close(codes.decode(atoms), signals)
    assert codes.uses(7).tolist() == [1, 1, 0, 1, 0, 0, 0]


def test_fitting_atoms_in_turn_ends_in_the_least_squares_dictionary() -> None:
    random = np.random.default_rng(2)
    signals = random.normal(size=(200, 12))
    atoms = torch.tensor(unit(random, 12, 20))
    codes = pursuit.pursue(torch.tensor(signals), atoms, 3)
    full = spread(codes, 20)
    best = np.linalg.lstsq(full, signals, rcond=None)[0]
    errors = [float(((signals - codes.decode(atoms).numpy()) ** 2).sum())]
    for _ in range(150):
        atoms, codes = dictionary.improve(atoms, torch.tensor(signals), codes)
        errors.append(float(((signals - codes.decode(atoms).numpy()) ** 2).sum()))
    assert all(later <= before * (1 + 1e-12) for before, later in pairwise(errors))
    assert errors[-1] == pytest.approx(float(((signals - full @ best) ** 2).sum()), rel=1e-6)
    np.testing.assert_allclose(np.linalg.norm(atoms, axis=0), 1, atol=1e-12)


def test_an_atom_that_no_signal_uses_stays() -> None:
    atoms, signals = torch.eye(5), torch.tensor([[2.0, 0, 0, 0, 0], [0, 3, 1, 0, 0]])
    codes = pursuit.pursue(signals, atoms, 1)
    improved, _ = dictionary.improve(atoms, signals, codes)
    torch.testing.assert_close(improved[:, 2:], atoms[:, 2:])
    torch.testing.assert_close(improved[:, 1], torch.tensor([0, 3, 1, 0, 0]) / 10**0.5)


def test_an_atom_goes_to_the_layer_that_uses_it_more() -> None:
    image, rain = torch.tensor([8, 1, 1, 0, 0]), torch.tensor([2, 8, 2, 0, 8])
    learnt = torch.tensor([True, True, False, True, False])
    owned = dictionary.share(image, rain, learnt)
    # 8/10 against 2/20; 1/10 against 8/20; 1/10 against 2/20, learnt by the rain; by the image.
    assert owned.tolist() == [True, False, False, True, False]


def test_no_atom_is_used_by_both_layers(states: list[Any]) -> None:
    image, rain = guess_patches()
    generator = torch.Generator().manual_seed(0)
    for_image, for_rain = guess.exclusive_atoms(image, rain, generator)
    assert for_image.shape[1] + for_rain.shape[1] == min(512, 1 + len(image)) + min(128, len(rain))
    assert for_image.shape[1] > 0
    assert for_rain.shape[1] > 0
    for state in states:  # nor do they come to be one while they are fitted
        assert float((state.image.dictionary.T @ state.rain.dictionary).abs().max()) < 0.9999
        for layer, sparsity in ((state.image, 5), (state.rain, 8)):
            assert layer.codes.atoms.shape[1] == sparsity
            assert int(layer.codes.atoms.max()) < layer.dictionary.shape[1]


def guess_patches() -> tuple[torch.Tensor, torch.Tensor]:
    rainy = rainy_plane()
    rain = guess.above_median(rainy)
    found = patches.cut(separation.without_rain(rainy, rain), 3), patches.cut(rain, 3)
    return found[0], found[1][guess.energy(found[1]) > 0]


def test_the_energy_is_the_one_printed(states: list[Any]) -> None:
    state = states[4]
    rainy, image, rain = (
        np.asarray(plane, dtype=np.float64)
        for plane in (state.rainy, state.image.plane, state.rain.plane)
    )
    height, width = rainy.shape
    decoded = [
        np.asarray(layer.codes.decode(layer.dictionary), dtype=np.float64)
        for layer in (state.image, state.rain)
    ]
    corners = [(y, x) for y in range(0, height - 15, 2) for x in range(0, width - 15, 2)]
    expected = 0.0
    for p, (y, x) in enumerate(corners):
        place = slice(y, y + 16), slice(x, x + 16)
        for plane, codes in zip((image, rain), decoded, strict=True):
            expected += float(((plane[place].ravel() - codes[p]) ** 2).sum())
        blend = rainy[place] - image[place] - rain[place] + image[place] * rain[place]
        expected += separation.FIDELITY * float((blend**2).sum())
    assert state.energy() == pytest.approx(expected, rel=1e-5)


def test_no_step_raises_the_energy(states: list[Any]) -> None:
    energies = [state.energy() for state in states]
    assert len(energies) == 1 + 3 * ROUNDS
    for before, after in pairwise(energies):
        assert after <= before * (1 + ROUNDING)
    rounds = energies[3::3]
    assert all(after < before for before, after in pairwise(rounds))


def test_recoding_keeps_the_codes_that_are_closer(monkeypatch: pytest.MonkeyPatch) -> None:
    layer = next(walk(0)).image.recode()
    worse = pursuit.Codes(layer.codes.atoms, layer.codes.values * 0.5)
    monkeypatch.setattr(separation, "pursue", lambda *_: worse)
    assert torch.equal(layer.recode().codes.values, layer.codes.values)


def test_atoms_stay_of_length_one(states: list[Any]) -> None:
    for state in states:
        for layer in (state.image, state.rain):
            torch.testing.assert_close(
                layer.dictionary.norm(dim=0),
                torch.ones(1).expand(layer.dictionary.shape[1]),
                atol=1e-5,
                rtol=0,
            )


def test_layers_stay_inside_the_rainy_plane(states: list[Any]) -> None:
    for state in states:
        for layer in (state.image, state.rain):
            assert (layer.plane >= 0).all()
            assert (layer.plane <= state.rainy + 1e-6).all()


def test_a_blend_step_finds_the_least_in_range() -> None:
    random = np.random.default_rng(3)
    rainy, other, wanted = random.random((3, 80))
    other *= rainy
    wanted = wanted * 2 - 0.5  # some of it out of reach on either side
    found = separation.blend_step(*(torch.tensor(x) for x in (rainy, other, wanted))).numpy()
    weight = separation.FIDELITY
    for j, r, w, x in zip(rainy, other, wanted, found, strict=True):

        def cost(i: float, j: float = j, r: float = r, w: float = w) -> float:
            return float((i - w) ** 2 + weight * (j - i - r + i * r) ** 2)

        vertex = (w + weight * (1 - r) * (j - r)) / (1 + weight * (1 - r) ** 2)
        assert x == pytest.approx(min(max(vertex, 0), j), abs=1e-12)
        numeric = minimize_scalar(cost, bounds=(0, j), method="bounded", options={"xatol": 1e-9})
        assert x == pytest.approx(numeric.x, abs=1e-5)
        assert cost(x) <= numeric.fun + 1e-12
    assert (found == 0).any()
    assert (found == rainy).any()


def test_dividing_leaves_no_better_rain(states: list[Any]) -> None:
    """The rain is divided last: given the image and all codes, any other raises the energy."""
    state = states[3]
    for change in (-1e-3, 1e-3):
        plane = torch.minimum((state.rain.plane + change).clamp_min(0), state.rainy)
        rain = replace(state.rain, plane=plane)
        assert replace(state, rain=rain).energy() > state.energy()


def test_the_image_is_what_the_blend_leaves() -> None:
    image, rain = torch.rand(2, 50, generator=torch.Generator().manual_seed(0))
    rainy = image + rain - image * rain
    torch.testing.assert_close(separation.without_rain(rainy, rain), image, atol=1e-4, rtol=0)
    assert float(separation.without_rain(torch.ones(1), torch.ones(1))) == 0


@pytest.mark.parametrize("size", [(16, 16), (19, 30), (33, 48)])
def test_patches_hold_every_pixel_and_give_it_back(size: tuple[int, int]) -> None:
    plane = patches.widen(torch.rand(size, generator=torch.Generator().manual_seed(0)), 2)
    wide = plane.shape[0], plane.shape[1]
    weight = patches.cover(wide, 2, torch.device("cpu"))
    assert float(weight.min()) >= 1
    torch.testing.assert_close(patches.add_up(patches.cut(plane, 2), wide, 2) / weight, plane)
    assert all(0 <= now - before <= 1 for now, before in zip(wide, size, strict=True))


def test_a_plane_smaller_than_a_patch_becomes_one() -> None:
    assert patches.widen(torch.rand(1, 5), 2).shape == (16, 16)


def noise(height: int, width: int) -> Image:
    return np.random.default_rng(4).random((height, width, 3), dtype=np.float32)


def test_one_seed_gives_one_result() -> None:
    rainy = noise(40, 40)
    first, second, other = (
        prepare_restorer(f"dsc:rounds=1,seed={seed}")(rainy) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)


def test_chroma_stays() -> None:
    """A change of luminance alone is the same in red, green and blue, and darkens only."""
    rainy = noise(30, 33)
    change = prepare_restorer("dsc:rounds=1")(rainy) - rainy
    np.testing.assert_allclose(change, change[..., :1].repeat(3, 2), atol=1e-6)
    assert change.max() < 1e-6
    assert change.min() < -0.05


@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_where_nothing_stands_out_nothing_is_taken(level: float) -> None:
    flat = np.full((20, 37, 3), level, np.float32)
    np.testing.assert_array_equal(prepare_restorer("dsc")(flat), flat)


def test_rounds_take_rain_out(states: list[Any]) -> None:
    def error(plane: torch.Tensor) -> float:
        return float(np.square(np.asarray(plane) - clean_plane()).mean())

    restored = separation.without_rain(states[-1].rainy, states[-1].rain.plane)
    assert error(restored) < 0.8 * error(states[-1].rainy)


def test_rounds_without_sense_are_refused() -> None:
    with pytest.raises(MethodError, match="expected"):
        prepare_restorer("dsc:rounds=-1")(noise(5, 5))
