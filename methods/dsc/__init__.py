"""DSC: the image and the rain have sparse codes over one dictionary, and share none of its atoms.

A re-implementation of the model, not a port: the authors' algorithm is published as obfuscated
MATLAB p-code alone. The steps, and whatever is called ours here, are rainbench's own choice.

Certain, from the abstract: the screen blend J = I + R - I R of image and rain; patches of both
layers sparse over a learned dictionary, with strong mutual exclusivity of their codes. Certain,
from the released demo: patches of 16x16, 512 atoms for the image and 128 for the rain, learnt in 5
rounds from 10,000 patches at every third pixel; patches coded at every second pixel, in 5 and 8
atoms; 5 rounds of the main loop.

Ours: luminance alone is worked on; the rain starts as what stands out of the median of its row
(guess.py); an atom belongs to the layer that uses it more, decided once, before the main loop, so
that 512 and 128 are the counts learnt, not those used in the end; atoms are fitted in turn by least
squares, where the demo brings K-SVD; the energy, its weights and its steps (separation.py); the
last word is the blend's, I = (J - R) / (1 - R), for codes know less of the image than J does.
"""

import torch

from rainbench import Image, MethodError, Paper, PriorMethod

from .guess import guess
from .patches import widen
from .separation import STEP, without_rain

ROUNDS = 5  # the released demo: param_alg.iter_num
LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601


def separate_rain(
    rainy: Image, *, rounds: int = ROUNDS, seed: int = 0, device: str = "cpu"
) -> Image:
    """Take the rain out of the luminance and leave the chroma, (H, W, 3) of any size.

    `seed` decides which patches dictionaries are learnt from.
    """
    if rounds < 0:
        raise MethodError(expected="0 rounds or more", got=f"{rounds}", now="leave it at 5")
    colours = torch.tensor(rainy, device=device)
    luminance = colours @ torch.tensor(LUMA, device=device)
    plane = widen(luminance.clamp(0, 1), STEP)
    separation = guess(plane, seed)
    if separation is None:
        return rainy
    for _ in range(rounds):
        *_, separation = separation.steps()
    image = without_rain(plane, separation.rain.plane)
    height, width = luminance.shape
    restored = colours + (image[:height, :width] - luminance)[..., None]
    return restored.cpu().numpy()


METHOD = PriorMethod(
    title="DSC",
    paper=Paper(
        title="Removing Rain from a Single Image via Discriminative Sparse Coding",
        authors="Luo, Xu, Ji",
        venue="ICCV",
        year=2015,
    ),
    code_licence="none stated",
    derain=separate_rain,
    reach=None,  # dictionaries are learnt from the whole image
)
