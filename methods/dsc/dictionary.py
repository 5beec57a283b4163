"""Learns atoms: the columns of a dictionary, (256, K), each of length 1."""

import torch
from torch import Tensor
from torch.nn.functional import normalize

from .pursuit import Codes, pursue

# Signals whose length is below this are flat: they show no atom.
FLAT = 1e-3
# An atom that is used less than this, squared and summed over all signals, stays as it is.
UNUSED = 1e-8


def draw(signals: Tensor, count: int, chance: Tensor, generator: torch.Generator) -> Tensor:
    """Draw at most `count` different signals, each by its `chance` (0: never): (n, 256)."""
    count = min(count, int(chance.count_nonzero()))
    if count == 0:
        return signals[:0]
    # On the CPU: the same signals are drawn on every device.
    drawn = torch.multinomial(chance.double().cpu(), count, generator=generator)
    return signals[drawn.to(signals.device)]


def learn(signals: Tensor, atoms: Tensor, sparsity: int, rounds: int) -> Tensor:
    """Learn a dictionary from signals, (N, 256), starting from `atoms`, (K, 256)."""
    dictionary = normalize(atoms, dim=1).T.contiguous()
    for _ in range(rounds):
        dictionary, _ = improve(dictionary, signals, pursue(signals, dictionary, sparsity))
    return dictionary


def improve(dictionary: Tensor, signals: Tensor, codes: Codes) -> tuple[Tensor, Codes]:
    """Fit each atom in turn to the signals, with the others and all codes as they are.

    An atom's least-squares fit, then its length passed on to its codes: neither raises the squared
    error (Mairal, Bach, Ponce, Sapiro, "Online Learning for Matrix Factorization and Sparse
    Coding", 2010, algorithm 2, with the length kept at 1 instead of below it).
    """
    atoms = dictionary.T.contiguous()
    together, common = _moments(signals, codes, len(atoms))
    length = atoms.new_ones(len(atoms))
    for k in range(len(atoms)):
        used = together[k, k]
        if used <= UNUSED:
            continue
        fitted = atoms[k] + (common[k] - together[k] @ atoms) / used
        size = fitted.norm()
        if size <= UNUSED:
            continue
        atoms[k] = fitted / size
        length[k] = size
        common[k] *= size
        together[k] *= size
        together[:, k] *= size
    return atoms.T.contiguous(), Codes(codes.atoms, codes.values * length[codes.atoms])


def _moments(signals: Tensor, codes: Codes, count: int) -> tuple[Tensor, Tensor]:
    """Sum over signals, with their codes c as vectors: c c^T, (K, K), and c x^T, (K, 256)."""
    together = signals.new_zeros(count * count)
    pairs = codes.atoms[:, :, None] * count + codes.atoms[:, None]
    products = codes.values[:, :, None] * codes.values[:, None]
    together.index_add_(0, pairs.flatten(), products.flatten())
    number = torch.arange(len(signals), device=signals.device)[:, None].expand_as(codes.atoms)
    places = torch.stack([codes.atoms.flatten(), number.flatten()])
    shape = count, len(signals)
    sparse = torch.sparse_coo_tensor(places, codes.values.flatten(), shape, check_invariants=True)
    return together.view(count, count), torch.sparse.mm(sparse, signals)


def share(one: Tensor, other: Tensor, learnt: Tensor) -> Tensor:
    """Say which atoms go to the first of two layers by how much each uses them, (K,) of bool.

    Uses, (K,), are counted as shares of all uses by a layer, for the two may take more or fewer
    atoms a patch. In a tie an atom stays with the layer that learnt it: `learnt` says the first.
    """
    lead = one / one.sum() - other / other.sum()
    return (lead > 0) | ((lead == 0) & learnt)
