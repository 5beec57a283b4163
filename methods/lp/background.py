"""LP's prior of clean photographs as a file: half-precision triangles beside this module.

The covariance of a component is L L' in the basis of the cosine transform, where L is triangular
and its entries of high frequencies are small, so that 11 bits of each are enough. What remains
is positive definite whatever the rounding.
"""

import json
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path

import torch
from safetensors.torch import load, save_file
from scipy.fft import dctn
from torch import Tensor

from rainbench import MethodError

from .mixture import Mixture
from .patches import LENGTH, SIDE

FILE = Path(__file__).with_name("background.safetensors")
# Of FILE: a run's identity holds this source, and so the prior.
SHA256 = "0237c610d3bd387d350288eef5e60143d57b21ab2d5a54f6949afce0761e3663"

# Y of YUV by BT.601, [0, 1] to [0, 1].
LUMA = (0.299, 0.587, 0.114)


def _cosines() -> Tensor:
    """Return the basis of the 8x8 cosine transform, a basis vector a row; the first is constant."""
    unit = torch.eye(LENGTH, dtype=torch.float64).reshape(LENGTH, SIDE, SIDE).numpy()
    return torch.from_numpy(dctn(unit, axes=(1, 2), norm="ortho").reshape(LENGTH, LENGTH).T.copy())


def save(mixture: Mixture, path: Path, record: Mapping[str, object]) -> None:
    """Write a mixture of patches of 64 pixels, and what is known of it."""
    basis = _cosines()
    vectors, variances = mixture.vectors.double(), mixture.variances.double()
    covariances = basis @ (vectors * variances[:, None]) @ vectors.mT @ basis.t()
    triangles = torch.linalg.cholesky(covariances)
    rows, columns = torch.tril_indices(LENGTH, LENGTH)
    tensors = {
        "log_weights": mixture.log_weights.float(),
        "triangles": triangles[:, rows, columns].half(),
    }
    save_file(tensors, path, {"rainbench": json.dumps(record)})


@cache
def read_background(path: Path = FILE, digest: str = SHA256) -> Mixture:
    """Read the mixture at `path`. Raises MethodError where the file is not the one meant."""
    try:
        content = path.read_bytes()
    except OSError as error:
        content, found = b"", str(error)
    else:
        found = sha256(content).hexdigest()
    if found != digest:
        raise MethodError(
            expected=f"{path} with SHA-256 {digest}", got=found, now="reinstall rainbench"
        )
    return _decoded(load(content))


def _decoded(tensors: Mapping[str, Tensor]) -> Mixture:
    rows, columns = torch.tril_indices(LENGTH, LENGTH)
    triangles = torch.zeros(len(tensors["triangles"]), LENGTH, LENGTH, dtype=torch.float64)
    triangles[:, rows, columns] = tensors["triangles"].double()
    factors = _cosines().t() @ triangles
    return Mixture.of_covariances(tensors["log_weights"], factors @ factors.mT)
