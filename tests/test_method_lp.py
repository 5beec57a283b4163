"""LP, each step against the same worked out by hand: sparse matrices, solvers, loops."""

import json
import math
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from rainbench.restorers.preparation import prepare_restorer
from rainbench.restorers.weights import file_sha256
from rainbench.streaks.rain import RAIN_STYLES, render_streaks

if TYPE_CHECKING:  # the shelf as a checker finds it, and as the registry does
    from safetensors import safe_open
    from scipy import sparse
    from scipy.optimize import minimize
    from scipy.sparse.linalg import spsolve
    from torch import Tensor

    from methods.lp import ITERATIONS, NOISE, WHITE, part_layers
    from methods.lp.background import FILE, LUMA, SHA256, read_background, save
    from methods.lp.mixture import FLOOR, Mixture, learn
    from methods.lp.pairs import STEP, likeliest_pairs, share
    from methods.lp.patches import cut, put_back, remove_means
    from methods.lp.quadratic import BETA, Quadratic, differences, minimise_in_box
    from methods.lp.rain import flattest_window, learn_rain
    from methods.lp.separation import (
        Components,
        Priors,
        Weights,
        denoise,
        draw_targets,
        separate,
    )
    from rainbench import MethodError, find_method, open_dataset
else:
    from rainbench.methods.lp import ITERATIONS, NOISE, WHITE, part_layers
    from rainbench.methods.lp.background import FILE, LUMA, SHA256, read_background, save
    from rainbench.methods.lp.mixture import FLOOR, Mixture, learn
    from rainbench.methods.lp.pairs import STEP, likeliest_pairs, share
    from rainbench.methods.lp.patches import cut, put_back, remove_means
    from rainbench.methods.lp.quadratic import BETA, Quadratic, differences, minimise_in_box
    from rainbench.methods.lp.rain import flattest_window, learn_rain
    from rainbench.methods.lp.separation import (
        Components,
        Priors,
        Weights,
        denoise,
        draw_targets,
        separate,
    )
    from safetensors import safe_open
    from scipy import sparse
    from scipy.optimize import minimize
    from scipy.sparse.linalg import spsolve
    from torch import Tensor

    from rainbench import MethodError, find_method, open_dataset

SIZE = 24
WEIGHTS = Weights.in_unit(WHITE)
Plane = NDArray[np.float64]


def scene(height: int = SIZE, width: int = SIZE, seed: int = 1) -> tuple[Plane, Plane]:
    """A made-up background, edges and a slope, and rendered rain to add to it."""
    y, x = np.mgrid[:height, :width]
    clean = 0.3 + 0.2 * ((x + 2 * y) % 29 > 14) + 0.1 * np.sin(y / 9) + 0.05 * (x // 8 % 2)
    streaks = render_streaks(height, width, RAIN_STYLES["rain100l"], np.random.default_rng(seed))
    return clean, np.minimum(streaks.astype(np.float64), 1 - clean)


def rainy_plane(height: int = SIZE, width: int = SIZE, seed: int = 1) -> Tensor:
    return torch.from_numpy(np.sum(scene(height, width, seed), axis=0))


def random_mixture(components: int, seed: int, dtype: torch.dtype = torch.float32) -> Mixture:
    """Gaussians of random directions, on the plane of vectors without mean."""
    generator = torch.Generator().manual_seed(seed)
    directions = torch.randn(components, 64, 64, generator=generator, dtype=torch.float64)
    scales = torch.logspace(0, -4, 64, dtype=torch.float64)
    factors = remove_means((directions * scales).mT.reshape(-1, 64)).reshape(-1, 64, 64).mT
    sizes = torch.logspace(-2, 0, components, dtype=torch.float64)[:, None, None]
    weights = torch.rand(components, generator=generator, dtype=torch.float64) + 0.1
    covariances = factors @ factors.mT * sizes / 64
    return Mixture.of_covariances((weights / weights.sum()).log().to(dtype), covariances)


@cache
def patch_matrix(height: int, width: int) -> Any:  # noqa: ANN401
    """All P_i below one another, mean removal included, from the definition."""
    places = np.arange(height * width).reshape(height, width)
    rows: list[int] = []
    columns: list[int] = []
    for i in range(height):
        for j in range(width):
            for a in range(8):
                for b in range(8):
                    rows.append(len(rows))
                    columns.append(int(places[(i + a) % height, (j + b) % width]))
    picks = sparse.csr_array((np.ones(len(rows)), (rows, columns)))
    centre = sparse.csr_array(np.eye(64) - 1 / 64)
    return sparse.kron(sparse.eye_array(height * width), centre).tocsr() @ picks


def difference_matrix(height: int, width: int) -> Any:  # noqa: ANN401
    places = np.arange(height * width).reshape(height, width)
    steps = [np.roll(places, -1, axis).ravel() for axis in (0, 1)]
    ones, at = np.ones(height * width), places.ravel()
    identity = sparse.eye_array(height * width)
    return sparse.vstack([sparse.csr_array((ones, (at, to))) - identity for to in steps]).tocsr()


class Sparse:
    """The quadratic step as explicit matrices: x' M x - 2 x' b + constant, x = (B, R)."""

    def __init__(self, rainy: Plane, omega: float, h: Plane, g_b: Plane, g_r: Plane) -> None:
        height, width = rainy.shape
        p, d = patch_matrix(height, width), difference_matrix(height, width)
        one = sparse.eye_array(height * width)
        k = p.T @ p
        o = rainy.ravel()
        self.m = sparse.block_array(
            [
                [one + omega * (d.T @ d) + omega * k, one],
                [one, (1 + BETA) * one + omega * k],
            ]
        ).tocsc()
        draw_b = omega * (d.T @ h.ravel()) + omega * (p.T @ g_b.ravel())
        self.b = np.concatenate([o + draw_b, o + omega * (p.T @ g_r.ravel())])
        self.top = np.concatenate([o, o])

    def energy(self, x: Plane) -> float:
        return float(x @ (self.m @ x) - 2 * x @ self.b)

    def slope(self, x: Plane) -> Plane:
        return np.asarray(2 * (self.m @ x - self.b), np.float64)

    def in_box(self) -> Plane:
        """SciPy's own minimiser with bounds."""
        answer = minimize(
            self.energy,
            np.clip(spsolve(self.m, self.b), 0, self.top).astype(np.float64),
            jac=self.slope,
            method="L-BFGS-B",
            bounds=[(0.0, float(top)) for top in self.top],
            options={"maxiter": 20000, "maxfun": 40000, "ftol": 0, "gtol": 1e-9, "maxcor": 40},
        )
        found = np.asarray(answer.x, np.float64)
        slope = self.m @ found - self.b
        step = np.clip(found - slope, 0, self.top) - found
        assert np.abs(step).max() < 5e-6  # it is the minimum, by its own conditions
        return found


def quadratic_step(omega: float) -> tuple[Quadratic, Sparse]:
    """A step from B = O - streaks/2 and R = streaks/2, both ways; much of it is near black."""
    clean, streaks = scene()
    clean[6:] *= 0.02
    rainy = clean + streaks
    layers = torch.from_numpy(np.stack([clean + streaks / 2, streaks / 2]))
    mixture = random_mixture(4, seed=3)
    patches = [denoise(mixture, cut(layer.float()), WEIGHTS.noise(omega))[0] for layer in layers]
    targets, _ = draw_targets(layers, Priors(mixture, mixture), WEIGHTS, omega, Components())
    assert targets.gradients is not None
    drawn = [each.double().numpy() for each in patches]
    explicit = Sparse(rainy, omega, targets.gradients.numpy(), drawn[0], drawn[1])
    return Quadratic(torch.from_numpy(rainy), omega, targets), explicit


def test_the_patches_are_those_of_the_definition() -> None:
    plane = rainy_plane(11, 9)
    p = patch_matrix(11, 9)
    patches = cut(plane)
    np.testing.assert_allclose(patches.numpy().ravel(), p @ plane.numpy().ravel(), atol=1e-12)
    others = torch.randn(99, 64, dtype=torch.float64)
    expected = p.T @ others.numpy().ravel()
    np.testing.assert_allclose(put_back(others, 11, 9).numpy().ravel(), expected, atol=1e-12)


@pytest.mark.parametrize("omega", [2e-4, 0.03, 16.0])
def test_the_quadratic_step_solves_the_sparse_system(omega: float) -> None:
    quadratic, explicit = quadratic_step(omega)
    right_side = quadratic.right_side
    # The patches are drawn in single precision.
    np.testing.assert_allclose(right_side.numpy().ravel(), explicit.b, atol=6e-5 * omega)
    found = quadratic.solve(right_side).numpy().ravel()
    residual = explicit.m @ found - right_side.numpy().ravel()
    assert np.abs(residual).max() < 1e-8
    expected = spsolve(explicit.m, right_side.numpy().ravel())
    np.testing.assert_allclose(found, expected, atol=1e-8)


@pytest.mark.parametrize("omega", [2e-4, 0.01, 1.0])
def test_the_minimum_in_the_box_is_that_of_a_bounded_solver(omega: float) -> None:
    quadratic, explicit = quadratic_step(omega)
    start = torch.stack([quadratic.rainy, torch.zeros_like(quadratic.rainy)])
    found = minimise_in_box(quadratic, start).numpy().ravel()  # as the method calls it
    expected = explicit.in_box()
    at_bound = (expected < 1e-9) | (expected > explicit.top - 1e-9)
    assert at_bound.mean() > 0.03  # the box matters here
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert found.min() >= 0
    assert (found <= explicit.top).all()


def energy(
    rainy: Tensor, layers: Tensor, targets: list[Any], priors: Priors, omega: float
) -> float:
    """All terms by their definition, in double precision."""
    b, r = layers
    gradients, *drawn = targets
    found = (rainy - b - r).square().sum() + BETA * r.square().sum()
    found += (
        WEIGHTS.alpha * gradients.abs().sum() + omega * (differences(b) - gradients).square().sum()
    )
    for layer, mixture, (g, k) in zip(layers, priors, drawn, strict=True):
        assert mixture is not None
        variances, vectors = mixture.variances.double(), mixture.vectors.double()
        quadratics = torch.stack(
            [
                (x @ vectors[c]).square() @ (1 / variances[c])
                for x, c in zip(g.double(), k, strict=True)
            ]
        )
        scales = (variances + WEIGHTS.noise(omega)).log().sum(1)[k] / 2
        likelihoods = mixture.log_weights.double()[k] - scales - quadratics / 2
        distances = (cut(layer) - g).square().sum()
        found += omega * distances - WEIGHTS.gamma * likelihoods.sum()
    return float(found)


@pytest.mark.parametrize("omega", [2e-4, 0.01])
def test_the_energy_never_rises_at_one_omega(omega: float) -> None:
    rainy = rainy_plane()
    priors = Priors(random_mixture(4, 1), random_mixture(3, 2))
    layers = torch.stack([rainy, torch.zeros_like(rainy)])
    energies = []
    for _ in range(6):
        targets, _ = draw_targets(layers, priors, WEIGHTS, omega, Components())
        pairs = [
            denoise(m, cut(x.float()), WEIGHTS.noise(omega))
            for m, x in zip(priors, layers, strict=True)
            if m
        ]
        parts = [targets.gradients, *pairs]
        energies.append(energy(rainy, layers, parts, priors, omega))
        layers = minimise_in_box(Quadratic(rainy, omega, targets), layers)
        energies.append(energy(rainy, layers, parts, priors, omega))
    rises = np.diff(energies)
    assert (rises <= 1e-5 * abs(energies[0])).all(), energies
    assert energies[-1] < energies[0] - 1e-3 * abs(energies[0])


def direct(mixture: Mixture, patches: Tensor, noise: float) -> tuple[Plane, NDArray[np.intp]]:
    """Wiener patches and components from full covariances, in double precision."""
    p = patches.double().numpy()
    vectors, variances = mixture.vectors.double().numpy(), mixture.variances.double().numpy()
    scores, filtered = [], []
    for k in range(len(variances)):
        sigma = vectors[k] * variances[k] @ vectors[k].T
        noisy = sigma + noise * np.eye(64)
        solved = np.linalg.solve(noisy, p.T).T
        scores.append(
            float(mixture.log_weights[k])
            - (np.linalg.slogdet(noisy)[1] + 64 * math.log(2 * math.pi)) / 2
            - (p * solved).sum(1) / 2
        )
        filtered.append(solved @ sigma)
    best = np.argmax(scores, axis=0)
    return np.asarray(filtered)[best, np.arange(len(p))], best


@pytest.mark.parametrize("noise", [1e-2, 1e-3, 1e-5])
def test_wiener_patches_are_those_of_full_covariances(noise: float) -> None:
    mixture = read_background()
    patches = cut(rainy_plane(40, 33).float())
    patches += remove_means(torch.randn(patches.shape) * torch.rand(len(patches), 1) * 0.05)
    expected, components = direct(mixture, patches, noise)
    found, chosen = denoise(mixture, patches, noise)
    assert len(np.unique(components)) > 10
    np.testing.assert_array_equal(chosen.numpy(), components)
    np.testing.assert_allclose(found.numpy(), expected, atol=2e-5)
    guess = torch.randint(len(mixture.log_weights), (len(patches),))
    np.testing.assert_array_equal(denoise(mixture, patches, noise, guess)[1], components)


def direct_shares(p: Plane, covariances: list[Plane], noise: float) -> tuple[float, list[Plane]]:
    """Say how a pair of covariances shares a patch, and its quadratic form."""
    solved = np.linalg.solve(sum(covariances) + noise * np.eye(64), p)
    return float(p @ solved), [covariance @ solved for covariance in covariances]


def covariances_of(mixture: Mixture) -> Plane:
    vectors, variances = mixture.vectors.double().numpy(), mixture.variances.double().numpy()
    return np.asarray((vectors * variances[:, None]) @ vectors.transpose(0, 2, 1), np.float64)


def test_the_first_turn_chooses_the_likeliest_pair_of_components() -> None:
    background, rain, noise = random_mixture(4, seed=1), random_mixture(3, seed=2), 1e-3
    height, width = 3 * STEP, 4 * STEP + 1
    patches = cut(rainy_plane(height, width).float())
    found = likeliest_pairs(patches, height, width, background, rain, noise)
    scores = []
    for k, sigma in enumerate(covariances_of(background)):
        for j, other in enumerate(covariances_of(rain)):
            noisy = sigma + other + noise * np.eye(64)
            p = patches.double().numpy()
            forms = (p * np.linalg.solve(noisy, p.T).T).sum(1) + np.linalg.slogdet(noisy)[1]
            weights = float(background.log_weights[k]) + float(rain.log_weights[j])
            scores.append(weights - forms / 2)
    best = np.argmax(scores, axis=0).reshape(height, width)
    of_searched = best[::STEP, ::STEP].repeat(STEP, 0).repeat(STEP, 1)[:height, :width].ravel()
    assert len(np.unique(of_searched)) > 2
    np.testing.assert_array_equal((found[0] * 3 + found[1]).numpy(), of_searched)


def test_the_first_turn_minimises_over_both_layers_of_a_patch() -> None:
    """Over b, g_B and g_R, with b + r = p: the least is a Wiener filter's."""
    background, rain, omega = random_mixture(4, seed=1), random_mixture(3, seed=2), 0.01
    noise = 2 * WEIGHTS.noise(omega)
    patches = cut(rainy_plane(8, 9).float())
    draw = np.random.default_rng(0)
    drawn = [torch.from_numpy(draw.integers(0, count, len(patches))) for count in (4, 3)]
    shares = share(patches, (drawn[0], drawn[1]), background, rain, noise)
    both = covariances_of(background), covariances_of(rain)
    for i, patch in enumerate(patches.double().numpy()):
        sigmas = [found[int(who[i])] for found, who in zip(both, drawn, strict=True)]
        form, expected = direct_shares(patch, sigmas, noise)
        for got, wanted in zip(shares, expected, strict=True):
            np.testing.assert_allclose(got[i].numpy(), wanted, atol=1e-5)
        inverses = [np.linalg.inv(sigma) for sigma in sigmas]

        def terms(b: Plane, g: list[Plane], p: Plane = patch, by: list[Plane] = inverses) -> float:
            distances = np.square(b - g[0]).sum() + np.square(p - b - g[1]).sum()
            forms = sum(x @ inverse @ x for x, inverse in zip(g, by, strict=True))
            return float(omega * distances + WEIGHTS.gamma / 2 * forms)

        middle = expected[0] + (patch - expected[0] - expected[1]) / 2
        least = terms(middle, expected)
        assert least == pytest.approx(WEIGHTS.gamma / 2 * form, rel=1e-6)
        for _ in range(3):
            b, *g = (x + draw.normal(0, 1e-3, 64) for x in (middle, *expected))
            assert terms(b, g) > least


def test_the_unit_of_intensity_divides_what_is_of_its_first_and_second_power() -> None:
    assert Weights.in_unit(1) == (0.05, 0.01)
    assert Weights.in_unit(10) == pytest.approx((0.005, 0.0001))
    picture = np.repeat(rainy_plane(32, 32).numpy()[..., None], 3, axis=2).astype(np.float32)
    usual, other = (prepare_restorer(f"lp.fast{words}")(picture) for words in ("", ":white=20"))
    assert np.abs(usual - other).max() > 1e-3
    for white in (0.0, math.inf, math.nan):
        with pytest.raises(MethodError, match="white and noise above 0"):
            part_layers(picture, white=white)


def luma_of(pixels: NDArray[np.uint8]) -> Plane:
    return np.asarray(pixels / 255 @ np.array(LUMA), np.float64)


def test_without_its_priors_it_is_worse() -> None:
    """At the method's own settings: parts of toy's photographs under their rendered rain."""
    gains: dict[bool, list[float]] = {True: [], False: []}
    for pair in open_dataset("toy").pairs[::2]:
        planes = [luma_of(pixels) for pixels in pair.read() if pixels is not None]
        priors = Priors(read_background(), learn_rain(planes[0]))
        rainy, clean = (plane[:64, :96] for plane in planes)
        for with_priors in gains:
            b = separate(
                torch.from_numpy(rainy),
                priors if with_priors else Priors(None, None),
                WEIGHTS,
                iterations=ITERATIONS,
                omega=WEIGHTS.omega(NOISE**2),
            )[0].numpy()
            errors = [float(np.square(plane - clean).mean()) for plane in (rainy, b)]
            gains[with_priors].append(10 * math.log10(errors[0] / errors[1]))
    assert np.mean(gains[True]) > 0.3, gains
    assert np.mean(gains[True]) > np.mean(gains[False]) + 0.3, gains


def test_the_background_is_the_file_the_source_names() -> None:
    assert file_sha256(FILE) == SHA256
    assert FILE.stat().st_size < 1_500_000
    mixture = read_background()
    assert mixture.variances.shape == (200, 64)
    assert float(mixture.log_weights.exp().sum()) == pytest.approx(1, abs=1e-5)
    words = FILE.with_name("README.md").read_text(encoding="utf-8")
    with safe_open(FILE, framework="pt") as opened:
        record = json.loads(opened.metadata()["rainbench"])
    for stated in (SHA256, record["photographs_sha256"], f"{record['patches']:,}"):
        assert stated in words


def test_a_mixture_survives_its_file(tmp_path: Path) -> None:
    mixture = random_mixture(5, seed=2)
    file = tmp_path / "mixture.safetensors"
    save(mixture, file, {"seed": 2})
    read = read_background(file, file_sha256(file))
    patches = cut(rainy_plane().float())
    expected = mixture.log_densities(patches, 1e-4)
    # Half precision: densities here lie some thousands apart.
    torch.testing.assert_close(read.log_densities(patches, 1e-4), expected, rtol=2e-3, atol=0.2)
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(MethodError, match="SHA-256"):
        read_background(file, "0" * 64)


def test_storage_keeps_the_likelihood_of_patches_not_learned_from(tmp_path: Path) -> None:
    """Half precision costs next to nothing of the mean log likelihood, some 170 a patch."""
    planes = [luma_of(pair.clean.read()) for pair in open_dataset("toy").pairs[:4] if pair.clean]
    patches = torch.cat([cut(torch.from_numpy(plane).float())[::9] for plane in planes])
    seen, held_out = patches[::2], patches[1::2]
    mixture, _ = learn(seen, 6, rounds=8, seed=0)
    file = tmp_path / "mixture.safetensors"
    save(mixture, file, {})
    read = read_background(file, file_sha256(file))
    before, after = (float(m.log_densities(held_out).logsumexp(1).mean()) for m in (mixture, read))
    assert after == pytest.approx(before, abs=0.05)


def test_em_never_loses_likelihood_and_recovers_what_it_drew() -> None:
    true = far_apart()
    generator = torch.Generator().manual_seed(1)
    drawn = torch.multinomial(true.log_weights.exp(), 6000, replacement=True, generator=generator)
    normal = torch.randn(6000, 64, generator=generator, dtype=torch.float64)
    scaled = normal * true.variances[drawn].sqrt()
    patches = torch.einsum("ne,nde->nd", scaled, true.vectors[drawn])
    found, history = learn(patches, 3, rounds=25, seed=0)
    assert (np.diff(history) > -1e-6).all(), history
    order = found.variances.sum(1).argsort()
    for k, match in enumerate(order.tolist()):
        weight = float(true.log_weights[k].exp())
        assert float(found.log_weights[match].exp()) == pytest.approx(weight, abs=0.03)
        expected, covariance = true.covariances[k], found.covariances[match]
        apart = torch.linalg.norm(expected - covariance) / torch.linalg.norm(expected)
        assert apart < 0.3
    truth = float(true.log_densities(patches).logsumexp(1).mean())
    assert truth < history[-1] < truth + 2  # it overfits to 6,000 patches, a little


def far_apart() -> Mixture:
    """Three Gaussians that vary in directions of their own, the least varying one first."""
    axes = torch.linalg.qr(torch.randn(64, 64, dtype=torch.float64))[0]
    variances = torch.full((3, 64), 1e-4, dtype=torch.float64)
    for k in range(3):
        variances[k, 20 * k : 20 * (k + 1)] = 0.01 * 2**k
    weights = torch.tensor([0.2, 0.3, 0.5], dtype=torch.float64)
    return Mixture.of_covariances(weights.log(), (axes * variances[:, None]) @ axes.T)


def test_no_variance_falls_below_the_floor() -> None:
    mixture, _ = learn(torch.zeros(50, 64), 2, rounds=2, seed=0)
    assert (mixture.variances >= FLOOR * 0.999).all()
    assert torch.isfinite(mixture.log_densities(torch.zeros(1, 64))).all()


def test_the_flattest_window_is_found() -> None:
    plane = np.random.default_rng(0).random((60, 70))
    plane[13:43, 21:51] *= 0.1
    assert flattest_window(plane, 30) == (slice(13, 43), slice(21, 51))
    assert flattest_window(plane, 100) == (slice(0, 60), slice(0, 70))


def test_colour_moves_along_with_luminance() -> None:
    clean, streaks = scene(40, 56)
    tint = np.array([0.1, 0.0, -0.1])
    rainy = ((clean + streaks)[..., None] + tint).clip(0.15, 0.9).astype(np.float32)
    restored = prepare_restorer("lp.fast")(rainy)
    moves = restored - rainy
    np.testing.assert_allclose(moves, moves[..., :1].repeat(3, 2), atol=1e-6)
    assert moves.min() < -0.02  # something was taken out
    assert moves.max() < 1e-6  # and nothing was added: B is at most O


def test_grey_stays_grey_and_black_black() -> None:
    derain = prepare_restorer("lp.fast")
    np.testing.assert_array_equal(derain(np.zeros((9, 30, 3), np.float32)), 0)
    flat = np.full((12, 10, 3), 0.5, np.float32)
    np.testing.assert_allclose(derain(flat), flat, atol=0.01)


def test_settings_without_sense_are_refused() -> None:
    for words in ("lp:iterations=-1", "lp:noise=0"):
        with pytest.raises(MethodError, match="expected"):
            prepare_restorer(words)(np.zeros((8, 8, 3), np.float32))


def test_it_has_two_rows() -> None:
    variants = find_method("lp").value.variants
    assert prepare_restorer("lp").settings["iterations"] == 20
    assert variants["fast"] == {"iterations": 5}
