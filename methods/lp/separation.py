"""LP's alternation: targets and layers by turns, while omega doubles (section 3.4)."""

from typing import NamedTuple

import torch
from torch import Tensor

from .mixture import Mixture
from .pairs import likeliest_pairs, share
from .patches import LENGTH, cut, put_back
from .quadratic import Quadratic, Targets, differences, minimise_in_box

ALPHA = 0.05  # of |grad B|_1, section 4
GAMMA = 0.01  # of the log likelihoods, section 4

SETTLED = 1e-3
"""A root mean square change of B, in [0, 1], after which iterations are left out.

Once the targets weigh more than the data, LENGTH omega above 1, what remains to move shrinks
whenever omega doubles, by a quarter at first and by a half in the end: it adds up to some two
such changes, half a grey level.
"""


class Weights(NamedTuple):
    """What the terms of the energy weigh beside the data's, for planes in [0, 1]."""

    alpha: float
    """Of |grad B|_1."""
    gamma: float
    """Of the log likelihoods."""

    @classmethod
    def in_unit(cls, white: float) -> "Weights":
        """Take section 4's constants to be in a unit of intensity in which white is so much.

        Planes stay in [0, 1]: the energy is divided by the square of `white` instead.
        """
        return cls(ALPHA / white, GAMMA / white**2)

    def noise(self, omega: float) -> float:
        """Return the noise's variance of eq. 12: what omega makes of the distance ||P x - g||^2."""
        return self.gamma / (2 * omega)

    def omega(self, noise: float) -> float:
        """Return the omega at which the noise has this variance."""
        return self.gamma / (2 * noise)


class Priors(NamedTuple):
    """The two mixtures; None: that term is left out of the energy."""

    background: Mixture | None
    rain: Mixture | None


class Components(NamedTuple):
    """Which component each patch of a layer was given to, (H W,); None: not yet."""

    background: Tensor | None = None
    rain: Tensor | None = None


def shrink(gradients: Tensor, alpha: float, omega: float) -> Tensor:
    """Minimise alpha |H| + omega (H - gradients)^2 (eq. 8)."""
    threshold = alpha / (2 * omega)
    return gradients - gradients.clamp(-threshold, threshold)


def denoise(
    mixture: Mixture, patches: Tensor, noise: float, guess: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Return g_i for mean-removed patches p, (N, 64), and the component of each, (N,).

    The component is the likeliest for p under noise of this variance, gamma / (2 omega); g is its
    Wiener filter of p. Together they minimise, over g and k,

        omega ||p - g||^2 + gamma (g' Sigma_k^-1 g / 2 + log |Sigma_k + noise I| / 2 - log pi_k)

    because the least over g is the quadratic form of Sigma_k + noise I: at one omega no turn of
    the alternation raises the energy whose prior reads so.
    """
    components = mixture.likeliest(patches, noise, guess)
    return mixture.filtered(patches, components, noise), components


def draw_targets(
    layers: Tensor, priors: Priors, weights: Weights, omega: float, guesses: Components
) -> tuple[Targets, Components]:
    """Work out what B and R, (2, H, W), are drawn to next: H, and the patches put back."""
    height, width = layers.shape[1:]
    noise = weights.noise(omega)
    sums: list[Tensor | None] = []
    found: list[Tensor | None] = []
    for layer, mixture, guess in zip(layers, priors, guesses, strict=True):
        if mixture is None:
            sums.append(None)
            found.append(None)
            continue
        patches, components = denoise(mixture, cut(layer.float()), noise, guess)
        sums.append(put_back(patches, height, width).double())
        found.append(components)
    gradients = shrink(differences(layers[0]), weights.alpha, omega)
    return Targets(gradients, *sums), Components(*found)


def begin(
    rainy: Tensor, background: Mixture, rain: Mixture, weights: Weights, omega: float
) -> tuple[Tensor, Components]:
    """Take the first turn: both layers' targets together, without the gradients'."""
    height, width = rainy.shape
    noise = 2 * weights.noise(omega)  # of the sum of two targets
    patches = cut(rainy.float())
    pairs = likeliest_pairs(patches, height, width, background, rain, noise)
    shares = share(patches, pairs, background, rain, noise)
    sums = [put_back(each, height, width).double() for each in shares]
    start = torch.stack([rainy, torch.zeros_like(rainy)])
    layers = minimise_in_box(Quadratic(rainy, omega, Targets(None, *sums)), start)
    return layers, Components(*pairs)


def separate(
    rainy: Tensor,
    priors: Priors,
    weights: Weights,
    *,
    iterations: int,
    omega: float,
    settled: float = SETTLED,
) -> Tensor:
    """Part a periodic plane, (H, W) float64 in [0, 1], into B and R, (2, H, W).

    Starts from B = O and R = 0 at `omega`, which doubles each time. With both mixtures the first
    iteration is a turn of its own, `begin`.
    """
    layers, components = torch.stack([rainy, torch.zeros_like(rainy)]), Components()
    if iterations > 0 and priors.background and priors.rain:
        layers, components = begin(rainy, priors.background, priors.rain, weights, omega)
        iterations, omega = iterations - 1, 2 * omega
    for _ in range(iterations):
        targets, components = draw_targets(layers, priors, weights, omega, components)
        before, layers = layers, minimise_in_box(Quadratic(rainy, omega, targets), layers)
        change = float((layers[0] - before[0]).square().mean().sqrt())
        if LENGTH * omega > 1 and change <= settled:
            break
        omega *= 2
    return layers
