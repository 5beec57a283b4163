"""Published numbers: read strictly, and set beside measured ones only where they compare."""

from dataclasses import replace

import pytest

from rainbench import Evidence, Measurement, Published, Result, Table, find_report
from rainbench.errors import PluginError, UnknownNameError
from rainbench.evidence.published import cite, published_numbers, read_published
from rainbench.evidence.published_method import with_methods
from rainbench.registry import entries
from rainbench.render import render, render_report

SOURCE = """
[[source]]
key = "A"
cited = "A et al."
protocol = "y-prenet"
notes = ["Of A."]
[[source.table]]
place = "table 1"
columns = [
  { data = "rain100l", release = "original", called = "Rain100L" },
  { data = "rain200l", release = "2018", called = "Rain100L", protocol = "not stated" },
]
rows = [{ method = "N", words = "prenet", weights = ["w", ""], scores = ["37.48/0.979", "/0.98"] }]
"""

SCORE = Measurement(
    psnr_db=37.5, ssim=0.9792, protocol="y-prenet", dataset="rain100l", release="original",
    split="test", images=100, of=100,
)  # fmt: skip


def one(**fields: object) -> Published:
    return replace(read_published(SOURCE, "here")[0], **fields)  # type: ignore[arg-type]


def measured(**fields: object) -> Result:
    result = Result(
        label="prenet@w", title="PReNet", parameters=1, trained_on="rain100l:train",
        run_id="0" * 12, measurement=SCORE, method="prenet", settings={"stages": 6},
    )  # fmt: skip
    return replace(result, **fields)  # type: ignore[arg-type]


def compare(number: Published, result: Result) -> tuple[object, ...]:
    """What the report says beside the number: with what, PSNR, SSIM, remark."""
    evidence = Evidence(
        protocol="y-prenet", results=(result,), under={"y-prenet": (result,)},
        published=(number,), settings={"prenet": {"stages": 6}},
    )  # fmt: skip
    [table] = [b for b in find_report("published").make(evidence) if isinstance(b, Table)]
    [row] = table.rows
    return row[3:]


def test_a_number_has_its_data_protocol_training_and_digits() -> None:
    first, second = read_published(SOURCE, "here")
    assert (first.data, first.protocol, first.trained_on) == (
        "rain100l (original)", "y-prenet", "rain100l:train",
    )  # fmt: skip
    assert (first.psnr_db, first.ssim, first.ssim_decimals, first.weights) == (37.48, 0.979, 3, "w")
    assert (second.psnr_db, second.protocol) == (None, "not stated")


@pytest.mark.parametrize(
    ("good", "bad", "why"),
    [
        ('key = "A"', 'kye = "A"', "kye"),
        ('protocol = "y-prenet"', 'protocol = "y-prenett"', "did you mean y-prenet"),
        ("37.48/0.979", "37.48 0.979", "PSNR/SSIM"),
        ("37.48/0.979", "/", "PSNR/SSIM"),
        ('"37.48/0.979", "/0.98"', '"37.48/0.979"', "2 scores"),
        ('weights = ["w", ""]', 'weights = ["w"]', "2 scores"),
        ('release = "2018"', "release = 2018", "a text as 'release'"),
        ("[[source]]", "[[source", "TOML"),
        ('notes = ["Of A."]', 'notes = "Of A."', "a list of texts"),
    ],
)
def test_whatever_is_not_in_the_form_is_refused(good: str, bad: str, why: str) -> None:
    assert good in SOURCE
    with pytest.raises((PluginError, UnknownNameError), match=why):
        read_published(SOURCE.replace(good, bad), "here")


def test_no_number_of_the_file_is_there_twice() -> None:
    places = [(n.key, n.place, n.method, n.data) for n in published_numbers()]
    assert len(places) == len(set(places))


def test_the_file_names_methods_and_weights_that_there_are() -> None:
    numbers = [n for n in published_numbers() if n.words]
    known = with_methods(Evidence(protocol="y-prenet"), numbers).settings
    assert all(known[words] is not None for words in known)
    assert {n.words for n in numbers} - set(known) <= {"lp", "dsc"} - set(entries("methods"))


def test_the_disagreements_are_there() -> None:
    default = {n.psnr_db for n in published_numbers() if (n.key, n.words) == ("MSFM", "msfm")}
    assert default == {27.08, 27.01}
    assert all("27.08" in n.notes[0] for n in published_numbers() if n.psnr_db == 27.01)


def test_a_difference_needs_the_same_data_protocol_and_weights() -> None:
    name, psnr, ssim, remark = compare(one(), measured())
    assert (name, remark) == ("PReNet (prenet@w), y-prenet", None)
    assert psnr == pytest.approx(0.02)
    assert ssim == pytest.approx(0.0002)


@pytest.mark.parametrize(
    ("number", "result", "why"),
    [
        (one(protocol="not stated"), measured(), "its protocol is not stated"),
        (one(protocol="y-prenet of JPEG"), measured(), "protocol y-prenet of JPEG"),
        (one(protocol="rgb-gauss"), measured(), "no image is scored under rgb-gauss"),
        (one(release="rain13k"), measured(), "measured on rain100l"),
        (one(), measured(label="prenet@v"), "other weights than w"),
        (one(weights=""), measured(trained_on="x"), "trained on: x"),
        (one(), measured(measurement=replace(SCORE, images=28)), "28/100 images"),
        (one(), measured(measurement=replace(SCORE, marks=("other pixels",))), "other pixels"),
        (one(), measured(settings={"stages": 5}), "not measured"),
        (one(words=""), measured(), "not measured"),
    ],
)
def test_else_the_reason_is_said(number: Published, result: Result, why: str) -> None:
    *_, psnr, ssim, remark = compare(number, result)
    assert (psnr, ssim) == (None, None)
    assert why in str(remark)


def test_a_source_is_cited_once_with_what_must_be_known() -> None:
    assert cite([one(), one(notes=("Mind.",))]) == ("A: A et al.; table 1. Of A. Mind.",)


@pytest.mark.parametrize(
    ("style", "words"),
    [
        ("markdown", "*37.48 / 0.979* (A, y-prenet)"),
        ("latex", r"\emph{37.48 / 0.979}\\\scriptsize A\\\scriptsize y{-}prenet"),
        ("csv", 'y-prenet,rain100l,original,,37.48,0.979,,,,"A, table 1"'),
        ("json", '"psnr_db": 37.48'),
    ],
)
def test_a_published_number_is_told_from_a_measured_one(style: str, words: str) -> None:
    evidence = Evidence(protocol="y-prenet", published=(one(),))
    assert words in render(find_report("published").make(evidence), style)


def test_nothing_needs_to_be_measured_to_print_what_was_published() -> None:
    text = render_report("published", "no such folder", datasets=["rain100l"])
    assert "*37.48 / 0.979* (PReNet README, y-prenet)" in text
    assert "rain200l (2018), called Rain100L" in text
    with pytest.raises(UnknownNameError, match="rain100l"):
        render_report("published", "no such folder", datasets=["rain100k"])
