"""How a method's images spread, and what became of the input."""

from dataclasses import replace
from math import inf

from rainbench import Evidence, Note, Result, Table
from rainbench.registry import find_report
from tests.test_difference import image, result

INPUT = result("rainy", *(image(n, 20.0 + n) for n in range(40)))
GAINS = [-2.0, -1.0, *[3.0] * 38]
METHOD = result("msfm", *(image(n, 20.0 + n + GAINS[n]) for n in range(40)))


def made(*results: Result) -> tuple[list[Table], str]:
    blocks = find_report("errors").make(Evidence(protocol="y-prenet", results=results))
    notes = " ".join(block.text for block in blocks if isinstance(block, Note))
    return [block for block in blocks if isinstance(block, Table)], notes


def test_gains_and_images_made_worse_are_against_the_same_input() -> None:
    [table], _ = made(INPUT, METHOD)
    rainy, msfm = table.rows
    assert rainy == ("rainy", "40/40", 21.0, 20.0, "000", None, None, None, None)
    assert msfm == ("msfm", "40/40", 20.0, 18.0, "000", 111 / 40, -2.0, 5.0, 5.0)


def test_images_without_their_input_are_left_out_and_said() -> None:
    [table], notes = made(replace(INPUT, images=INPUT.images[10:]), METHOD)
    assert table.rows[1][5:8] == (3.0, 3.0, 0.0)
    assert "msfm on rain100l (original): gains are over the 30 of 40 images" in notes


def test_without_the_input_there_is_no_gain_and_the_report_says_why() -> None:
    [table], notes = made(METHOD)
    assert table.rows[0][5:] == (None, None, None, None)
    assert "run --method rainy too" in notes


def test_a_picture_restored_exactly_leaves_no_mean_gain() -> None:
    exact = replace(METHOD.images[0], psnr_db=inf)
    [table], _ = made(INPUT, replace(METHOD, images=(exact, *METHOD.images[1:])))
    assert table.rows[1][5:8] == (None, None, 2.5)
