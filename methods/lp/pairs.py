"""LP's first turn: both layers' targets drawn together, from the patches of O.

Each turn of the paper's alternation chooses one layer's components while the other stands still.
Begun from B = O and R = 0 it ends near there: G_B finds O's patches likely as they are, and R has
nothing yet that G_R could know. So the first turn minimises over both layers of a patch at once.
Of the energy's terms of a patch p of O, with b + r = p and omega,

    omega (||b - g_B||^2 + ||r - g_R||^2) - gamma [log G_B(g_B) + log G_R(g_R)],

the first two are least at omega/2 ||p - g_B - g_R||^2. What remains is the Wiener filter of a
sum: of every pair of components, the one that makes p likeliest under Sigma_k + Sigma_l and twice
the noise of eq. 12.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from .mixture import Mixture, by_component

STEP = 4  # pixels: of so many patches down and across one is searched, for all of them


class Shares(NamedTuple):
    """What is drawn out of mean-removed patches for either layer, (N, 64) each."""

    background: Tensor
    rain: Tensor


class Pairs(NamedTuple):
    """The component of either layer that each patch was given to, (N,) each."""

    background: Tensor
    rain: Tensor


def sum_of(background: Mixture, rain: Mixture) -> Mixture:
    """Return the mixture of the sum of one patch of each, K L components; rain's vary fastest."""
    weights = background.log_weights[:, None] + rain.log_weights
    sums = background.covariances[:, None] + rain.covariances
    return Mixture.of_covariances(weights.flatten(), sums.flatten(0, 1))


def likeliest_pairs(
    patches: Tensor, height: int, width: int, background: Mixture, rain: Mixture, noise: float
) -> Pairs:
    """Return the pair of components for each patch of a plane, (H W, 64), under `noise`."""
    places = torch.arange(height * width, device=patches.device).view(height, width)
    searched = places[::STEP, ::STEP]
    found = sum_of(background, rain).likeliest(patches[searched.flatten()], noise)
    rows, columns = (torch.arange(size, device=patches.device) // STEP for size in (height, width))
    pairs = found.view(searched.shape)[rows[:, None], columns].flatten()
    rains = len(rain.log_weights)
    return Pairs(pairs // rains, pairs % rains)


def share(
    patches: Tensor, pairs: Pairs, background: Mixture, rain: Mixture, noise: float
) -> Shares:
    """Share patches p, (N, 64), between the components of their pairs.

    g_B = Sigma_k (Sigma_k + Sigma_l + noise I)^-1 p, and g_R likewise.
    """
    shares = Shares(torch.empty_like(patches), torch.empty_like(patches))
    # In double precision: a covariance varies by the square of 255 more one way than another.
    constant = noise * torch.eye(patches.shape[1], dtype=torch.float64, device=patches.device)
    rains = len(rain.log_weights)
    numbers = pairs.background * rains + pairs.rain
    for number, who in by_component(numbers, len(background.log_weights) * rains):
        which = divmod(number, rains)
        of_both = background.covariances[which[0]], rain.covariances[which[1]]
        weighed = torch.linalg.solve(sum(of_both, constant), patches[who].t().double())
        for into, covariance in zip(shares, of_both, strict=True):
            into[who] = (covariance @ weighed).t().to(into.dtype)
    return shares
