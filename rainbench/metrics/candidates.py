"""The protocols that a published number may have come of: those with names, and what lies between.

A candidate is a Protocol. The grid holds what programs of the field are known to do or can be
switched to; combinations that no program makes (SciPy's window with Wang's down-sampling) are left
out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from typing import get_args

from rainbench.metrics.metric import wang_factor
from rainbench.protocol import PROTOCOLS, Average, Colour, Edges, Protocol, Quantiser, SsimRule

CROPS = (1, 4)

_COLOURS = {
    "rgb": "RGB",
    "y": "Y float",
    "y-8bit": "Y rounded to 8 bit",
    "y-full-8bit": "full-range Y, 8 bit",
}
_QUANTISERS = {
    "none": "not quantised",
    "round": "rounded",
    "truncate": "truncated",
    "truncate+jpeg95": "truncated, JPEG 95",
}
_EDGES = {"valid": "inner pixels", "replicate": "edges replicated", "zero": "edges zero"}


@dataclass(frozen=True)
class Circumstance:
    """What of one pair decides whether two protocols can differ on it at all."""

    shrinks: bool
    """Whether Wang's ssim.m would shrink a picture of this size."""
    crops: bool
    """Whether a side is no multiple of 4."""
    eight_bit: bool
    """Whether the restored picture had met a quantiser before it came here."""
    overshoots: bool
    """Whether the restored picture leaves [0, 1]."""


def circumstance(
    height: int, width: int, *, eight_bit: bool, low: float, high: float
) -> Circumstance:
    """Describe a pair of this size in pixels, whose restored picture has values low..high."""
    return Circumstance(
        shrinks=wang_factor(height, width) > 1,
        crops=any(side % crop for side in (height, width) for crop in CROPS),
        eight_bit=eight_bit,
        overshoots=not eight_bit and (low < 0 or high > 1),
    )


@cache
def candidates() -> tuple[Protocol, ...]:
    """List every candidate: the named protocols, then the grid's others; no two are equal."""
    named = {bare(protocol): protocol for protocol in PROTOCOLS.values()}
    grid = {bare(protocol): protocol for protocol in _grid()}
    return (*named.values(), *(each for key, each in grid.items() if key not in named))


def bare(protocol: Protocol) -> Protocol:
    """Strip a protocol to what makes its numbers."""
    return replace(protocol, name="", source="")


def as_seen(protocol: Protocol, case: Circumstance) -> Protocol:
    """Strip a protocol of all that moves no number in this case; equal ones cannot differ."""
    floats = not case.eight_bit and protocol.quantise == "none"
    return replace(
        bare(protocol),
        quantise="none" if case.eight_bit else protocol.quantise,
        clamp=protocol.clamp if floats and case.overshoots else "both",
        crop=protocol.crop if case.crops else 1,
        ssim=replace(protocol.ssim, downsample=protocol.ssim.downsample and case.shrinks),
    )


def words(protocol: Protocol, *, eight_bit: bool = False) -> str:
    """Say in words what a protocol does, leaving out what is usual."""
    rule = protocol.ssim
    return ", ".join(
        [
            _COLOURS[protocol.colour],
            *([] if eight_bit else [_QUANTISERS[protocol.quantise]]),
            *([f"cut to multiples of {protocol.crop}"] if protocol.crop > 1 else []),
            f"{rule.window} {_EDGES[rule.edges]}",
            *(["sample covariance"] if rule.unbiased else []),
            *(["down-sampled"] if rule.downsample else []),
            *(["range 2"] if rule.span > 255 else []),
            *(["PSNR of the mean error"] if protocol.average == "mse" else []),
        ]
    )


def _grid() -> Iterator[Protocol]:
    axes = product(get_args(Quantiser), get_args(Colour), CROPS, _rules(), get_args(Average))
    for quantise, colour, crop, rule, average in axes:
        if quantise == "none" and colour.endswith("8bit"):
            continue  # that luma is made of pixels
        protocol = Protocol(
            name="", source="", quantise=quantise, colour=colour, crop=crop, ssim=rule,
            average=average,
        )  # fmt: skip
        yield replace(protocol, name=words(protocol))


def _rules() -> Iterator[SsimRule]:
    edges: tuple[Edges, ...] = get_args(Edges)
    for edge, unbiased, downsample in product(edges, (False, True), (False, True)):
        yield SsimRule(edges=edge, unbiased=unbiased, downsample=downsample)
    for unbiased in (False, True):
        yield SsimRule(window="box-7", unbiased=unbiased)
