"""CSV: one row a cell, formulas disarmed, numbers left alone."""

import csv
import io
import math

import pytest

from rainbench import Column, Measurement, Note, Table
from rainbench.evidence.evidence import UnseenMean
from rainbench.render import render
from rainbench.report import Block, Emphasis

SCORE = Measurement(
    psnr_db=26.90412,
    ssim=0.841236,
    protocol="y-prenet",
    dataset="rain800",
    release="halves",
    split="train",
    images=28,
    of=700,
    marks=("incomplete", "from 8-bit"),
    overlap="seen 3/28",
    unseen=UnseenMean(psnr_db=25.5, ssim=0.8, images=25),
)


def lines_of(*blocks: Block) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(render(blocks, "csv"))))


def test_each_score_is_a_line_with_its_protocol() -> None:
    columns = (Column(title="method"), Column(title=SCORE.data))
    table = Table(
        title="t", columns=columns, rows=(("msfm", SCORE),),
        emphasis=(Emphasis(row=0, column=1, psnr="tied"),),
    )  # fmt: skip
    [line] = lines_of(table)
    assert line == {
        "table": "t",
        "method": "msfm",
        "column": "rain800:train (halves)",
        "value": "",
        "protocol": "y-prenet",
        "dataset": "rain800",
        "release": "halves",
        "split": "train",
        "psnr_db": "26.9041",
        "ssim": "0.841236",
        "images": "28",
        "of": "700",
        "marks": "incomplete; from 8-bit",
        "overlap": "seen 3/28",
        "unseen_psnr_db": "25.5000",
        "unseen_ssim": "0.800000",
        "psnr_stands": "not distinguishable from the best",
        "ssim_stands": "",
        "printed_in": "",
    }


@pytest.mark.parametrize(
    "words", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\x00=1", "\uff1d1", ' "=1"']
)
def test_no_words_are_a_formula(words: str) -> None:
    columns = (Column(title=words), Column(title=words))
    table = Table(title=words, columns=columns, rows=((words, words),))
    rows = list(csv.reader(io.StringIO(render([table, Note(words)], "csv"))))
    assert not any(cell.startswith(tuple("=+-@\uff1d")) for row in rows for cell in row)


def test_numbers_below_zero_stay_numbers() -> None:
    columns = (Column(title="a"), Column(title="b"), Column(title="c"))
    table = Table(title="t", columns=columns, rows=(("x", -1.5, -3),))
    assert [line["value"] for line in lines_of(table)] == ["-1.50", "-3"]


def test_commas_quotes_and_line_breaks_stay_in_their_cell() -> None:
    columns = (Column(title="a"), Column(title="b"))
    [line] = lines_of(Table(title="t", columns=columns, rows=(('x, "y"\nz', math.inf),)))
    assert (line["a"], line["value"]) == ('x, "y" z', "inf")


def test_a_key_may_be_called_like_a_column_of_ours() -> None:
    columns = (Column(title="value"), Column(title="b"))
    [line] = lines_of(Table(title="t", columns=columns, rows=(("mine", 1),)))
    assert (line["value of the row"], line["value"]) == ("mine", "1")


def test_tables_with_other_keys_share_one_heading() -> None:
    first = Table(title="1", columns=(Column(title="a"), Column(title="x")), rows=(("p", 1),))
    other = Table(title="2", columns=(Column(title="b"), Column(title="x")), rows=(("q", 2),))
    one, two = lines_of(first, other)
    assert (one["a"], one["b"], two["a"], two["b"]) == ("p", "", "", "q")


def test_lines_end_in_a_bare_line_feed() -> None:
    assert "\r" not in render([Note("words")], "csv")


def test_notes_are_left_to_readers() -> None:
    assert lines_of(Note("words")) == []


def test_cells_without_anything_have_no_line() -> None:
    columns = (Column(title="a"), Column(title="b"), Column(title="c"))
    [line] = lines_of(Table(title="t", columns=columns, rows=(("x", None, 1),)))
    assert (line["column"], line["value"]) == ("c", "1")
