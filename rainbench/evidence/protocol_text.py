"""A protocol in words, as a paper's section on metrics states it."""

from __future__ import annotations

from collections.abc import Mapping
from math import isinf

from rainbench.protocol import (
    Average,
    Colour,
    Edges,
    Protocol,
    Quantiser,
    SsimRule,
    Window,
)

_QUANTISERS: Mapping[Quantiser, str] = {
    "none": "the unquantised floating-point output",
    "round": "the output rounded to 8 bit",
    "truncate": "the output truncated to 8 bit",
    "truncate+jpeg95": "the output truncated to 8 bit and stored as JPEG of quality 95",
}
_COLOURS: Mapping[Colour, str] = {
    "rgb": "on the R, G and B channels",
    "y": "on the luma of MATLAB's rgb2ycbcr (range 16 to 235, not rounded)",
    "y-8bit": "on the luma of MATLAB's rgb2ycbcr, rounded to 8 bit (range 16 to 235)",
    "y-full-8bit": "on the luma of OpenCV's RGB2YCrCb, rounded to 8 bit (range 0 to 255)",
}
_WINDOWS: Mapping[Window, str] = {
    "gauss-11": "an 11 x 11 Gaussian window of standard deviation 1.5",
    "box-7": "a uniform 7 x 7 window",
}
_EDGES: Mapping[Edges, str] = {
    "valid": "windows that reach over the border are left out",
    "replicate": "the border is filled with the edge's pixels",
    "zero": "the border is filled with zeros",
}
_AVERAGES: Mapping[Average, str] = {
    "psnr": "Figures are means over images.",
    "mse": "SSIM is the mean over images, PSNR that of the mean of the images' squared errors.",
}


def describe_protocol(protocol: Protocol) -> str:
    """Say exactly how a protocol computes PSNR and SSIM, in a few sentences."""
    crop = (
        f" Height and width are first cut to multiples of {protocol.crop}."
        if protocol.crop > 1
        else ""
    )
    return (
        f"PSNR and SSIM are computed {_COLOURS[protocol.colour]} of "
        f"{_QUANTISERS[protocol.quantise]}{_clamped(protocol)}.{crop} {_psnr(protocol)} "
        f"{_ssim(protocol.ssim)} {_AVERAGES[protocol.average]}"
    )


def _clamped(protocol: Protocol) -> str:
    if protocol.quantise != "none":
        return ""
    return {
        "both": ", clamped to its range",
        "psnr": ", clamped to its range for PSNR and left as it is for SSIM",
        "none": ", values outside its range left as they are",
    }[protocol.clamp]


def _psnr(protocol: Protocol) -> str:
    rule = protocol.psnr
    perfect = "" if isinf(rule.perfect_db) else f"; equal images count as {rule.perfect_db:g} dB"
    return f"PSNR takes a peak of {rule.peak:g}{perfect}."


def _ssim(rule: SsimRule) -> str:
    shrunk = (
        ", on images shrunk by max(1, round(shorter side / 256)) as in Wang's ssim.m"
        if rule.downsample
        else ""
    )
    variances = "unbiased" if rule.unbiased else "biased"
    return (
        f"SSIM takes {_WINDOWS[rule.window]}{shrunk}; {_EDGES[rule.edges]}; local variances are "
        f"{variances}, and the constants are (0.01 L)^2 and (0.03 L)^2 with L = {rule.span:g}."
    )
