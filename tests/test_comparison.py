from __future__ import annotations

import csv
import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

import rainbench
from rainbench.errors import ImageError, ProtocolError
from rainbench.image import Image, Pixels, read_pixels, to_image
from rainbench.metrics.comparison import Comparison, Score, average
from rainbench.metrics.quantiser import quantise
from rainbench.protocol import PROTOCOLS, find_protocol
from tests.pictures import golden_pair, random_pixels, with_overshoot
from tests.witness import WITNESSES

GOLDEN = json.loads((Path(__file__).parent / "golden" / "metrics.json").read_text("utf-8"))
PRINTED = GOLDEN["psnr_db_and_ssim"]
SIZES = [tuple(int(side) for side in size.split("x")) for size in PRINTED]

NAMES = list(PROTOCOLS)
HONEST = [name for name in NAMES if not PROTOCOLS[name].needs_floats]


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_golden_values(height: int, width: int) -> None:
    scores = Comparison(*golden_pair(height, width)).score_all()
    for name, printed in PRINTED[f"{height}x{width}"].items():
        assert scores[name] == pytest.approx(printed, abs=5.01e-7), name


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("height", "width"), [(97, 131), (11, 11), (30, 23)])
def test_8bit_pictures_against_the_witness(name: str, height: int, width: int) -> None:
    restored, clean = golden_pair(height, width)
    score = Comparison(restored, clean).score(PROTOCOLS[name])
    witness = WITNESSES[name](restored.astype(np.float64), clean.astype(np.float64))
    assert score == pytest.approx(witness, abs=1e-9)


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_the_headline_against_the_witness_at_every_factor(height: int, width: int) -> None:
    restored, clean = golden_pair(height, width)
    score = Comparison(restored, clean).score(find_protocol("y-prenet"))
    witness = WITNESSES["y-prenet"](restored.astype(np.float64), clean.astype(np.float64))
    assert score == pytest.approx(witness, abs=1e-9)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("height", "width"), [(61, 47), (90, 386)])
def test_overshooting_floats_against_the_witness(name: str, height: int, width: int) -> None:
    clean = random_pixels(height, width, seed=3)
    restored = with_overshoot(clean, seed=4).astype(np.float64)
    score = Comparison(restored, clean).score(PROTOCOLS[name])
    witness = WITNESSES[name](restored * 255, clean.astype(np.float64))
    assert score == pytest.approx(witness, abs=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_float32_moves_nothing_that_counts(name: str) -> None:
    clean = random_pixels(61, 47, seed=3)
    restored = with_overshoot(clean, seed=4)
    one = Comparison(restored, clean).score(PROTOCOLS[name])
    # Truncation may fall on either side of a level that float64 puts elsewhere: use its pixels.
    if PROTOCOLS[name].quantise != "none":
        pixels = quantise(restored, PROTOCOLS[name].quantise)
        assert one == Comparison(pixels, clean).score(PROTOCOLS[name])
    else:
        other = Comparison(restored.astype(np.float64), clean).score(PROTOCOLS[name])
        assert one == pytest.approx(other, abs=1e-5)


def skimage_on_floats(restored: Image, clean: Pixels) -> Score:
    x, y = np.clip(restored, 0, 1), to_image(clean)
    return Score(
        float(peak_signal_noise_ratio(y, x, data_range=1)),
        float(structural_similarity(y, x, data_range=1, channel_axis=2)),
    )


def test_rgb_skimage_is_scikit_images_default_in_float32() -> None:
    clean = random_pixels(90, 70, seed=5)
    restored = with_overshoot(clean, seed=6)
    score = Comparison(restored, clean).score(find_protocol("rgb-skimage"))
    assert score == pytest.approx(skimage_on_floats(restored, clean), abs=1e-5)


def test_rgb_spanet_is_scikit_image_with_a_range_of_two() -> None:
    clean = random_pixels(90, 70, seed=5)
    restored = with_overshoot(clean, seed=6)
    x, y = np.clip(restored, 0, 1).astype(np.float64), to_image(clean).astype(np.float64)
    theirs = structural_similarity(y, x, data_range=2, channel_axis=2)
    score = Comparison(restored, clean).score(find_protocol("rgb-spanet"))
    assert score.ssim == pytest.approx(theirs, abs=1e-9)


def test_rgb_gauss_is_scikit_image_with_gaussian_weights() -> None:
    restored, clean = golden_pair(97, 131)
    theirs = structural_similarity(
        clean,
        restored,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        data_range=255,
        channel_axis=2,
    )
    score = Comparison(restored, clean).score(find_protocol("rgb-gauss"))
    assert score.ssim == pytest.approx(theirs, abs=1e-9)
    assert score.psnr_db == pytest.approx(peak_signal_noise_ratio(clean, restored), abs=1e-9)


def torch_ssim(restored: Image, clean: Pixels, dtype: torch.dtype) -> float:
    """Zero-padded Gaussian SSIM of floats in [0, 1] through PyTorch's convolution."""
    row = torch.exp(-((torch.arange(11, dtype=dtype) - 5) ** 2) / 4.5)
    row /= row.sum()
    window = torch.outer(row, row).expand(3, 1, 11, 11)
    x, y = (
        torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1)))[None].to(dtype)
        for picture in (restored, to_image(clean))
    )

    def mean(planes: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.conv2d(planes, window, padding=5, groups=3)

    mx, my = mean(x), mean(y)
    cov = mean(x * y) - mx * my
    variances = mean(x * x) + mean(y * y) - mx * mx - my * my
    top = (2 * mx * my + 0.01**2) * (2 * cov + 0.03**2)
    return float((top / ((mx * mx + my * my + 0.01**2) * (variances + 0.03**2))).mean())


@pytest.mark.parametrize("name", ["rgb-dcsfn", "rgb-rescan"])
def test_zero_padded_ssim_is_pytorchs(name: str) -> None:
    clean = random_pixels(90, 70, seed=7)
    restored = with_overshoot(clean, seed=8)
    ssim = Comparison(restored, clean).score(find_protocol(name)).ssim
    assert ssim == pytest.approx(torch_ssim(restored, clean, torch.float64), abs=1e-9)
    assert ssim == pytest.approx(torch_ssim(restored, clean, torch.float32), abs=1e-5)


def basicsr_y(pixels: Pixels) -> NDArray[np.float64]:
    # to_y_channel stores its plane, in [0, 1], as float32.
    rgb = pixels.astype(np.float32) / np.float32(255)
    weighted = rgb.astype(np.float64) @ np.array([65.481, 128.553, 24.966])
    stored = ((weighted + 16) / 255).astype(np.float32) * np.float32(255)
    return np.asarray(stored, dtype=np.float64)


def test_y_basicsr_is_its_float32_lineage() -> None:
    restored, clean = golden_pair(97, 131)
    x, y = basicsr_y(restored), basicsr_y(clean)
    psnr = 10 * np.log10(255.0**2 / np.mean((x - y) ** 2))
    ssim = structural_similarity(
        x, y, gaussian_weights=True, use_sample_covariance=False, data_range=255
    )
    score = Comparison(restored, clean).score(find_protocol("y-basicsr"))
    assert score == pytest.approx((psnr, ssim), abs=1e-5)


@pytest.mark.parametrize(
    ("height", "width", "differ"),
    [(383, 500, False), (384, 500, True), (500, 385, True), (640, 650, True), (641, 641, True)],
)
def test_automatic_downsampling_begins_at_384(height: int, width: int, differ: bool) -> None:
    comparison = Comparison(*golden_pair(height, width))
    shrinking = comparison.score(find_protocol("y-prenet"))
    plain = comparison.score(find_protocol("y-basicsr"))
    assert shrinking.psnr_db == plain.psnr_db
    assert (abs(shrinking.ssim - plain.ssim) > 1e-4) == differ


@given(st.integers(11, 40), st.integers(11, 40), st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_scores_are_symmetric(height: int, width: int, seed: int) -> None:
    one, other = random_pixels(height, width, seed), random_pixels(height, width, seed + 100)
    assert Comparison(one, other).score_all() == Comparison(other, one).score_all()


@given(st.integers(11, 40), st.integers(11, 40), st.sampled_from(["uint8", "float32", "float64"]))
@settings(max_examples=25, deadline=None)
def test_a_perfect_picture_is_perfect(height: int, width: int, kind: str) -> None:
    clean = random_pixels(height, width, seed=height * width)
    restored = clean if kind == "uint8" else clean.astype(kind) / np.dtype(kind).type(255)
    for name, score in Comparison(restored, clean).score_all().items():
        assert score.psnr_db == (100.0 if name == "rgb-dcsfn" else float("inf")), name
        assert score.ssim == 1.0, name


def test_more_noise_scores_less() -> None:
    clean = random_pixels(80, 60, seed=9)
    series = [
        Comparison(with_overshoot(clean, seed=10, sigma=sigma), clean).score_all()
        for sigma in (0.01, 0.03, 0.1, 0.3)
    ]
    for better, worse in pairwise(series):
        for name in NAMES:
            assert better[name].psnr_db > worse[name].psnr_db
            assert better[name].ssim > worse[name].ssim


def test_overshoot_counts_where_the_protocol_says_so() -> None:
    clean = np.full((20, 20, 3), 255, dtype=np.uint8)
    restored = np.full((20, 20, 3), 1.1, dtype=np.float32)
    scores = Comparison(restored, clean).score_all()
    assert scores["rgb-skimage"] == (float("inf"), 1.0)
    assert scores["rgb-dcsfn"].psnr_db == 100.0
    assert scores["rgb-dcsfn"].ssim < 1
    assert scores["rgb-rescan"].psnr_db == pytest.approx(20, abs=1e-4)


def test_protocols_asked_for_one_by_one_or_together_agree() -> None:
    clean = random_pixels(50, 40, seed=11)
    restored = with_overshoot(clean, seed=12)
    together = Comparison(restored, clean).score_all()
    backwards = Comparison(restored, clean)
    for name in reversed(NAMES):
        assert backwards.score(PROTOCOLS[name]) == together[name]


def test_ssim_maps_average_to_the_score() -> None:
    restored, clean = golden_pair(50, 40)
    comparison = Comparison(restored, clean)
    for protocol in PROTOCOLS.values():
        maps = comparison.ssim_maps(protocol)
        assert len(maps) == (3 if protocol.colour == "rgb" else 1)
        mean = float(np.mean([each.mean() for each in maps]))
        assert mean == pytest.approx(comparison.score(protocol).ssim, abs=1e-12)


def test_inputs_are_left_alone() -> None:
    clean = random_pixels(30, 30, seed=13)
    restored = with_overshoot(clean, seed=14)
    clean.flags.writeable = False
    restored.flags.writeable = False
    Comparison(restored, clean).score_all()
    Comparison(clean, clean).score_all()


def test_the_three_quantisers() -> None:
    restored = np.array([[[-0.1, 0.5, 1.2], [0.4999, 0.9999, 0.002]]], dtype=np.float32)
    assert quantise(restored, "truncate").tolist() == [[[0, 127, 255], [127, 254, 0]]]
    assert quantise(restored, "round").tolist() == [[[0, 128, 255], [127, 255, 1]]]
    with pytest.raises(ProtocolError, match="expected a quantiser"):
        quantise(restored, "none")


def test_8bit_levels_survive_every_plain_quantiser() -> None:
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, axis=2)
    for floats in (to_image(levels), levels / 255):
        assert np.array_equal(quantise(floats, "truncate"), levels)
        assert np.array_equal(quantise(floats, "round"), levels)
    assert quantise(levels, "truncate+jpeg95") is levels


def test_jpeg_costs_a_little() -> None:
    clean = random_pixels(64, 64, seed=15)
    stored = quantise(to_image(clean), "truncate+jpeg95")
    assert stored.shape == clean.shape
    assert 0 < np.abs(stored.astype(int) - clean).mean() < 20
    assert np.abs(stored[..., 0].astype(int) - clean[..., 0]).mean() < 20  # still RGB


def test_the_public_score_leaves_out_what_8_bits_cannot_say() -> None:
    restored, clean = golden_pair(50, 40)
    assert list(rainbench.score(restored, clean)) == HONEST
    assert list(rainbench.score(to_image(restored), clean)) == NAMES
    assert rainbench.score(restored, to_image(clean)) == rainbench.score(restored, clean)


BAD: dict[str, tuple[NDArray[np.generic], str]] = {
    "another shape": (np.zeros((20, 21, 3), dtype=np.uint8), "expected a restored picture of"),
    "grey": (np.zeros((20, 20), dtype=np.uint8), r"shape \(H, W, 3\)"),
    "16 bit": (np.zeros((20, 20, 3), dtype=np.uint16), "got uint16"),
    "float16": (np.zeros((20, 20, 3), dtype=np.float16), "got float16"),
    "NaN": (np.full((20, 20, 3), np.nan, dtype=np.float32), "finite values"),
    "infinity": (np.full((20, 20, 3), np.inf, dtype=np.float32), "finite values"),
    "0 to 255": (np.full((20, 20, 3), 200, dtype=np.float32), "divide by 255"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_pictures_are_refused(case: str) -> None:
    restored, message = BAD[case]
    with pytest.raises(ImageError, match=message):
        rainbench.score(restored, np.zeros((20, 20, 3), dtype=np.uint8))


def test_a_ground_truth_that_never_was_8_bit_is_refused() -> None:
    restored, clean = golden_pair(20, 20)
    with pytest.raises(ImageError, match="8-bit levels"):
        rainbench.score(restored, to_image(clean) * np.float32(0.777))
    with pytest.raises(ImageError, match="got uint16"):
        rainbench.score(restored, clean.astype(np.uint16))


@pytest.mark.parametrize("side", [1, 10])
def test_a_picture_smaller_than_a_window_is_refused(side: int) -> None:
    clean = np.zeros((side, 40, 3), dtype=np.uint8)
    with pytest.raises(ImageError, match=f"at least 11x11 pixels for y-prenet, got 40x{side}"):
        rainbench.score(clean, clean)
    for protocol in PROTOCOLS.values():
        if side == 1:
            with pytest.raises(ImageError):
                Comparison(clean, clean).score(protocol)


def test_the_smallest_pictures_that_can_be_scored() -> None:
    clean = random_pixels(11, 11, seed=16)
    assert set(rainbench.score(to_image(clean), clean)) == set(NAMES)
    small = random_pixels(8, 8, seed=17)
    assert Comparison(small, small).score(find_protocol("y-agan")).ssim == 1.0


def test_averages_are_exact_and_blind_to_order() -> None:
    scores = {f"{i}": Score(20 + 0.1 * i, 0.5 + 0.001 * i) for i in range(50)}
    shuffled = dict(sorted(scores.items(), key=lambda item: hash(item[1])))
    for protocol in PROTOCOLS.values():
        assert average(protocol, scores) == average(protocol, shuffled)
    mean = average(find_protocol("y-prenet"), scores)
    assert mean == pytest.approx((22.45, 0.5245), abs=1e-12)


def test_rescan_averages_errors_and_the_others_decibels() -> None:
    scores = {"a": Score(20.0, 0.8), "b": Score(40.0, 1.0)}
    assert average(find_protocol("y-prenet"), scores).psnr_db == 30.0
    # Mean squared errors of 0.01 and 0.0001 on [0, 1].
    expected = -10 * np.log10((0.01 + 0.0001) / 2)
    rescan = average(find_protocol("rgb-rescan"), scores)
    assert rescan == pytest.approx((expected, 0.9), abs=1e-9)


def test_perfect_images_in_an_average() -> None:
    scores = {"a": Score(20.0, 0.8), "b": Score(float("inf"), 1.0)}
    assert average(find_protocol("y-prenet"), scores).psnr_db == float("inf")
    rescan = average(find_protocol("rgb-rescan"), scores)
    assert rescan.psnr_db == pytest.approx(20 + 10 * np.log10(2), abs=1e-9)
    perfect = {"b": Score(float("inf"), 1.0)}
    assert average(find_protocol("rgb-rescan"), perfect) == (float("inf"), 1.0)


def test_an_average_of_nothing_is_refused() -> None:
    with pytest.raises(ProtocolError, match="at least one image's score under y-prenet"):
        average(find_protocol("y-prenet"), {})


def test_real_rain_scores_what_was_measured_before(data: Path) -> None:
    """Five images of Rain100L against per-image values that another program printed."""
    table = data / "manifests" / "rain100l_input_metrics.tsv"
    if not (table.is_file() and (data / "rain100l" / "rainy").is_dir()):
        pytest.skip("RAINBENCH_DATA holds no rain100l with its manifest")
    with table.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if "rain-" in row["file"]]
    for row in rows[:: len(rows) // 5][:5]:
        rainy = read_pixels(data / "rain100l" / "rainy" / row["file"])
        clean = read_pixels(data / "rain100l" / "norain" / f"no{row['file']}")
        scores = Comparison(to_image(rainy), clean).score_all()
        assert scores["y-prenet"] == pytest.approx(
            (float(row["psnr_Yfloat"]), float(row["ssim_Yfloat"])), abs=1e-6
        )
        assert scores["y-restormer"] == pytest.approx(
            (float(row["psnr_Yround"]), float(row["ssim_Yround"])), abs=1e-4
        )
        assert scores["rgb-gauss"].psnr_db == pytest.approx(float(row["psnr_RGB"]), abs=1e-6)
