"""LP's alternation: targets and layers by turns, while omega doubles (section 3.4)."""

from typing import NamedTuple

import torch
from torch import Tensor

from .mixture import Mixture
from .pairs import likeliest_pairs, share
from .patches import LENGTH, cut, put_back
from .quadratic import Quadratic, Targets, differences, minimise_in_box

WHITE = 100.0
"""White in the unit of intensity that section 4's constants are taken to be in (see `__init__`).

Planes stay in [0, 1]: the energy is divided by WHITE squared instead.
"""

ALPHA = 0.05 / WHITE  # of |grad B|_1, section 4
GAMMA = 0.01 / WHITE**2  # of the log likelihoods, section 4

SETTLED = 1e-3
"""A root mean square change of B, in [0, 1], after which iterations are left out.

Once the targets weigh more than the data, LENGTH omega above 1, what remains to move shrinks
whenever omega doubles, by a quarter at first and by a half in the end: it adds up to some two
such changes, half a grey level.
"""


class Priors(NamedTuple):
    """The two mixtures; None: that term is left out of the energy."""

    background: Mixture | None
    rain: Mixture | None


class Components(NamedTuple):
    """Which component each patch of a layer was given to, (H W,); None: not yet."""

    background: Tensor | None = None
    rain: Tensor | None = None


def noise_of(omega: float) -> float:
    """Return the noise's variance of eq. 12: what omega makes of the distance ||P x - g||^2."""
    return GAMMA / (2 * omega)


def shrink(gradients: Tensor, omega: float) -> Tensor:
    """Minimise alpha |H| + omega (H - gradients)^2 (eq. 8)."""
    threshold = ALPHA / (2 * omega)
    return gradients - gradients.clamp(-threshold, threshold)


def denoise(
    mixture: Mixture, patches: Tensor, omega: float, guess: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Return g_i for mean-removed patches p, (N, 64), and the component of each, (N,).

    The component is the likeliest for p under noise; g is its Wiener filter of p. Together they
    minimise, over g and k,

        omega ||p - g||^2 + gamma (g' Sigma_k^-1 g / 2 + log |Sigma_k + noise I| / 2 - log pi_k)

    because the least over g is the quadratic form of Sigma_k + noise I: at one omega no turn of
    the alternation raises the energy whose prior reads so.
    """
    components = mixture.likeliest(patches, noise_of(omega), guess)
    return mixture.filtered(patches, components, noise_of(omega)), components


def draw_targets(
    layers: Tensor, priors: Priors, omega: float, guesses: Components
) -> tuple[Targets, Components]:
    """Work out what B and R, (2, H, W), are drawn to next: H, and the patches put back."""
    height, width = layers.shape[1:]
    sums: list[Tensor | None] = []
    found: list[Tensor | None] = []
    for layer, mixture, guess in zip(layers, priors, guesses, strict=True):
        if mixture is None:
            sums.append(None)
            found.append(None)
            continue
        patches, components = denoise(mixture, cut(layer.float()), omega, guess)
        sums.append(put_back(patches, height, width).double())
        found.append(components)
    gradients = shrink(differences(layers[0]), omega)
    return Targets(gradients, *sums), Components(*found)


def begin(
    rainy: Tensor, background: Mixture, rain: Mixture, omega: float
) -> tuple[Tensor, Components]:
    """Take the first turn: both layers' targets together, without the gradients'."""
    height, width = rainy.shape
    noise = 2 * noise_of(omega)  # of the sum of two targets
    patches = cut(rainy.float())
    pairs = likeliest_pairs(patches, height, width, background, rain, noise)
    shares = share(patches, pairs, background, rain, noise)
    sums = [put_back(each, height, width).double() for each in shares]
    start = torch.stack([rainy, torch.zeros_like(rainy)])
    layers = minimise_in_box(Quadratic(rainy, omega, Targets(None, *sums)), start)
    return layers, Components(*pairs)


def separate(
    rainy: Tensor, priors: Priors, *, iterations: int, omega: float, settled: float = SETTLED
) -> Tensor:
    """Part a periodic plane, (H, W) float64 in [0, 1], into B and R, (2, H, W).

    Starts from B = O and R = 0 at `omega`, which doubles each time. With both mixtures the first
    iteration is a turn of its own, `begin`.
    """
    layers, components = torch.stack([rainy, torch.zeros_like(rainy)]), Components()
    if iterations > 0 and priors.background and priors.rain:
        layers, components = begin(rainy, priors.background, priors.rain, omega)
        iterations, omega = iterations - 1, 2 * omega
    for _ in range(iterations):
        targets, components = draw_targets(layers, priors, omega, components)
        before, layers = layers, minimise_in_box(Quadratic(rainy, omega, targets), layers)
        change = float((layers[0] - before[0]).square().mean().sqrt())
        if LENGTH * omega > 1 and change <= settled:
            break
        omega *= 2
    return layers
