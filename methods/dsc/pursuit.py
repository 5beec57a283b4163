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
CHUNK = 1024
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
    def nothing(count: int, sparsity: int, like: Tensor) -> "Codes":
        """Code `count` signals as zero, in values of the type and on the device of `like`."""
        atoms = like.new_zeros(count, sparsity, dtype=torch.int64)
        return Codes(atoms, like.new_zeros(count, sparsity))

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


def _pursue(common: Tensor, products: Tensor, sparsity: int) -> Codes:
    """Pursue a chunk of signals by what each has in `common` with each atom, (N, K).

    The products of the atoms taken are kept as their Cholesky factor, a row more a step; `weights`
    is that factor's first half of the least-squares fit, which further rows do not change.
    """
    count = len(common)
    rows = torch.arange(count, device=common.device)
    codes = Codes.nothing(count, sparsity, common)
    factor = torch.eye(sparsity, dtype=common.dtype, device=common.device).repeat(count, 1, 1)
    weights = common.new_zeros(count, sparsity, 1)
    left = common
    for step in range(sparsity):
        chosen = left.abs().argmax(1)
        codes.atoms[:, step] = chosen
        taken, before = codes.atoms[:, :step], factor[:, :step, :step]
        beside = torch.linalg.solve_triangular(
            before, products[chosen[:, None], taken][..., None], upper=False
        )
        new = 1 - beside.square().sum((1, 2))
        found = new > DEPENDENT
        new = torch.where(found, new, 1).sqrt()
        rest = common[rows, chosen] - (beside * weights[:, :step]).sum((1, 2))
        weights[:, step, 0] = torch.where(found, rest / new, 0)
        factor[:, step, :step] = beside[..., 0]
        factor[:, step, step] = new
        grown = slice(None), slice(step + 1)
        fitted = torch.linalg.solve_triangular(
            factor[:, : step + 1, : step + 1].mT, weights[grown], upper=True
        )
        codes.values[grown] = fitted[..., 0]
        if step + 1 < sparsity:
            explained = F.embedding_bag(  # products are symmetric: rows are as good as columns
                codes.atoms[grown], products, mode="sum", per_sample_weights=codes.values[grown]
            )
            left = common - explained
    return codes
