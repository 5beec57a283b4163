"""The ways in which the field computes "the" PSNR and SSIM, each under a name.

A protocol is a value: it says how a restored picture is stored before it is scored, which
planes are compared and by which rules. It computes nothing; `Comparison` does. A released
protocol never changes (a golden file pins the digest of each): a correction gets a new name.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from math import inf
from types import MappingProxyType
from typing import Literal, TypeAlias

from rainbench.errors import UnknownNameError

Quantiser: TypeAlias = Literal["none", "round", "truncate", "truncate+jpeg95"]
"""How a restored image in [0, 1] becomes 8 bit: not at all, to the nearest level, to the level
below (`np.uint8(255 * x)`), or to the level below and through a JPEG file of quality 95."""

Clamp: TypeAlias = Literal["both", "psnr", "none"]
"""Which figures see the restored image cut to [0, 1]; 8 bits always do."""

Colour: TypeAlias = Literal["rgb", "y", "y-8bit", "y-full-8bit"]
"""The planes compared: R, G and B; luma of MATLAB's rgb2ycbcr (16..235) on floats, or on 8 bit
(rounded); full-range luma of OpenCV's RGB2YCrCb on 8 bit (rounded)."""

Window: TypeAlias = Literal["gauss-11", "box-7"]
"""Weights of the local statistics: Gaussian of sigma 1.5 on 11x11 pixels, or uniform on 7x7."""

Edges: TypeAlias = Literal["valid", "replicate", "zero"]
"""Where windows reach over the border: left out, or filled with the edge's pixels or zeros."""

Average: TypeAlias = Literal["psnr", "mse"]
"""Over images: the mean of their PSNRs, or the PSNR of their mean squared error's mean."""


@dataclass(frozen=True, kw_only=True)
class PsnrRule:
    """Peak signal-to-noise ratio, in dB, of planes in 0..255."""

    peak: float = 255.0
    perfect_db: float = inf
    """What two equal pictures score."""


@dataclass(frozen=True, kw_only=True)
class SsimRule:
    """Structural similarity of planes in 0..255: the mean over a plane, then over planes."""

    window: Window = "gauss-11"
    edges: Edges = "valid"
    downsample: bool = False
    """Whether planes shrink first by max(1, round(shorter side / 256)), as in Wang's ssim.m."""
    unbiased: bool = False
    """Whether local (co)variances are the sample's, divided by n - 1."""
    span: float = 255.0
    """The dynamic range L of the constants (0.01 L)^2 and (0.03 L)^2."""


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """One exact way of turning a restored and a clean picture into a PSNR and an SSIM."""

    name: str
    source: str
    """Whose numbers are computed so, and with which program."""
    quantise: Quantiser
    clamp: Clamp = "both"
    colour: Colour
    crop: int = 1
    """Height and width are cut, at bottom and right, to a multiple of this, in pixels."""
    psnr: PsnrRule = PsnrRule()
    ssim: SsimRule = SsimRule()
    average: Average = "psnr"

    @property
    def needs_floats(self) -> bool:
        """Whether the score is defined on the method's unquantised output.

        From an 8-bit file it can be computed all the same, but the number is another one and
        must be marked "from 8-bit".
        """
        return self.quantise == "none"


def digest(protocol: Protocol) -> str:
    """Digest all that makes a protocol's numbers: SHA-256, hexadecimal.

    `source` is left out: words about a protocol may be mended, its definition may not.
    """
    fields = {name: value for name, value in asdict(protocol).items() if name != "source"}
    return sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


def find_protocol(name: str) -> Protocol:
    """Find a protocol by its name. Raises UnknownNameError."""
    if name not in PROTOCOLS:
        raise UnknownNameError.among("protocol", name, PROTOCOLS)
    return PROTOCOLS[name]


HEADLINE = "y-prenet"
"""The protocol of headline numbers; `restored/*.png` is written with its quantiser."""

_RELEASED = (
    Protocol(
        name=HEADLINE,
        source="PReNet, BRN, RCDNet, SPDNet; DRSformer on DID and DDN: MATLAB, psnr.m and Wang's "
        "ssim.m with automatic down-sampling on PNGs of truncated pixels",
        quantise="truncate",
        colour="y",
        ssim=SsimRule(downsample=True),
    ),
    Protocol(
        name="y-restormer",
        source="MPRNet, Restormer, IDT; DRSformer on Rain200 and SPA; JORDER: MATLAB, rgb2ycbcr of "
        "8-bit pixels and Wang's ssim_index.m",
        quantise="round",
        colour="y-8bit",
    ),
    Protocol(
        name="y-basicsr",
        source="BasicSR: calculate_psnr and calculate_ssim with test_y_channel (planes stored as "
        "float32 there)",
        quantise="round",
        colour="y",
    ),
    Protocol(
        name="y-matlab",
        source="MATLAB's own ssim() (R2014a and later); the BasicSR forks of HINet, NAFNet and "
        "Restormer",
        quantise="round",
        colour="y",
        ssim=SsimRule(edges="replicate"),
    ),
    Protocol(
        name="y-agan",
        source="Attentive GAN (DeRaindrop) and the raindrop and all-weather papers after it: "
        "OpenCV's luma of truncated BGR pixels, scikit-image's defaults (values outside "
        "[0, 1] wrap around there; here they are clamped)",
        quantise="truncate",
        colour="y-full-8bit",
        crop=4,
        ssim=SsimRule(window="box-7", unbiased=True),
    ),
    Protocol(
        name="rgb-gauss",
        source="BasicSR and MMEditing on RGB, derain-toolbox, LHP-Rain; scikit-image with "
        "gaussian_weights=True and use_sample_covariance=False",
        quantise="round",
        colour="rgb",
    ),
    Protocol(
        name="rgb-skimage",
        source="AirNet, PromptIR: scikit-image's defaults on floats with data_range=1 (float32 "
        "there)",
        quantise="none",
        colour="rgb",
        ssim=SsimRule(window="box-7", unbiased=True),
    ),
    Protocol(
        name="rgb-spanet",
        source="SPANet, GT-RAIN: scikit-image before 0.20 on floats without data_range, which it "
        "then took for 2",
        quantise="none",
        colour="rgb",
        ssim=SsimRule(window="box-7", unbiased=True, span=510.0),
    ),
    Protocol(
        name="rgb-dcsfn",
        source="DCSFN, JDNet, PMG (the MSFM authors' group): config/eval.py, PyTorch's zero-padded "
        "SSIM on unclamped floats (float32 there), PSNR on clamped ones, 100 dB if perfect",
        quantise="none",
        clamp="psnr",
        colour="rgb",
        psnr=PsnrRule(perfect_db=100.0),
        ssim=SsimRule(edges="zero"),
    ),
    Protocol(
        name="rgb-rescan",
        source="RESCAN: config/eval.py, the squared error and PyTorch's zero-padded SSIM of "
        "unclamped floats (float32 there), errors averaged over images",
        quantise="none",
        clamp="none",
        colour="rgb",
        ssim=SsimRule(edges="zero"),
        average="mse",
    ),
)

PROTOCOLS: Mapping[str, Protocol] = MappingProxyType({each.name: each for each in _RELEASED})
"""Every protocol by name, the headline first."""
