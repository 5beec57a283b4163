"""The first guess: which part of a plane is rain, and which atoms are whose."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from .dictionary import FLAT, draw, learn, share
from .patches import PATCH, cut
from .pursuit import pursue
from .separation import Layer, Separation, without_rain

# The released demo: K1, K2, T1, T2, step_size, p_num, param_dic.iter_num.
IMAGE_ATOMS, RAIN_ATOMS = 512, 128
IMAGE_SPARSITY, RAIN_SPARSITY = 5, 8
TRAINING_STEP = 3  # pixels
TRAINING_PATCHES = 10_000
TRAINING_ROUNDS = 5

# Ours. Pixels of a row that the median is over: more than twice the width of most streaks.
WIDTH = 5


def guess(rainy: Tensor, seed: int) -> Separation | None:
    """Separate a plane, (H, W), for a start; None where nothing in it could be rain."""
    rain = above_median(rainy)
    image = without_rain(rainy, rain)
    generator = torch.Generator().manual_seed(seed)
    patches = cut(rain, TRAINING_STEP)
    # Ours: rain is learnt where there is most of it.
    rain_patches = draw(patches, TRAINING_PATCHES, energy(patches), generator)
    if len(rain_patches) == 0:
        return None
    patches = cut(image, TRAINING_STEP)
    image_patches = draw(patches, TRAINING_PATCHES, patches.new_ones(len(patches)), generator)
    image_atoms, rain_atoms = exclusive_atoms(image_patches, rain_patches, generator)
    return Separation(
        rainy,
        Layer.uncoded(image, image_atoms, IMAGE_SPARSITY),
        Layer.uncoded(rain, rain_atoms, RAIN_SPARSITY),
    )


def above_median(rainy: Tensor) -> Tensor:
    """Take for rain what is brighter than the median of the row around it, (H, W)."""
    reach = WIDTH // 2
    around = F.pad(rainy[None], (reach, reach), mode="replicate")[0].unfold(1, WIDTH, 1)
    return (rainy - around.median(2).values).clamp_min(0)


def exclusive_atoms(
    image: Tensor, rain: Tensor, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Learn atoms from patches of the two layers, (N, 256), and give each to one layer.

    Each layer first learns its own. Then both are coded with all atoms, and an atom goes to the
    layer that uses it more: what was learnt from an edge taken for rain goes back to the image.
    """
    centred = image - image.mean(1, keepdim=True)
    flat = image.new_ones(1, PATCH**2)
    details = draw(centred, IMAGE_ATOMS - 1, energy(centred).sign(), generator)
    streaks = draw(rain, RAIN_ATOMS, energy(rain).sign(), generator)
    dictionary = torch.cat(
        [
            learn(image, torch.cat([flat, details]), IMAGE_SPARSITY, TRAINING_ROUNDS),
            learn(rain, streaks, RAIN_SPARSITY, TRAINING_ROUNDS),
        ],
        dim=1,
    )
    count = dictionary.shape[1]
    owned = share(
        pursue(image, dictionary, IMAGE_SPARSITY).uses(count),
        pursue(rain, dictionary, RAIN_SPARSITY).uses(count),
        learnt=torch.arange(count, device=image.device) <= len(details),
    )
    return dictionary[:, owned], dictionary[:, ~owned]


def energy(patches: Tensor) -> Tensor:
    """Sum each patch's squares, (N,); 0 for one in which nothing is to be seen."""
    total = patches.square().sum(1)
    return torch.where(total > FLAT**2, total, 0)
