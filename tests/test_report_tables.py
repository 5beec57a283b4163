"""The paper's tables made anew, the matrix of training and test sets, and all protocols at once."""

import shutil
import subprocess
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from rainbench import Evidence, Measurement, Published, Result, Table, find_report
from rainbench.evidence.evidence import UnseenMean
from rainbench.evidence.published import published_numbers
from rainbench.evidence.published_method import with_methods
from rainbench.render import render

SCORE = Measurement(
    psnr_db=30.0, ssim=0.9, protocol="y-prenet", dataset="rain200h", release="2018",
    split="test", images=200, of=200,
)  # fmt: skip
BARE = with_methods(
    Evidence(protocol="y-prenet", published=published_numbers()), published_numbers()
)


def result(words: str, psnr_db: float, **fields: object) -> Result:
    made = Result(
        label=words, title=words.upper(), parameters=1, trained_on="rain200h:train",
        run_id=f"{words}{psnr_db}", measurement=replace(SCORE, psnr_db=psnr_db),
        method=words.partition(".")[0], settings=BARE.settings[words],
    )  # fmt: skip
    return replace(made, **fields)  # type: ignore[arg-type]


def tables(name: str, evidence: Evidence) -> list[Table]:
    return [b for b in find_report(name).make(evidence) if isinstance(b, Table)]


def row(table: Table, key: str) -> dict[str, object]:
    [found] = [r for r in table.rows if key in str(r[0])]
    return {column.title: cell for column, cell in zip(table.columns, found, strict=True)}


def test_table1_keeps_the_papers_order_and_counts_parameters() -> None:
    [table] = tables("table1", BARE)
    assert [column.title for column in table.columns][1:] == [
        "DSC", "LP", "DDN", "JORDER", "RESCAN", "DID", "Ours light", "Ours", "PReNet", "SPANet",
    ]  # fmt: skip
    counts = row(table, "parameters")
    assert (counts["DID"], counts["Ours light"], counts["Ours"]) == (372839, 16843, 35173)


def test_table1_cites_the_paper_for_what_its_text_prints_and_nothing_else() -> None:
    [table] = tables("table1", BARE)
    printed = [cell for r in table.rows for cell in r if isinstance(cell, Published)]
    of_paper = {(n.words, n.data) for n in printed if n.key == "MSFM"}
    assert of_paper == {("msfm", "rain200h (2018)"), ("msfm.light", "rain200h (2018)")}
    assert row(table, "Rain1400")["Ours"] is None


def test_table1_takes_a_published_value_of_its_own_protocol_first() -> None:
    sources = {}
    for protocol in ("y-prenet", "rgb-gauss"):
        cell = row(tables("table1", replace(BARE, protocol=protocol))[0], "Rain100H")["DDN"]
        assert isinstance(cell, Published)
        sources[protocol] = cell.key
    assert sources == {"y-prenet": "RecDerain", "rgb-gauss": "derain-toolbox"}


def test_table1_holds_weights_of_that_datasets_training_split_alone() -> None:
    inside = result("ddn", 31.0)
    outside = result("rescan", 32.0, trained_on="rain100h:train")
    [table] = tables("table1", replace(BARE, results=(inside, outside)))
    heavy = row(table, "Rain100H")
    assert heavy["DDN"] == inside.measurement
    assert isinstance(heavy["RESCAN"], Published)


@pytest.mark.parametrize(("number", "count"), [(2, 4), (3, 9), (4, 9)])
def test_the_papers_parameter_counts_are_ours(number: int, count: int) -> None:
    [table] = tables(f"table{number}", BARE)
    counted = [(r[2], r[3]) for r in table.rows]
    assert len(counted) == count
    assert all(printed == here for printed, here in counted)
    words = render(find_report(f"table{number}").make(BARE), "markdown")
    assert f"All {count} printed parameter counts equal those of the networks here." in words


def test_the_printed_counts_are_those_of_the_golden_file() -> None:
    golden = tomllib.loads(Path(__file__, "../golden/parameters.toml").resolve().read_text("utf-8"))
    counts = {entry["count"] for entry in golden["msfm"] if entry["source"].startswith("paper")}
    assert {n.parameters for n in published_numbers() if n.parameters} == counts


def test_a_count_that_differs_is_said() -> None:
    wrong = [replace(n, parameters=1) if n.words == "msfm" else n for n in published_numbers()]
    words = render(find_report("table2").make(replace(BARE, published=tuple(wrong))), "markdown")
    assert "Printed and counted parameters differ in: Ours." in words


def test_seeds_are_averaged_and_their_spread_is_shown() -> None:
    results = (
        result("msfm", 27.0),
        result("msfm", 27.5),
        result("msfm", 20.0, trained_on="rendered rain"),
    )
    [table] = tables("table2", replace(BARE, results=results))
    ours = row(table, "Ours")
    mean = ours["a: rain200h (2018)"]
    assert isinstance(mean, Measurement)
    assert mean.psnr_db == pytest.approx(27.25)
    assert (ours["a: runs"], ours["a: spread"]) == (2, 0.5)
    assert row(table, "Single")["a: rain200h (2018)"] is None
    assert ours["b: rain200h (2018)"] == results[2].measurement
    assert "b: runs" not in ours  # nothing is repeated there
    words = render(find_report("table2").make(replace(BARE, results=results)), "markdown")
    assert "a: measured on rain200h (2018), trained on rain200h:train.\n" in words
    assert "b: measured on rain200h (2018), trained on rendered rain. One run a row" in words


def test_table1_takes_the_run_over_most_images_and_says_of_how_many() -> None:
    part = result("ddn", 35.0, label="a", measurement=replace(SCORE, psnr_db=35.0, images=28))
    whole = result("ddn", 31.0, label="b")
    for runs in ((part, whole), (whole, part)):
        [table] = tables("table1", replace(BARE, results=runs))
        assert row(table, "Rain100H")["DDN"] == whole.measurement
    [table] = tables("table1", replace(BARE, results=(part,)))
    assert "35.00 / 0.9000 (28/200)" in render([table], "markdown")


def test_the_mean_of_seeds_brings_the_mean_of_what_each_has_not_seen() -> None:
    def leaking(psnr_db: float, unseen: UnseenMean | None, overlap: str) -> Result:
        return result(
            "msfm", psnr_db,
            measurement=replace(SCORE, psnr_db=psnr_db, unseen=unseen, overlap=overlap),
        )  # fmt: skip

    def mean(*runs: Result) -> Measurement:
        [table] = tables("table2", replace(BARE, results=runs))
        found = row(table, "Ours")["a: rain200h (2018)"]
        assert isinstance(found, Measurement)
        return found

    one, two = (UnseenMean(psnr_db=psnr, ssim=0.8, images=87) for psnr in (25.0, 26.0))
    both = mean(leaking(27, one, "seen 113/200"), leaking(28, two, "seen 113/200"))
    assert both.unseen == UnseenMean(psnr_db=25.5, ssim=0.8, images=87)
    assert both.overlap == "seen 113/200"
    odd = mean(leaking(27, one, "seen 113/200"), leaking(28, None, "overlap unknown"))
    assert odd.unseen is None
    assert odd.overlap == "seen 113/200 or overlap unknown"


def test_protocols_says_of_a_row_what_was_seen() -> None:
    one = result("ddn", 30.0, measurement=replace(SCORE, marks=("incomplete",), overlap="seen 3/9"))
    psnr, _ = tables("protocols", Evidence(protocol="y-prenet", under={"y-prenet": (one,)}))
    assert psnr.rows[0][1] == "200/200; seen 3/9; incomplete"


def test_the_matrix_has_a_row_for_what_was_trained_on() -> None:
    other = replace(SCORE, dataset="rain200l")
    results = (
        result("ddn", 31.0),
        result("ddn", 29.0, measurement=other),
        result("ddn", 28.0, trained_on="rain200l:train"),
        result("rainy", 20.0, trained_on=None),
    )
    evidence = replace(BARE, results=results)
    matrix, floor = tables("generalisation", evidence)
    assert [r[0] for r in matrix.rows] == ["rain200h:train", "rain200l:train"]
    assert [cell is None for cell in matrix.rows[1][3:]] == [False, True]
    assert floor.title.startswith("Without training")


def test_all_protocols_stand_side_by_side_with_their_spread() -> None:
    one = result("ddn", 30.0)
    other = replace(one, measurement=replace(SCORE, protocol="rgb-gauss", psnr_db=28.5, ssim=0.8))
    under = {"y-prenet": (one,), "rgb-gauss": (other,)}
    psnr, ssim = tables("protocols", Evidence(protocol="y-prenet", results=(one,), under=under))
    assert psnr.rows == (("ddn", "200/200", 30.0, 28.5, 1.5),)
    assert ssim.rows[0][-1] == pytest.approx(0.1)


def test_no_spread_is_told_of_means_over_other_images() -> None:
    one = result("ddn", 30.0)
    part = replace(one, measurement=replace(SCORE, protocol="rgb-gauss", images=28))
    under = {"y-prenet": (one,), "rgb-gauss": (part,)}
    psnr, _ = tables("protocols", Evidence(protocol="y-prenet", results=(one,), under=under))
    assert psnr.rows[0][1] == "28/200, 200/200"
    assert psnr.rows[0][-1] is None


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_the_tables_compile_with_booktabs_alone(tmp_path: Path) -> None:
    evidence = replace(BARE, results=(result("ddn", 31.0), result("msfm", 27.0)))
    names = ("published", "table1", "table2", "table3", "table4", "generalisation", "claims")
    body = "\\clearpage\n".join(render(find_report(n).make(evidence), "latex") for n in names)
    head = "\\documentclass{article}\\usepackage{booktabs}\\begin{document}\n"
    (tmp_path / "t.tex").write_text(f"{head}{body}\\end{{document}}\n", encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "t.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="latin-1")
    assert done.returncode == 0, done.stdout[-3000:]
    log = (tmp_path / "t.log").read_text(encoding="latin-1")
    assert "Missing character" not in log
    assert "Float too large" not in log  # nothing runs off a page's foot
