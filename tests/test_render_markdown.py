"""Markdown: hostile words stand for themselves, numbers keep their protocol."""

import math

import pytest
from markdown_it import MarkdownIt

from rainbench import Column, Figure, Measurement, Note, Series, Table
from rainbench.render import render
from rainbench.render.markdown import escape

HOSTILE = [
    "a|b",
    "`code` and ``more``",
    "*bold* _it_ **b** __b__ ~~gone~~",
    "# heading",
    "- item",
    "+ item",
    "1. item",
    "2) item",
    "> quote",
    "---",
    "===",
    "<script>alert(1)</script>",
    "<!-- gone -->",
    "&lt;b&gt; & &amp; &#35;",
    "a<b>c</b> <? ?> <!DOCTYPE x> <https://a.b> <",
    "AT&T &",
    "-",
    "+ ",
    "- - -",
    "--",
    "1.",
    "=",
    "[text](javascript:alert(1))",
    "![image](x.png)",
    "\\",
    "\\\\|",
    "two\n\nparagraphs | and a pipe",
    "msfm.no_dense",
    "_x_",
    "$x$",
]


def plain(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("words", HOSTILE)
def test_a_hostile_note_reads_as_it_was_written(words: str) -> None:
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(render([Note(words)], "markdown"))
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    children = tokens[1].children or []
    assert {child.type for child in children} <= {"text", "text_special"}
    assert "".join(child.content for child in children) == plain(words)


@pytest.mark.parametrize("words", HOSTILE)
def test_a_hostile_name_stays_in_its_cell(words: str) -> None:
    columns = (Column(title=words), Column(title="b"))
    text = render([Table(title=words, columns=columns, rows=((words, words),))], "markdown")
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    cells = [
        tokens[i + 1] for i, token in enumerate(tokens) if token.type in ("th_open", "td_open")
    ]
    spoken = ["".join(child.content for child in cell.children or []) for cell in cells]
    assert spoken == [plain(words), "b", plain(words), plain(words)]


def test_what_one_types_stays_what_one_reads() -> None:
    for words in (
        "msfm.no_dense@rain1400:layers=6",
        "p < 0.05 & 0.05 dB",
        "27.08 dB in table 2",
        "+0.30 levels",
        "-0.83 levels",
        "--json > FILE",
    ):
        assert escape(words) == words


def test_a_score_stands_beside_its_count_its_marks_and_its_protocol() -> None:
    score = Measurement(
        psnr_db=26.904, ssim=0.84123, protocol="y-prenet", dataset="rain800", release="halves",
        split="test", images=28, of=100, marks=("incomplete", "cross-dataset"),
    )  # fmt: skip
    column = Column(title=score.data, unit="PSNR (dB) / SSIM, y-prenet", align="right")
    table = Table(title="t", columns=(Column(title="method"), column), rows=(("msfm", score),))
    title, _, heading, rule, row = render([table], "markdown").splitlines()
    assert title == "**t**"
    assert "rain800 (halves), PSNR (dB) / SSIM, y-prenet" in heading
    assert rule.endswith("-:|")
    assert "26.90 / 0.8412 (28/100, incomplete, cross-dataset)" in row


def test_numbers_without_end_and_cells_without_anything_have_a_sign() -> None:
    columns = (Column(title="a"), Column(title="b"), Column(title="c", decimals=1))
    text = render([Table(title="t", columns=columns, rows=(("x", None, math.inf),))], "markdown")
    assert text.splitlines()[-1].split() == ["|", "x", "|", "-", "|", "inf", "|"]


def test_a_table_without_rows_still_has_its_heading() -> None:
    text = render([Table(title="t", columns=(Column(title="method"),), rows=())], "markdown")
    assert "| method" in text


def test_a_figure_becomes_its_points() -> None:
    figure = Figure(title="f", x="latency (ms)", y="PSNR (dB)", series=(Series("m", ((1.5, 30),)),))
    assert "latency (ms)" in render([figure], "markdown")
    assert "1.50" in render([figure], "markdown")
