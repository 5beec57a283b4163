"""How a method's images spread, and what became of the input."""

from collections.abc import Mapping
from dataclasses import replace
from math import inf

import pytest

from rainbench import Evidence, Note, PixelErrors, Result, Table
from rainbench.metrics.pixel_error import RegionError
from rainbench.registry import find_report
from tests.test_difference import image, result

INPUT = result("rainy", *(image(n, 20.0 + n) for n in range(40)))
GAINS = [-2.0, -1.0, *[3.0] * 38]
METHOD = result("msfm", *(image(n, 20.0 + n + GAINS[n]) for n in range(40)))


def made(*results: Result, **fields: Mapping[str, Result]) -> tuple[list[Table], str]:
    evidence = Evidence(protocol="y-prenet", results=results, **fields)  # type: ignore[arg-type]
    blocks = find_report("errors").make(evidence)
    notes = " ".join(block.text for block in blocks if isinstance(block, Note))
    return [block for block in blocks if isinstance(block, Table)], notes


def test_gains_and_images_made_worse_are_against_the_same_input() -> None:
    [table], _ = made(INPUT, METHOD)
    rainy, msfm = table.rows
    assert rainy == ("rainy", "40/40", 21.0, 20.0, "000", None, None, None, None, None)
    assert msfm == ("msfm", "40/40", 20.0, 18.0, "000", 111 / 40, -2.0, 5.0, 5.0, None)


def test_images_without_their_input_are_left_out_and_said() -> None:
    [table], notes = made(replace(INPUT, images=INPUT.images[10:]), METHOD)
    assert table.rows[1][5:8] == (3.0, 3.0, 0.0)
    assert "msfm on rain100l (original): gains are over the 30 of 40 images" in notes


def test_without_the_input_there_is_no_gain_and_the_report_says_why() -> None:
    [table], notes = made(METHOD)
    assert table.rows[0][5:9] == (None, None, None, None)
    assert "run --method rainy too" in notes


def test_a_picture_restored_exactly_leaves_no_mean_gain() -> None:
    exact = replace(METHOD.images[0], psnr_db=inf)
    [table], _ = made(INPUT, replace(METHOD, images=(exact, *METHOD.images[1:])))
    assert table.rows[1][5:8] == (None, None, 2.5)


def test_what_must_be_known_of_a_row_stands_in_its_cell_and_is_explained() -> None:
    leaking = replace(
        METHOD.measurement, marks=("cross-dataset", "from 8-bit"), overlap="seen 13/40"
    )
    [table], notes = made(INPUT, replace(METHOD, measurement=leaking))
    assert table.rows[1][-1] == "seen 13/40, cross-dataset, from 8-bit"
    for said in ("seen: so many of", "cross-dataset: the weights", "from 8-bit: scored"):
        assert said in notes


def erring(result: Result, *errors: PixelErrors) -> Result:
    """Let the first images say where their errors lie."""
    said = tuple(replace(i, errors=e) for i, e in zip(result.images, errors, strict=False))
    return replace(result, images=(*said, *result.images[len(said) :]))


# Squared errors of 65.025 and 650.25 are 30 and 20 dB.
DARK = PixelErrors(RegionError(30, 65.025, -4.0), RegionError(70, 650.25, -1.0))
FREE = PixelErrors(RegionError(0, 0.0, 0.0), RegionError(100, 65.025, 2.0))


def test_errors_on_rain_and_elsewhere_are_averaged_over_the_images_that_have_any() -> None:
    _, table = made(INPUT, erring(METHOD, DARK, FREE))[0]
    [row] = table.rows
    assert row[:2] == ("msfm", "2/40")
    assert row[2:] == pytest.approx((15, 30, 25, (-1.9 + 2) / 2, -4, 0.5))


def test_what_is_left_of_clean_pictures_stands_beside() -> None:
    clean = erring(replace(METHOD, run_id="c"), FREE)
    score = replace(clean.measurement, psnr_db=40.0, ssim=0.99, images=30)
    on_clean = {METHOD.run_id: replace(clean, measurement=score)}
    tables, notes = made(INPUT, METHOD, on_clean=on_clean)
    assert tables[1].rows == (("msfm", score, 2.0),)
    assert "by more than 8 levels of 255" in notes
    assert "rainy on rain100l (original), msfm on rain100l (original). Run the same" in notes


def test_the_input_errs_nowhere_where_there_is_no_rain() -> None:
    exact = PixelErrors(RegionError(50, 65.025, 8.0), RegionError(50, 0.0, 0.0))
    _, table = made(erring(INPUT, exact))[0]
    assert table.rows[0][3:5] == (30.0, inf)
