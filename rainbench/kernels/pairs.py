"""Mixtures of pairs of maps, mixed once more, as a function that gradients go through."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from rainbench.kernels.calling import (
    Context,
    all_at,
    apply,
    at,
    check,
    in_order,
    library,
    see,
    wide,
)

MOST_PAIRS = 4  # that pairs.c has room for


def can_pair(maps: int, pairs: Sequence[tuple[int, int]]) -> bool:
    """Whether the kernel takes so many maps in these pairs: few, and no map in none."""
    members = {member for pair in pairs for member in pair}
    return 1 <= len(pairs) <= MOST_PAIRS and members == set(range(maps))


def mix_pairs(
    maps: Sequence[Tensor],
    pairs: Sequence[tuple[int, int]],
    weights: Sequence[Tensor],
    biases: Sequence[Tensor],
    *,
    slope: float,
) -> Tensor:
    """Mix pairs of maps, and what comes of them once more, by the last of the weights.

    Maps are (N, C, H, W) each, pairs positions among them, the result (N, O, H, W). Weights are
    (C, 2 C, 1, 1) and biases (C,) of each pair, (O, pairs * C, 1, 1) and (O,) of the last mixture.
    What comes of pairs is kept nowhere: it is worked out anew for gradients.
    """
    channels, outputs = maps[0].shape[1], len(weights[-1])
    see(all(each.shape == maps[0].shape for each in maps) and wide(maps[0]), *maps)
    shapes = [*[(channels, 2 * channels)] * len(pairs), (outputs, len(pairs) * channels)]
    see([tuple(each.shape) for each in weights] == [(*s, 1, 1) for s in shapes], *weights)
    see([tuple(each.shape) for each in biases] == [s[:1] for s in shapes], *biases)
    see(outputs > 0 and can_pair(len(maps), pairs), *maps)
    members = tuple(member for pair in pairs for member in pair)
    return apply(_Pairs, len(maps), members, slope, *maps, *weights, *biases)


class _Pairs(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Context, count: int, members: tuple[int, ...], slope: float, *tensors: Tensor
    ) -> Tensor:
        native, given = library(), in_order(*tensors)
        pairs = len(members) // 2
        maps, weights, biases = given[:count], given[count : -pairs - 1], given[-pairs - 1 :]
        images, channels, height, width = maps[0].shape
        outputs = len(weights[-1])
        sizes = images, channels, outputs, height * width, torch.get_num_threads()
        y = maps[0].new_empty(images, outputs, height, width)
        numbers = (ctypes.c_int * len(members))(*members)
        check(
            native.mix_pairs(
                all_at(maps), pairs, numbers, all_at(weights[:-1]), all_at(biases[:-1]),
                at(weights[-1]), at(biases[-1]), slope, at(y), *sizes,
            )
        )  # fmt: skip
        ctx.save_for_backward(y, *given)
        ctx.library, ctx.slope, ctx.sizes, ctx.members = native, slope, sizes, numbers
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Context, g: Tensor) -> tuple[Tensor | None, ...]:
        (y, *given), (g,) = ctx.saved_tensors, in_order(g)
        pairs = len(ctx.members) // 2
        count = len(given) - 2 * (pairs + 1)
        maps, weights, biases = given[:count], given[count : -pairs - 1], given[-pairs - 1 :]
        gradients = [torch.empty_like(each) for each in maps]
        # Of each pair its weights and its bias, and so of the last mixture.
        shapes = [each.shape for both in zip(weights, biases, strict=True) for each in both]
        of_parameters = g.new_empty(sum(shape.numel() for shape in shapes))
        check(
            ctx.library.mix_pairs_back(
                all_at(maps), count, pairs, ctx.members, all_at(weights[:-1]),
                all_at(biases[:-1]), at(weights[-1]), ctx.slope, at(y), at(g),
                all_at(gradients), at(of_parameters), *ctx.sizes,
            )
        )  # fmt: skip
        parts = torch.split(of_parameters, [shape.numel() for shape in shapes])
        found = [part.view(shape) for part, shape in zip(parts, shapes, strict=True)]
        return None, None, None, *gradients, *found[::2], *found[1::2]
