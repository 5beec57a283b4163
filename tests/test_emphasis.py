"""What stands out in a table: measured means of one dataset, and nothing else."""

from dataclasses import replace

import pytest

from rainbench import Cell, Column, Measurement, Table
from rainbench.emphasis import emphasise
from rainbench.errors import UnknownNameError
from rainbench.published import published_numbers
from rainbench.render import render
from rainbench.report import Emphasis

SCORE = Measurement(
    psnr_db=30.0, ssim=0.9, protocol="y-prenet", dataset="rain100l", release="original",
    split="test", images=100, of=100,
)  # fmt: skip


def table_of(*cells: Cell) -> Table:
    columns = (Column(title="method"), Column(title="score"))
    return Table(title="t", columns=columns, rows=tuple((f"m{n}", c) for n, c in enumerate(cells)))


def ranks(*cells: Cell) -> list[tuple[str, str]]:
    [table] = emphasise([table_of(*cells)], "field")
    assert isinstance(table, Table)
    return [table.ranks(row, 1) for row in range(len(cells))]


def score(psnr_db: float, ssim: float, **fields: object) -> Measurement:
    return replace(SCORE, psnr_db=psnr_db, ssim=ssim, **fields)  # type: ignore[arg-type]


def test_the_best_and_the_second_are_found_for_each_figure_apart() -> None:
    found = ranks(score(30, 0.95), score(32, 0.90), score(31, 0.97))
    assert found == [("", "second"), ("best", ""), ("second", "best")]


def test_figures_that_read_alike_rank_alike() -> None:
    assert ranks(score(30.001, 0.9), score(30.002, 0.8))[0] == ("best", "best")
    assert ranks(score(30.001, 0.9), score(30.002, 0.8))[1] == ("best", "")


def test_two_have_no_second_and_one_has_nothing_to_beat() -> None:
    assert ranks(score(30, 0.9), score(31, 0.8)) == [("", "best"), ("best", "")]
    assert ranks(score(30, 0.9)) == [("", "")]


def test_parts_learnt_images_and_published_numbers_compete_with_nothing() -> None:
    aside = (
        score(40, 0.99, images=28),
        score(40, 0.99, marks=("trained on these images",)),
        replace(published_numbers()[0], psnr_db=50.0, ssim=1.0),
    )
    assert ranks(*aside, score(30, 0.9), score(29, 0.8)) == [
        *[("", "")] * 3, ("best", "best"), ("", ""),
    ]  # fmt: skip


def test_data_compete_apart() -> None:
    other = replace(SCORE, dataset="rain800")
    table = Table(
        title="t", data_in="rows", columns=tuple(Column(title=t) for t in "abc"),
        rows=(("x", SCORE, score(31, 0.8)), ("y", other, replace(other, psnr_db=20.0))),
    )  # fmt: skip
    [made] = emphasise([table], "field")
    assert isinstance(made, Table)
    assert [made.ranks(r, c) for r in (0, 1) for c in (1, 2)] == [
        ("", "best"), ("best", ""), ("best", "best"), ("", "best"),
    ]  # fmt: skip


def test_a_habit_that_is_none_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="field"):
        emphasise([], "feild")


@pytest.mark.parametrize(
    ("style", "words"),
    [
        ("markdown", ("**30.00** / <ins>0.9000</ins>", "30.00† / 0.9000")),
        ("latex", (r"\textbf{30.00} / \underline{0.9000}", r"30.00$^\dagger$ / 0.9000")),
    ],
)
def test_every_rank_is_drawn(style: str, words: tuple[str, ...]) -> None:
    best = Emphasis(row=0, column=1, psnr="best", ssim="second")
    marks = (best, Emphasis(row=1, column=1, psnr="tied"))
    text = render([replace(table_of(SCORE, SCORE), emphasis=marks)], style)
    assert all(each in text for each in words)
