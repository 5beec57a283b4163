"""The kernels as functions of tensors that gradients go through."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeAlias, cast

import torch
from torch import Tensor

from rainbench.kernels.library import open_library

Context: TypeAlias = Any
"""What torch keeps for a gradient."""

NARROWEST = 16  # pixels of a row: a vector must fit

MOST_PAIRS = 4  # that pairs.c has room for

_LIBRARY: ContextVar[ctypes.CDLL | None] = ContextVar("library", default=None)


@contextmanager
def natively() -> Iterator[None]:
    """Compute by our own kernels what they can. Raises NotInstalledError where there are none."""
    token = _LIBRARY.set(open_library())
    try:
        yield
    finally:
        _LIBRARY.reset(token)


def fits(x: Tensor) -> bool:
    """Whether the kernels are to take a batch of images, (N, C, H, W), and can."""
    return (
        _LIBRARY.get() is not None
        and x.device.type == "cpu"
        and x.dtype == torch.float32
        and not torch.is_autocast_enabled("cpu")
        and x.shape[3] >= NARROWEST
        and x.numel() > 0
    )


def convolve(x: Tensor, weight: Tensor, bias: Tensor, *, dilation: int, slope: float) -> Tensor:
    """Compute leaky_relu(conv2d(x, weight, bias)) of the size of `x`: zeros lie around it.

    `x` (N, I, H, W), `weight` (O, I, K, K) with K odd, `bias` (O,), `slope` above 0; all float32.
    Raises ValueError for shapes that do not fit each other, as the others here do.
    """
    _see(x.shape[1] == weight.shape[1] and weight.shape[2] % 2 == 1, x, weight)
    _see(len(bias) == len(weight) and weight.dtype == bias.dtype == x.dtype, weight, bias)
    return _apply(_Convolution, x, weight, bias, dilation, slope)


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
    _see(all(each.shape == maps[0].shape for each in maps), *maps)
    _see(all(each.shape == (images, outputs, *size) for each in added), weight, *added)
    _see(weight.shape == (outputs, len(maps) * channels, 1, 1), maps[0], weight)
    _see(len(bias) == outputs and weight.dtype == bias.dtype == maps[0].dtype, weight, bias)
    return _apply(_Mixture, len(maps), weight, bias, slope, *maps, *added)


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
    _see(all(each.shape == maps[0].shape for each in maps), *maps)
    shapes = [*[(channels, 2 * channels)] * len(pairs), (outputs, len(pairs) * channels)]
    _see([tuple(each.shape) for each in weights] == [(*s, 1, 1) for s in shapes], *weights)
    _see([len(each) for each in biases] == [s[0] for s in shapes], *biases)
    _see(all(each.dtype == maps[0].dtype for each in (*weights, *biases)), *weights, *biases)
    members = tuple(member for pair in pairs for member in pair)
    _see(1 <= len(pairs) <= MOST_PAIRS and set(members) == set(range(len(maps))), *maps)
    return _apply(_Pairs, len(maps), members, slope, *maps, *weights, *biases)


def pool(x: Tensor, side: int) -> Tensor:
    """Compute max_pool2d(x, side) of `x` (N, C, H, W), no smaller than `side`."""
    _see(min(x.shape[2:]) >= side, x)
    return _apply(_Pooling, x, side)


def enlarge(maps: Sequence[Tensor], height: int, width: int) -> Tensor:
    """Add up maps, each interpolated to a size of which its own is a whole part, bilinearly.

    Maps are (N, C, height / factor, width / factor), whatever the factor of each.
    """
    _see(all(is_part(each, height, width) for each in maps), *maps)
    _see(all(each.shape[:2] == maps[0].shape[:2] for each in maps), *maps)
    return _apply(_Enlargement, height, width, *maps)


def is_part(map_: Tensor, height: int, width: int) -> bool:
    """Whether a map's height and width are the same whole part of others."""
    factor: int = height // map_.shape[2]
    return (factor * map_.shape[2], factor * map_.shape[3]) == (height, width)


def _see(fitting: bool, *tensors: Tensor) -> None:
    """See that shapes fit: what a kernel reads beyond them is anything."""
    if not fitting:
        shapes = " with ".join(f"{tuple(each.shape)} {each.dtype}" for each in tensors)
        raise ValueError(f"shapes that do not fit: {shapes}")


def _apply(function: type[torch.autograd.Function], *arguments: object) -> Tensor:
    return cast(Tensor, function.apply(*arguments))  # type: ignore[no-untyped-call]


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
        library, (x, weight) = _library(), _in_order(x, weight)
        images, inputs, height, width = x.shape
        outputs, kernel = weight.shape[0], weight.shape[2]
        sizes = (images, inputs, outputs, height, width, kernel, dilation, torch.get_num_threads())
        y = x.new_empty(images, outputs, height, width)
        _check(library.convolve(_at(x), _at(weight), _at(bias), slope, _at(y), *sizes))
        ctx.save_for_backward(x, weight, y)
        ctx.library, ctx.slope, ctx.sizes = library, slope, sizes
        return y

    @staticmethod
    def backward(ctx: Context, g: Tensor) -> tuple[Tensor | None, ...]:
        (x, weight, y), (g,) = ctx.saved_tensors, _in_order(g)
        x_gradient = torch.empty_like(x) if ctx.needs_input_grad[0] else None
        weight_gradient, bias_gradient = torch.empty_like(weight), g.new_empty(len(weight))
        _check(
            ctx.library.convolve_back(
                _at(x), _at(weight), _at(y), _at(g), ctx.slope, _at(x_gradient),
                _at(weight_gradient), _at(bias_gradient), *ctx.sizes,
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
        library, (weight, *maps_) = _library(), _in_order(weight, *maps)
        images, channels, height, width = maps_[0].shape
        outputs = weight.shape[0]
        sizes = images, channels, outputs, height * width, torch.get_num_threads()
        y = maps_[0].new_empty(images, outputs, height, width)
        mixed, added = maps_[:count], maps_[count:]
        _check(
            library.mix(
                _all_at(mixed), count, _all_at(added), len(added), _at(weight), _at(bias), slope,
                _at(y), *sizes,
            )
        )  # fmt: skip
        ctx.save_for_backward(weight, y, *mixed)
        ctx.library, ctx.slope, ctx.sizes, ctx.added = library, slope, sizes, len(added)
        return y

    @staticmethod
    def backward(ctx: Context, g: Tensor) -> tuple[Tensor | None, ...]:
        (weight, y, *maps), (g,) = ctx.saved_tensors, _in_order(g)
        needed = ctx.needs_input_grad[4 : 4 + len(maps)]
        gradients = [
            torch.empty_like(each) if need else None
            for each, need in zip(maps, needed, strict=True)
        ]
        of_added = torch.empty_like(y) if ctx.added else None
        weight_gradient, bias_gradient = torch.empty_like(weight), g.new_empty(len(weight))
        _check(
            ctx.library.mix_back(
                _all_at(maps), len(maps), _at(weight), _at(y), _at(g), ctx.slope,
                _all_at(gradients), _at(of_added), _at(weight_gradient), _at(bias_gradient),
                *ctx.sizes,
            )
        )  # fmt: skip
        return (
            None, weight_gradient, bias_gradient, None, *gradients, *[of_added] * ctx.added,
        )  # fmt: skip


class _Pairs(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Context, count: int, members: tuple[int, ...], slope: float, *tensors: Tensor
    ) -> Tensor:
        library, given = _library(), _in_order(*tensors)
        pairs = len(members) // 2
        maps, weights, biases = given[:count], given[count : -pairs - 1], given[-pairs - 1 :]
        images, channels, height, width = maps[0].shape
        outputs = len(weights[-1])
        sizes = images, channels, outputs, height * width, torch.get_num_threads()
        y = maps[0].new_empty(images, outputs, height, width)
        numbers = (ctypes.c_int * len(members))(*members)
        _check(
            library.mix_pairs(
                _all_at(maps), pairs, numbers, _all_at(weights[:-1]), _all_at(biases[:-1]),
                _at(weights[-1]), _at(biases[-1]), slope, _at(y), *sizes,
            )
        )  # fmt: skip
        ctx.save_for_backward(y, *given)
        ctx.library, ctx.slope, ctx.sizes, ctx.members = library, slope, sizes, numbers
        return y

    @staticmethod
    def backward(ctx: Context, g: Tensor) -> tuple[Tensor | None, ...]:
        (y, *given), (g,) = ctx.saved_tensors, _in_order(g)
        pairs = len(ctx.members) // 2
        count = len(given) - 2 * (pairs + 1)
        maps, weights, biases = given[:count], given[count : -pairs - 1], given[-pairs - 1 :]
        gradients = [torch.empty_like(each) for each in maps]
        # Of each pair its weights and its bias, and so of the last mixture.
        shapes = [each.shape for both in zip(weights, biases, strict=True) for each in both]
        of_parameters = g.new_empty(sum(shape.numel() for shape in shapes))
        _check(
            ctx.library.mix_pairs_back(
                _all_at(maps), count, pairs, ctx.members, _all_at(weights[:-1]),
                _all_at(biases[:-1]), _at(weights[-1]), ctx.slope, _at(y), _at(g),
                _all_at(gradients), _at(of_parameters), *ctx.sizes,
            )
        )  # fmt: skip
        parts = torch.split(of_parameters, [shape.numel() for shape in shapes])
        found = [part.view(shape) for part, shape in zip(parts, shapes, strict=True)]
        return None, None, None, *gradients, *found[::2], *found[1::2]


class _Pooling(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Context, x: Tensor, side: int) -> Tensor:
        library, (x,) = _library(), _in_order(x)
        images, channels, height, width = x.shape
        sizes = images * channels, height, width, side, torch.get_num_threads()
        y = x.new_empty(images, channels, height // side, width // side)
        library.pool(_at(x), _at(y), *sizes)
        ctx.save_for_backward(x, y)
        ctx.library, ctx.sizes = library, sizes
        return y

    @staticmethod
    def backward(ctx: Context, g: Tensor) -> tuple[Tensor | None, ...]:
        (x, y), (g,) = ctx.saved_tensors, _in_order(g)
        gradient = torch.empty_like(x)
        _check(ctx.library.pool_back(_at(x), _at(y), _at(g), _at(gradient), *ctx.sizes))
        return gradient, None


class _Enlargement(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Context, height: int, width: int, *maps: Tensor) -> Tensor:
        library, maps_ = _library(), _in_order(*maps)
        images, channels = maps_[0].shape[:2]
        factors = [height // each.shape[2] for each in maps_]
        sizes = images * channels, height, width, torch.get_num_threads()
        y = maps_[0].new_empty(images, channels, height, width)
        numbers = (ctypes.c_int * len(factors))(*factors)
        _check(library.enlarge(_all_at(maps_), numbers, len(maps_), _at(y), *sizes))
        ctx.library, ctx.sizes, ctx.shapes = library, sizes, [each.shape for each in maps_]
        return y

    @staticmethod
    def backward(ctx: Context, g: Tensor) -> tuple[Tensor | None, ...]:
        (g,), gradients = _in_order(g), [g.new_empty(shape) for shape in ctx.shapes]
        for each in gradients:
            factor = g.shape[2] // each.shape[2]
            _check(ctx.library.enlarge_back(_at(g), _at(each), factor, *ctx.sizes))
        return None, None, *gradients


def _library() -> ctypes.CDLL:
    library = _LIBRARY.get()
    assert library is not None  # noqa: S101 - `fits` has seen it
    return library


def _in_order(*tensors: Tensor) -> list[Tensor]:
    """Give tensors in C order, which the kernels read."""
    return [each.contiguous() for each in tensors]


def _at(tensor: Tensor | None) -> int | None:
    return None if tensor is None else tensor.data_ptr()


def _all_at(tensors: Sequence[Tensor | None]) -> ctypes.Array[ctypes.c_void_p]:
    return (ctypes.c_void_p * max(1, len(tensors)))(*map(_at, tensors))


def _check(failed: int) -> None:
    if failed:
        raise MemoryError("no memory for a convolution")
