"""What stands out in a table: measured means of one dataset, and nothing else."""

from dataclasses import replace

import pytest

from rainbench import (
    Cell,
    Column,
    Evidence,
    Measurement,
    Note,
    Result,
    Table,
    compare_results,
    find_report,
)
from rainbench.errors import UnknownNameError
from rainbench.evidence.emphasis import USUAL, emphasise
from rainbench.evidence.published import published_numbers
from rainbench.render import render
from rainbench.report import Block, Emphasis
from tests.test_difference import LOW, image

NOTHING = Evidence(protocol="y-prenet")
SCORE = Measurement(
    psnr_db=30.0, ssim=0.9, protocol="y-prenet", dataset="rain100l", release="original",
    split="test", images=100, of=100,
)  # fmt: skip


def table_of(*cells: Cell) -> Table:
    columns = (Column(title="method"), Column(title="score"))
    return Table(title="t", columns=columns, rows=tuple((f"m{n}", c) for n, c in enumerate(cells)))


def ranks(*cells: Cell) -> list[tuple[str, str]]:
    table = emphasise([table_of(*cells)], "field", NOTHING)[0]
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
    made = emphasise([table], "field", NOTHING)[0]
    assert isinstance(made, Table)
    assert [made.ranks(r, c) for r in (0, 1) for c in (1, 2)] == [
        ("", "best"), ("best", ""), ("best", "best"), ("", "best"),
    ]  # fmt: skip


def test_a_habit_that_is_none_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="field"):
        emphasise([], "feild", NOTHING)


def marked(*results: Result) -> tuple[list[tuple[str, str]], str]:
    """Rank results as `table` shows them; the legend comes last."""
    evidence = Evidence(protocol="y-prenet", results=results)
    cells = [each.measurement for each in results]
    table, *notes = emphasise([table_of(*cells)], USUAL, evidence)
    assert isinstance(table, Table)
    words = " ".join(note.text for note in notes if isinstance(note, Note))
    return [table.ranks(row, 1) for row in range(len(cells))], words


def known(result: Result, **fields: object) -> Result:
    """Let a result's measurement say whose it is and what its images average to."""
    images = replace(result, **fields).images  # type: ignore[arg-type]
    made = replace(
        result.measurement, run_ids=(result.run_id,), images=len(images), of=len(images),
        psnr_db=sum(i.psnr_db for i in images) / len(images),
        ssim=sum(i.ssim for i in images) / len(images),
    )  # fmt: skip
    return replace(result, images=images, measurement=made)


def named(label: str, *gains: float) -> Result:
    """Score 40 scenes: each image of LOW, better by the gains in turn."""
    images = tuple(
        image(n, low.psnr_db + gains[n // 2 % len(gains)]) for n, low in enumerate(LOW.images)
    )
    return known(replace(LOW, label=label, run_id=label, images=images))


def test_what_no_test_tells_from_the_best_carries_a_dagger() -> None:
    # Better than "even" by a hair and in two scenes of three; than "low" in every one.
    found, legend = marked(
        named("low", 0), named("best", 2.4, 1.7, 2.0), named("even", 1.9, 2.2, 1.95)
    )
    assert found == [("", ""), ("best", "best"), ("tied", "tied")]
    assert legend.startswith("Bold: the highest measured mean of its table. A dagger (†)")


def test_the_dagger_agrees_with_the_significance_report() -> None:
    rows = [named("a", 0.4, -0.3, 0.2), named("b", 0.2), named("c", 0.3, 0.0, 0.5), named("d", 0)]
    found, _ = marked(*rows)
    best = max(rows, key=lambda row: row.measurement.psnr_db).label
    told = {pair.second: pair.distinguishable for pair in compare_results(rows)
            if pair.first == best}  # fmt: skip
    expected = ["best" if r.label == best else "" if told[r.label] else "tied" for r in rows]
    assert [psnr for psnr, _ in found] == expected
    assert {"", "tied"} <= set(expected)


def test_what_cannot_be_compared_with_the_best_carries_a_dagger_and_says_why() -> None:
    strange = named("strange", 0)
    strange = known(
        strange, images=tuple(replace(i, clean_sha256="x") for i in strange.images)
    )  # fmt: skip
    found, legend = marked(strange, named("best", 2))
    assert found == [("tied", "tied"), ("best", "best")]
    assert "best and strange on rain100l (original): not compared, no image of the same" in legend


def test_a_mean_of_runs_that_are_not_at_hand_is_not_told_from_the_best() -> None:
    evidence = Evidence(protocol="y-prenet", results=(named("best", 2),))
    cells = (score(20, 0.2), evidence.results[0].measurement)
    table, note = emphasise([table_of(*cells)], USUAL, evidence)
    assert isinstance(table, Table)
    assert isinstance(note, Note)
    assert table.ranks(0, 1) == ("tied", "tied")
    assert "On rain100l (original) some images are not at hand" in note.text


def test_the_mean_of_several_seeds_is_compared_as_one_row() -> None:
    seeds = [
        replace(named(f"s{n}", 2 + n / 100), label="s", repeats="s", difference=f"seed {n}")
        for n in range(3)
    ]
    low = [replace(named(f"l{n}", n / 100), label="l", repeats="l") for n in range(3)]
    evidence = Evidence(protocol="y-prenet", results=(*seeds, *low))
    cells = [
        replace(
            row[0].measurement, run_ids=tuple(each.run_id for each in row),
            psnr_db=sum(each.measurement.psnr_db for each in row) / 3,
        )
        for row in (seeds, low)
    ]  # fmt: skip
    [table, _] = emphasise([table_of(*cells)], USUAL, evidence)
    assert isinstance(table, Table)
    assert [table.ranks(row, 1)[0] for row in (0, 1)] == ["best", ""]


def test_the_legend_stands_below_the_last_table_that_has_marks() -> None:
    rows = (named("low", 0), named("best", 2))
    shown = table_of(*(row.measurement for row in rows))
    blocks: list[Block] = [shown, shown, table_of(SCORE), Note("after")]
    evidence = Evidence(protocol="y-prenet", results=rows)
    kinds = [type(block).__name__ for block in emphasise(blocks, "field", evidence)]
    assert kinds == ["Table", "Table", "Note", "Table", "Note"]
    assert emphasise(blocks, "none", evidence) == blocks


@pytest.mark.parametrize("name", ["table", "generalisation"])
def test_reports_mark_the_best_by_default_in_every_format(name: str) -> None:
    rows = (
        replace(named("low", 0), title="M"),
        replace(named("best", 2), title="M"),
        replace(named("near", 1.4, 2.5, 2.05), title="M"),
    )
    evidence = Evidence(protocol="y-prenet", results=rows)
    blocks = emphasise(find_report(name).make(evidence), USUAL, evidence)
    near = rows[2].measurement.psnr_db
    assert f"{near:.2f}† / {near / 100:.4f}†" in render(blocks, "markdown")
    assert rf"{near:.2f}$^\dagger$ / {near / 100:.4f}$^\dagger$" in render(blocks, "latex")
    assert ",best,best\n" in render(blocks, "csv")
    assert '"psnr": "tied"' in render([*blocks], "json")


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
