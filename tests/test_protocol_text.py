"""Protocols in words: each says all that makes its numbers, and no two read alike."""

from dataclasses import fields, replace

import pytest

from rainbench import PROTOCOLS, Protocol, describe_protocol
from rainbench.protocol import HEADLINE, PsnrRule, SsimRule


def test_the_headline_reads_as_a_method_section_states_it() -> None:
    assert describe_protocol(PROTOCOLS[HEADLINE]) == (
        "PSNR and SSIM are computed on the luma of MATLAB's rgb2ycbcr (range 16 to 235, not "
        "rounded) of the output truncated to 8 bit. PSNR takes a peak of 255. SSIM takes an 11 x "
        "11 Gaussian window of standard deviation 1.5, on images shrunk by max(1, round(shorter "
        "side / 256)) as in Wang's ssim.m; windows that reach over the border are left out; local "
        "variances are biased, and the constants are (0.01 L)^2 and (0.03 L)^2 with L = 255. "
        "Figures are means over images."
    )


def test_no_two_protocols_read_alike() -> None:
    assert len({describe_protocol(each) for each in PROTOCOLS.values()}) == len(PROTOCOLS)


BASE = PROTOCOLS["rgb-skimage"]
OTHERS: dict[str, Protocol] = {
    "quantise": replace(BASE, quantise="round"),
    "clamp": replace(BASE, clamp="none"),
    "colour": replace(BASE, colour="y"),
    "crop": replace(BASE, crop=4),
    "psnr": replace(BASE, psnr=PsnrRule(perfect_db=100)),
    "ssim": replace(BASE, ssim=replace(BASE.ssim, edges="zero")),
    "average": replace(BASE, average="mse"),
}


@pytest.mark.parametrize("field", [f.name for f in fields(Protocol)][2:])
def test_every_field_that_makes_numbers_is_in_the_words(field: str) -> None:
    assert describe_protocol(OTHERS[field]) != describe_protocol(BASE)


@pytest.mark.parametrize("field", [f.name for f in fields(SsimRule)])
def test_every_part_of_ssim_is_in_the_words(field: str) -> None:
    other = {"window": "gauss-11", "edges": "zero", "downsample": True, "unbiased": False,
             "span": 510.0}[field]  # fmt: skip
    changed = replace(BASE, ssim=replace(BASE.ssim, **{field: other}))  # type: ignore[arg-type]
    assert describe_protocol(changed) != describe_protocol(BASE)
