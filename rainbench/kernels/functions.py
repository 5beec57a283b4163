"""The kernels as functions of tensors that gradients go through."""

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


def convolve(x: Tensor, weight: Tensor, bias: Tensor, *, dilation: int, slope: float) -> Tensor:
    """Compute leaky_relu(conv2d(x, weight, bias)) of the size of `x`: zeros lie around it.

    `x` (N, I, H, W), `weight` (O, I, K, K) with K odd, `bias` (O,), `slope` above 0; all float32.
    Raises ValueError for shapes that do not fit each other, as the others here do.
    """
    side = weight.shape[2]
    see(weight.shape[1:] == (x.shape[1], side, side) and side % 2 == 1 and wide(x), x, weight)
    see(bias.shape == weight.shape[:1] and len(bias) > 0, weight, bias)
    return apply(_Convolution, x, weight, bias, dilation, slope)


def mix(
    maps: Sequence[Tensor],
    weight: Tensor,
    bias: Tensor,
    *,
    slope: float,
    added: Sequence[Tensor] = (),
) -> Tensor:
    """Compute leaky_relu(conv2d(maps side by side, weight, bias) + what is added): 1x1 kernels.

    Maps are (N, C, H, W) each, what is added and the result (N, O, H, W), `weight` (O, maps * C, 1,
    1), `bias` (O,), `slope` above 0; all float32.
    """
    (images, channels, *size), outputs = maps[0].shape, len(weight)
    see(all(each.shape == maps[0].shape for each in maps) and wide(maps[0]), *maps)
    see(all(each.shape == (images, outputs, *size) for each in added), weight, *added)
    see(weight.shape == (outputs, len(maps) * channels, 1, 1), maps[0], weight)
    see(bias.shape == (outputs,) and outputs > 0, weight, bias)
    return apply(_Mixture, len(maps), weight, bias, slope, *maps, *added)


def pool(x: Tensor, side: int) -> Tensor:
    """Compute max_pool2d(x, side) of `x` (N, C, H, W), no smaller than `side`."""
    see(min(x.shape[2:]) >= side > 0 and wide(x), x)
    return apply(_Pooling, x, side)


def enlarge(maps: Sequence[Tensor], height: int, width: int) -> Tensor:
    """Add up maps, each interpolated to a size of which its own is a whole part, bilinearly.

    Maps are (N, C, height / factor, width / factor), whatever the factor of each.
    """
    see(all(is_part(each, height, width) for each in maps), *maps)
    see(all(each.shape[:2] == maps[0].shape[:2] for each in maps), *maps)
    return apply(_Enlargement, height, width, *maps)


def is_part(map_: Tensor, height: int, width: int) -> bool:
    """Whether a map's height and width are the same whole part of others."""
    factor: int = height // map_.shape[2]
    return (factor * map_.shape[2], factor * map_.shape[3]) == (height, width)


class _Convolution(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Context,
        x: Tensor,
        weight: Tensor,
        bias: Tensor,
        dilation: int,
        slope: float,
    ) -> Tensor:
        native, (x, weight, bias) = library(), in_order(x, weight, bias)
        images, inputs, height, width = x.shape
        outputs, kernel = weight.shape[0], weight.shape[2]
        sizes = (images, inputs, outputs, height, width, kernel, dilation, torch.get_num_threads())
        y = x.new_empty(images, outputs, height, width)
        check(native.convolve(at(x), at(weight), at(bias), slope, at(y), *sizes))
        ctx.save_for_backward(x, weight, y)
        ctx.library, ctx.slope, ctx.sizes = native, slope, sizes
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Context, g: Tensor) -> tuple[Tensor | None, ...]:
        (x, weight, y), (g,) = ctx.saved_tensors, in_order(g)
        x_gradient = torch.empty_like(x) if ctx.needs_input_grad[0] else None
        weight_gradient, bias_gradient = torch.empty_like(weight), g.new_empty(len(weight))
        check(
            ctx.library.convolve_back(
                at(x), at(weight), at(y), at(g), ctx.slope, at(x_gradient),
                at(weight_gradient), at(bias_gradient), *ctx.sizes,
            )
        )  # fmt: skip
        return x_gradient, weight_gradient, bias_gradient, None, None


class _Mixture(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Context,
        count: int,
        weight: Tensor,
        bias: Tensor,
        slope: float,
        *maps: Tensor,
    ) -> Tensor:
        native, (weight, bias, *maps_) = library(), in_order(weight, bias, *maps)
        images, channels, height, width = maps_[0].shape
        outputs = weight.shape[0]
        sizes = images, channels, outputs, height * width, torch.get_num_threads()
        y = maps_[0].new_empty(images, outputs, height, width)
        mixed, added = maps_[:count], maps_[count:]
        check(
            native.mix(
                all_at(mixed), count, all_at(added), len(added), at(weight), at(bias), slope,
                at(y), *sizes,
            )
        )  # fmt: skip
        ctx.save_for_backward(weight, y, *mixed)
        ctx.library, ctx.slope, ctx.sizes, ctx.added = native, slope, sizes, len(added)
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Context, g: Tensor) -> tuple[Tensor | None, ...]:
        (weight, y, *maps), (g,) = ctx.saved_tensors, in_order(g)
        needed = ctx.needs_input_grad[4 : 4 + len(maps)]
        gradients = [
            torch.empty_like(each) if need else None
            for each, need in zip(maps, needed, strict=True)
        ]
        of_added = torch.empty_like(y) if ctx.added else None
        weight_gradient, bias_gradient = torch.empty_like(weight), g.new_empty(len(weight))
        check(
            ctx.library.mix_back(
                all_at(maps), len(maps), at(weight), at(y), at(g), ctx.slope,
                all_at(gradients), at(of_added), at(weight_gradient), at(bias_gradient),
                *ctx.sizes,
            )
        )  # fmt: skip
        return (
            None, weight_gradient, bias_gradient, None, *gradients, *[of_added] * ctx.added,
        )  # fmt: skip


class _Pooling(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Context, x: Tensor, side: int) -> Tensor:
        native, (x,) = library(), in_order(x)
        images, channels, height, width = x.shape
        sizes = images * channels, height, width, side, torch.get_num_threads()
        y = x.new_empty(images, channels, height // side, width // side)
        native.pool(at(x), at(y), *sizes)
        ctx.save_for_backward(x, y)
        ctx.library, ctx.sizes = native, sizes
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Context, g: Tensor) -> tuple[Tensor | None, ...]:
        (x, y), (g,) = ctx.saved_tensors, in_order(g)
        gradient = torch.empty_like(x)
        check(ctx.library.pool_back(at(x), at(y), at(g), at(gradient), *ctx.sizes))
        return gradient, None


class _Enlargement(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Context, height: int, width: int, *maps: Tensor) -> Tensor:
        native, maps_ = library(), in_order(*maps)
        images, channels = maps_[0].shape[:2]
        factors = [height // each.shape[2] for each in maps_]
        sizes = images * channels, height, width, torch.get_num_threads()
        y = maps_[0].new_empty(images, channels, height, width)
        numbers = (ctypes.c_int * len(factors))(*factors)
        check(native.enlarge(all_at(maps_), numbers, len(maps_), at(y), *sizes))
        ctx.library, ctx.sizes, ctx.shapes = native, sizes, [each.shape for each in maps_]
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Context, g: Tensor) -> tuple[Tensor | None, ...]:
        (g,), gradients = in_order(g), [g.new_empty(shape) for shape in ctx.shapes]
        for each in gradients:
            factor = g.shape[2] // each.shape[2]
            check(ctx.library.enlarge_back(at(g), at(each), factor, *ctx.sizes))
        return None, None, *gradients
