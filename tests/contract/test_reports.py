"""What every report on the shelf must do, whatever it shows."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from rainbench import MARKS, Evidence, Measurement, Result, Table
from rainbench.evidence.published import published_numbers
from rainbench.registry import entries, find_report
from rainbench.render import FORMATS, render
from tests.test_difference import LOW

SCORE = Measurement(
    psnr_db=32.614,
    ssim=0.95123,
    protocol="y-restormer",
    dataset="rain100l",
    release="original",
    split="test",
    images=100,
    of=100,
)

# Whose first table of a dataset says of each row what the next says nothing new about.
ALSO_SAID = {"errors", "significance"}


def result(label: str, score: Measurement, **fields: object) -> Result:
    made = Result(
        label=label,
        title=label.upper(),
        parameters=35173,
        trained_on="rain100l:train",
        run_id="0" * 12,
        measurement=score,
    )
    return replace(made, **fields)  # type: ignore[arg-type]


EVIDENCE = Evidence(
    protocol="y-restormer",
    results=(
        result("lp", SCORE, parameters=None, trained_on=None),
        result("msfm", SCORE),
        result("msfm", replace(SCORE, dataset="rain100h", marks=("cross-dataset",))),
        result("msfm", replace(SCORE, release="480x320", psnr_db=float("inf"))),
        result("msfm", replace(SCORE, images=28, marks=("incomplete",)), difference="layers=6"),
        result("prenet", replace(SCORE, split="train"), trained_on="not stated"),
        result("=\x1b[31m|_%\\ {", SCORE, title="</td>`\n$&#~^}"),
    ),
    published=(
        replace(published_numbers()[0], method="=\x1b[31m|_%\\ {", key="</td>`\n$&#~^}"),
        *published_numbers(),
    ),
    unscored=("lp on toy: no image of 10 is scored under y-restormer.",),
)


def names() -> Iterable[str]:
    return entries("reports")


def test_there_is_a_report() -> None:
    assert "table" in names()


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("style", FORMATS)
def test_a_report_renders_in_every_format_without_a_control_character(
    name: str, style: str
) -> None:
    text = render(find_report(name).make(EVIDENCE), style)
    assert text.endswith("\n")
    assert not [letter for letter in text if ord(letter) < 32 and letter != "\n"]


@pytest.mark.parametrize("name", names())
def test_a_report_of_nothing_renders_too(name: str) -> None:
    for style in FORMATS:
        assert render(find_report(name).make(Evidence(protocol="y-prenet")), style)


@pytest.mark.parametrize("name", names())
def test_a_report_is_a_function_of_its_evidence(name: str) -> None:
    make = find_report(name).make
    assert render(make(EVIDENCE), "json") == render(make(EVIDENCE), "json")


@pytest.mark.parametrize("name", names())
def test_every_table_of_scores_names_its_protocol_in_title_or_heading(name: str) -> None:
    for block in find_report(name).make(EVIDENCE):
        if isinstance(block, Table) and block.protocol:
            heads = [block.title, *(column.unit for column in block.columns)]
            assert any("y-restormer" in head for head in heads)


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("style", FORMATS)
def test_a_table_that_shows_a_run_says_in_it_what_must_be_known_of_the_run(
    name: str, style: str
) -> None:
    marks = tuple(mark for mark in MARKS if mark not in ("unseen", "seen", "overlap"))
    odd = replace(SCORE, protocol="y-prenet", marks=marks, overlap="seen 13/100", images=28)
    images = tuple(replace(image, psnr_db=25.0) for image in LOW.images)
    runs = (
        result("odd-row", odd, images=images, run_id="1" * 12),
        result("even-row", replace(odd, marks=(), overlap="unseen"), images=LOW.images),
    )
    evidence = Evidence(protocol="y-prenet", results=runs, under={"y-prenet": runs})
    tables = [b for b in find_report(name).make(evidence) if isinstance(b, Table)]
    shown = [table for table in tables if "odd-row" in str(table.rows)]
    for table in shown if name not in ALSO_SAID else shown[:1]:
        text = render([table], style).replace("{-}", "-")
        assert not [said for said in (*marks, "seen 13/100") if said not in text]


def plain_table() -> Table:
    [table] = [b for b in find_report("table").make(EVIDENCE) if isinstance(b, Table)]
    return table


def test_the_plain_report_is_methods_by_datasets() -> None:
    table = plain_table()
    assert [column.title for column in table.columns] == [
        "method",
        "parameters",
        "trained on",
        "rain100h (original)",
        "rain100l (480x320)",
        "rain100l (original)",
        "rain100l:train (original)",
    ]
    assert [row[:3] for row in table.rows][:4] == [
        ("lp", None, None),
        ("msfm", 35173, "rain100l:train"),
        ("msfm (layers=6)", 35173, "rain100l:train"),
        ("prenet", 35173, "not stated"),
    ]


def test_the_plain_report_says_beside_a_number_what_it_is_of() -> None:
    text = render(find_report("table").make(EVIDENCE), "markdown")
    rows = {line.split("|")[1].strip(): line for line in text.splitlines() if "|" in line}
    assert "32.61 / 0.9512 (100/100, cross-dataset)" in rows["msfm"]
    assert "inf / 0.9512 (100/100)" in rows["msfm"]
    assert "32.61 / 0.9512 (28/100, incomplete)" in rows["msfm (layers=6)"]
    assert "cross-dataset: the weights were trained on other data than these." in text
    assert "lp on toy: no image of 10 is scored under y-restormer." in text
