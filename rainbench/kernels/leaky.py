"""Convolutions with a leaky ReLU behind them, as modules: by torch, or by our own kernels.

A network of these modules computes as torch does wherever it is. Within `natively()` those of
float32 on a CPU are computed by the C beside this file, gradients too, of images in torch's usual
memory order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rainbench.kernels import functions
from rainbench.kernels.calling import fits
from rainbench.kernels.functions import is_part
from rainbench.kernels.pairs import can_pair
from rainbench.kernels.pairs import mix_pairs as mix_pairs_natively


def has_kernels(network: nn.Module) -> bool:
    """Whether a network has modules that our own kernels can compute."""
    return any(isinstance(module, _Leaky | PlainConv) for module in network.modules())


class _Leaky(nn.Sequential):
    """A convolution that keeps the size, and its leaky ReLU."""

    def __init__(
        self, inputs: int, outputs: int, *, slope: float, kernel: int = 1, dilation: int = 1
    ) -> None:
        if slope <= 0 or kernel % 2 == 0:
            raise ValueError(f"slope {slope} is not above 0, or kernel {kernel} is even")
        if min(inputs, outputs) < 1:
            raise ValueError(f"{inputs} channels to {outputs}: at least one is needed")
        padding = dilation * (kernel // 2)
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, padding=padding, dilation=dilation),
            nn.LeakyReLU(slope, inplace=True),
        )

    @property
    def conv(self) -> nn.Conv2d:
        """The convolution."""
        return cast(nn.Conv2d, self[0])

    @property
    def slope(self) -> float:
        """What the activation multiplies by below zero."""
        return float(cast(nn.LeakyReLU, self[1]).negative_slope)


class LeakyConv(_Leaky):
    """A convolution that keeps the size, and its activation: (N, I, H, W) to (N, O, H, W).

    `slope` is that of the leaky ReLU below zero and lies above 0, `kernel` is odd.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Convolve and activate."""
        if not fits(x):
            return cast(Tensor, self[1](self.conv(x)))
        conv, dilation = self.conv, self.conv.dilation[0]
        return functions.convolve(x, conv.weight, _bias(conv), dilation=dilation, slope=self.slope)


class PlainConv(nn.Conv2d):
    """A convolution that keeps the size, without activation: (N, I, H, W) to (N, O, H, W).

    `kernel` is odd. Torch's own rounds by how many threads share an image; ours does not.
    """

    def __init__(self, inputs: int, outputs: int, *, kernel: int = 1) -> None:
        if kernel % 2 == 0:
            raise ValueError(f"kernel {kernel} is even")
        super().__init__(inputs, outputs, kernel, padding=kernel // 2)

    def forward(self, x: Tensor) -> Tensor:
        """Convolve."""
        if not fits(x):
            return super().forward(x)
        return functions.convolve(x, self.weight, _bias(self), dilation=1, slope=1.0)


class LeakyMix(_Leaky):
    """A 1x1 convolution over maps side by side, and its activation: (N, C, H, W) each to one.

    Every map goes through its own part of the weights and the results are added up: copying the
    maps into one costs more than convolving them. A coarser map is enlarged behind its part, for
    interpolation and a 1x1 convolution commute; those stand behind the maps of full size.
    """

    def __init__(
        self,
        maps: int,
        channels: int,
        *,
        slope: float,
        up: Literal["bilinear", "nearest"] = "bilinear",
    ) -> None:
        super().__init__(maps * channels, channels, slope=slope)
        self.up = up

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        """Mix maps, the first of which has the full size."""
        if all(map(fits, maps)):
            return self._mix(maps)
        conv = self.conv
        weights = torch.split(conv.weight, maps[0].shape[1], 1)
        total = F.conv2d(maps[0], weights[0], conv.bias, dilation=conv.dilation)
        for each, weight in zip(maps[1:], weights[1:], strict=True):
            part = F.conv2d(each, weight, dilation=conv.dilation)
            total = total + self._enlarge(part, total)
        return cast(Tensor, self[1](total))

    def _mix(self, maps: Sequence[Tensor]) -> Tensor:
        conv, full = self.conv, maps[0].shape
        whole = sum(each.shape == full for each in maps)
        weight, *others = torch.split(
            conv.weight, [whole * full[1], *[full[1]] * (len(maps) - whole)], 1
        )
        nothing = conv.weight.new_zeros(conv.out_channels)
        coarser = [
            functions.mix([each], other, nothing, slope=1.0)
            for each, other in zip(maps[whole:], others, strict=True)
        ]
        if coarser and self.up == "bilinear" and all(is_part(e, *full[2:]) for e in coarser):
            added = [functions.enlarge(coarser, *full[2:])]
        else:
            added = [self._enlarge(each, maps[0]) for each in coarser]
        return functions.mix(maps[:whole], weight, _bias(conv), slope=self.slope, added=added)

    def _enlarge(self, y: Tensor, like: Tensor) -> Tensor:
        if y.shape == like.shape:
            return y
        corners = False if self.up == "bilinear" else None
        return F.interpolate(y, size=like.shape[2:], mode=self.up, align_corners=corners)


def mix_pairs(
    maps: Sequence[Tensor],
    pairs: Sequence[tuple[int, int]],
    mixes: Sequence[LeakyMix],
    last: LeakyMix,
) -> Tensor:
    """Mix pairs of maps, (N, C, H, W) each, and what comes of them once more: to one map.

    Each pair names two maps by position and has its mix. Our own kernels take up to four pairs of
    maps of one size, none of which is in no pair, with mixes of one slope; the rest is torch's.
    """
    parts = (*mixes, last)
    alike = len({each.slope for each in parts}) == len({each.shape for each in maps}) == 1
    if alike and all(map(fits, maps)) and can_pair(len(maps), pairs):
        weights = [each.conv.weight for each in parts]
        biases = [_bias(each.conv) for each in parts]
        return mix_pairs_natively(maps, pairs, weights, biases, slope=last.slope)
    mixed = [mix([maps[s], maps[t]]) for mix, (s, t) in zip(mixes, pairs, strict=True)]
    return cast(Tensor, last(mixed))


class LargestPool(nn.MaxPool2d):
    """The largest of squares of pixels: (N, C, H, W) to (N, C, H // side, W // side)."""

    def __init__(self, side: int) -> None:
        super().__init__(side)
        self.side = side

    def forward(self, x: Tensor) -> Tensor:
        """Pool."""
        if not fits(x) or min(x.shape[2:]) < self.side:
            return cast(Tensor, super().forward(x))
        return functions.pool(x, self.side)


def _bias(conv: nn.Conv2d) -> Tensor:
    bias: Tensor | None = conv.bias
    assert bias is not None  # noqa: S101 - _Leaky has made it with one
    return bias
