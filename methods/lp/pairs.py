"""LP's first turn: both layers' targets drawn together, from the patches of O.

Each turn of the paper's alternation chooses one layer's components while the other stands still.
Begun from B = O and R = 0 it ends near there: G_B finds O's patches likely as they are, and R has
nothing yet that G_R could know. So the first turn takes both layers of a patch p of O at once, with
b + r = p, and leaves alpha's and beta's terms out. Of

    omega (||b - g_B||^2 + ||r - g_R||^2) - gamma [log G_B(g_B) + log G_R(g_R)],

the distances are least over b at omega/2 ||p - g_B - g_R||^2. Over g_B and g_R a Wiener filter
remains, under noise gamma / omega, twice that of eq. 12. As there, the pair of components (k, l) is
the one that makes p likeliest under Sigma_k + Sigma_l + noise I.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from .mixture import Mixture, by_component

STEP = 4  # pixels: of STEP x STEP patches the first is searched; the others take its pair


class Shares(NamedTuple):
    """What is drawn out of mean-removed patches for either layer, (N, 64) each."""

    background: Tensor
    rain: Tensor


def sum_of(background: Mixture, rain: Mixture) -> Mixture:
    """Return the mixture of the sum of one patch of each, K L components; rain's vary fastest."""
    weights = background.log_weights[:, None] + rain.log_weights
    sums = background.covariances[:, None] + rain.covariances
    return Mixture.of_covariances(weights.flatten(), sums.flatten(0, 1))


def likeliest_pairs(
    patches: Tensor, height: int, width: int, background: Mixture, rain: Mixture, noise: float
) -> tuple[Tensor, Tensor]:
    """Return the likeliest pair for each patch of a plane, (H W, 64), under `noise`: (H W,) each.

    Only one of STEP x STEP patches is searched, for all of them.
    """
    places = torch.arange(height * width, device=patches.device).view(height, width)
    searched = places[::STEP, ::STEP]
    found = sum_of(background, rain).likeliest(patches[searched.flatten()], noise)
    rows, columns = (torch.arange(size, device=patches.device) // STEP for size in (height, width))
    pairs = found.view(searched.shape)[rows[:, None], columns].flatten()
    rains = len(rain.log_weights)
    return pairs // rains, pairs % rains


def share(
    patches: Tensor, pairs: tuple[Tensor, Tensor], background: Mixture, rain: Mixture, noise: float
) -> Shares:
    """Share patches p, (N, 64), between the components of their pairs.

    g_B = Sigma_k (Sigma_k + Sigma_l + noise I)^-1 p, and g_R likewise.
    """
    shares = Shares(torch.empty_like(patches), torch.empty_like(patches))
    constant = noise * torch.eye(patches.shape[1], dtype=torch.float64, device=patches.device)
    rains = len(rain.log_weights)
    numbers = pairs[0] * rains + pairs[1]
    for number, who in by_component(numbers, len(background.log_weights) * rains):
        which = divmod(number, rains)
        of_both = background.covariances[which[0]], rain.covariances[which[1]]
        weighed = torch.linalg.solve(sum(of_both, constant), patches[who].t().double())
        for into, covariance in zip(shares, of_both, strict=True):
            into[who] = (covariance @ weighed).t().to(into.dtype)
    return shares
