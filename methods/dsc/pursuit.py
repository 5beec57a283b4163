"""Orthogonal matching pursuit of many signals at once, in the products of atoms alone.

Batch-OMP (Rubinstein, Zibulevsky, Elad, "Efficient Implementation of the K-SVD Algorithm using
Batch Orthogonal Matching Pursuit", 2008), with signals in place of loops: what a signal has in
common with every atom is worked out once, and each further atom takes from that what it explains.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

# Signals at a time: what is at work then stays in a processor's cache.
CHUNK = 2048
# An atom of which less than this is left (squared, of 1) beside those chosen adds nothing.
DEPENDENT = 1e-4


@dataclass(frozen=True)
class Codes:
    """Sparse codes of N signals, at most T atoms each."""

    atoms: Tensor
    """(N, T) int64: columns of the dictionary; one whose value is 0 is not used."""
    values: Tensor
    """(N, T): what each atom is taken times."""

    @staticmethod
    def nothing(count: int, sparsity: int) -> "Codes":
        """Code `count` signals as zero."""
        return Codes(torch.zeros(count, sparsity, dtype=torch.int64), torch.zeros(count, sparsity))

    def decode(self, dictionary: Tensor) -> Tensor:
        """Add up the atoms of a dictionary, (n, K), into signals, (N, n)."""
        return F.embedding_bag(
            self.atoms, dictionary.T.contiguous(), mode="sum", per_sample_weights=self.values
        )

    def uses(self, count: int) -> Tensor:
        """Count the signals that use each of `count` atoms: (count,) int64."""
        return self.atoms[self.values != 0].bincount(minlength=count)


def pursue(signals: Tensor, dictionary: Tensor, sparsity: int) -> Codes:
    """Code signals, (N, n), in a dictionary of unit atoms, (n, K), at most `sparsity` atoms each.

    Each step takes the atom closest to what is left, then fits all those taken by least squares.
    A signal that its atoms explain wholly takes no more.
    """
    products = dictionary.T @ dictionary
    sparsity = min(sparsity, dictionary.shape[1])
    parts = [
        _pursue(signals[at : at + CHUNK] @ dictionary, products, sparsity)
        for at in range(0, len(signals), CHUNK)
    ]
    return Codes(torch.cat([p.atoms for p in parts]), torch.cat([p.values for p in parts]))


def _pursue(left: Tensor, products: Tensor, sparsity: int) -> Codes:
    """Pursue a chunk; `left` (N, K) is what residuals have in common with each atom.

    The atoms chosen are made orthonormal one after the other (Cholesky's factor of their
    products, a row a step). `along[s]` is what the s-th direction has in common with every atom.
    """
    count = len(left)
    rows = torch.arange(count)
    atoms = torch.zeros(count, sparsity, dtype=torch.int64)
    factor = torch.eye(sparsity, dtype=left.dtype).repeat(count, 1, 1)
    weights = left.new_zeros(count, sparsity)
    along: list[Tensor] = []
    for step in range(sparsity):
        chosen = left.abs().argmax(1)
        direction = products[chosen]
        for s in range(step):
            common = along[s][rows, chosen]
            factor[:, step, s] = common
            direction = direction.addcmul_(common[:, None], along[s], value=-1)
        norm = direction[rows, chosen]
        found = norm > DEPENDENT
        scale = torch.where(found, norm.clamp_min(DEPENDENT).rsqrt(), 0)
        direction *= scale[:, None]
        weight = left[rows, chosen] * scale
        left = left.addcmul(weight[:, None], direction, value=-1)
        atoms[:, step], weights[:, step] = chosen, weight
        factor[:, step, step] = torch.where(found, norm.clamp_min(DEPENDENT).sqrt(), 1)
        along.append(direction)
    values = torch.linalg.solve_triangular(factor.mT, weights[..., None], upper=True)
    return Codes(atoms, values[..., 0])
