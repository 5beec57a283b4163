"""LP: layer priors, two Gaussian mixtures over patches that part background from rain.

The rainy luminance O is a background B plus rain R, the two of least

    ||O - B - R||^2 + alpha ||grad B||_1 + beta ||R||^2
        - gamma sum_i [log G_B(P_i B) + log G_R(P_i R)]        with 0 <= B, R <= O  (eqs. 2 to 6)

where P_i takes the 8x8 patch at pixel i without its mean. G_B, 200 Gaussians, knows clean
photographs; G_R, 20, is learned from the image's own flattest window. Half-quadratic splitting
finds them (section 3.4): targets for gradients and patches, then the layers, while omega doubles.

What the paper does not print was tried on photographs that share no scene with a test set, under
rendered rain of Rain100L's look. Of what was tried these come near to the gain that is printed for
Rain100L, and nearest to the printed distance from the directional median (README.md).

* The unit of intensity. The constants weigh data, of the second power of intensity, against terms
  of the first and of none. With white at 1 the patches' targets outweigh the data from the start,
  and what they smooth away is lost; with white at 255 beta holds R near 0 for long. WHITE lies
  between: detail returns from the data as omega grows.
* The first omega: at it the noise of the Wiener filters has the standard deviation NOISE.

Differences from the paper: the first turn draws the targets of both layers' patches together, and
leaves out the gradients' (`pairs`). Planes are mirrored a little beyond their edges and then
periodic, so that the quadratic step is solved by FFT. Iterations that would change nothing are left
out.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.fft import next_fast_len

from rainbench import Image, MethodError, Paper, PriorMethod

from .background import LUMA, read_background
from .patches import SIDE
from .rain import learn_rain
from .separation import Priors, Weights, separate

ITERATIONS = 20  # section 4: the paper's quality; 5 are already good
WHITE = 100.0  # in the unit of intensity that section 4's constants are taken to be in
NOISE = 0.05  # in [0, 1]
LARGEST = 1e6  # of both: far beyond what makes sense


def part_layers(
    rainy: Image,
    *,
    iterations: int = ITERATIONS,
    white: float = WHITE,
    noise: float = NOISE,
    device: str = "cpu",
) -> Image:
    """Restore Y of an image, (H, W, 3) RGB in [0, 1], and keep its U and V."""
    if iterations < 0 or not 0 < white <= LARGEST or not 0 < noise <= LARGEST:
        raise MethodError(
            expected=f"iterations of 0 or more, white and noise above 0 and at most {LARGEST:g}",
            got=f"{iterations}, {white}, {noise}",
            now="correct it",
        )
    luma = rainy.astype(np.float64) @ np.array(LUMA)
    priors = Priors(read_background().to(device), learn_rain(luma, device))
    weights = Weights.in_unit(white)
    plane, omega = _mirrored(luma).to(device), weights.omega(noise**2)
    with torch.inference_mode():
        layers = separate(plane, priors, weights, iterations=iterations, omega=omega)
    height, width = luma.shape
    background = layers[0, SIDE : SIDE + height, SIDE : SIDE + width].cpu().numpy()
    # With U and V kept, red, green and blue all move as Y does.
    restored: Image = np.clip(rainy + (background - luma)[..., None], 0, 1).astype(np.float32)
    return restored


def _mirrored(plane: NDArray[np.float64]) -> torch.Tensor:
    """Mirror a plane beyond its edges: no patch that holds one of its pixels meets the seam.

    Below and to the right a little further, to sizes that are quick to transform.
    """
    sizes = [int(next_fast_len(size + 2 * SIDE, real=True)) for size in plane.shape]
    beyond = [(SIDE, full - size - SIDE) for full, size in zip(sizes, plane.shape, strict=True)]
    return torch.from_numpy(np.pad(plane, beyond, mode="symmetric"))


METHOD = PriorMethod(
    title="LP",
    paper=Paper(
        title="Rain Streak Removal Using Layer Priors",
        authors="Li, Tan, Guo, Lu, Brown",
        venue="CVPR",
        year=2016,
    ),
    code_licence="none stated",
    derain=part_layers,
    variants={"fast": {"iterations": 5}},
)
