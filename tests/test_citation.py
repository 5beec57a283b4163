"""What results must cite: entries that BibTeX reads, one a paper, and nothing made up."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

import rainbench
from rainbench import Paper, find_dataset, find_method
from rainbench.cli import main
from rainbench.evidence.citation import (
    UNNAMED,
    Citations,
    _entry,
    _with_own_keys,
    cite_results,
    suite_citation,
)
from rainbench.registry import entries
from rainbench.render.bibtex import render
from rainbench.runs.record import Header
from rainbench.runs.recorder import create_run
from tests.bibtex import read_bibtex
from tests.test_evidence import identity

PAPER = Paper(title="A Deep Rain Network", authors="Fu, de Melo, Li", venue="CVPR", year=2017)
ROOT = Path(__file__).parent.parent


def results_of(folder: Path, *runs: tuple[str, str]) -> Path:
    for method, dataset in runs:
        run = identity(method=method, dataset=dataset)
        create_run(folder / dataset, Header(run=run, label=method, title=method))
    return folder


def cited(*papers: Paper) -> dict[str, tuple[str, dict[str, str]]]:
    made = _with_own_keys(_entry(paper, ["method x"]) for paper in papers)
    return read_bibtex(render(Citations(tuple(made))))


def test_methods_and_datasets_of_the_results_are_cited_and_no_other(tmp_path: Path) -> None:
    results = results_of(
        tmp_path, ("prenet", "rain100l"), ("jorder", "rain100l"), ("jorder", "rain800"),
        ("restored:theirs", "rain800"), ("rainy", "rain100l"),
    )  # fmt: skip
    found = cite_results(results)
    assert [entry.of for entry in found.entries] == [
        ("the suite",), ("method jorder", "dataset rain100l"), ("method prenet",),
        ("dataset rain800",),
    ]  # fmt: skip
    assert found.without == (
        "method rainy: has no paper", "method restored:theirs: not installed here",
    )  # fmt: skip
    read = read_bibtex(render(found))
    assert read["ren2019progressive"] == (
        "inproceedings",
        {
            "author": "Ren and Zuo and Hu and Zhu and Meng",
            "title": "{Progressive Image Deraining Networks: A Better and Simpler Baseline}",
            "booktitle": "CVPR",
            "year": "2019",
        },
    )
    assert read["zhang2020image"][0] == "article"


def test_every_paper_on_the_shelves_makes_an_entry_that_reads() -> None:
    papers = [find_method(name).value.paper for name in entries("methods")]
    papers += [find_dataset(name).paper for name in entries("datasets")]
    known = dict.fromkeys(paper for paper in papers if paper is not None)
    assert len(cited(*known)) == len(known) > 15


@pytest.mark.parametrize(
    ("venue", "kind", "field"),
    [
        ("CVPR", "inproceedings", "booktitle"),
        ("IEEE Transactions on Image Processing", "article", "journal"),
        ("Multimedia Tools and Applications", "article", "journal"),
        ("arXiv:2206.05514", "misc", "howpublished"),
    ],
)
def test_a_venue_decides_the_kind(venue: str, kind: str, field: str) -> None:
    [(found, fields)] = cited(replace(PAPER, venue=venue)).values()
    assert (found, fields[field]) == (kind, venue)


def test_papers_of_one_key_get_a_letter() -> None:
    other = replace(PAPER, title="A Deep Haze Network")
    assert list(cited(PAPER, other)) == ["fu2017deep", "fu2017deepb"]


def test_what_is_not_known_is_not_made_up() -> None:
    [(key, (kind, fields))] = cited(replace(PAPER, authors=UNNAMED, year=None)).items()
    assert kind == "misc"  # which needs neither author nor year
    assert fields == {
        "title": "{A Deep Rain Network}",
        "key": key,
        "howpublished": "CVPR",
        "note": UNNAMED,
    }


def test_a_remark_is_no_title() -> None:
    paper = replace(PAPER, title="", authors=UNNAMED, year=None, remark="of rain at three scales")
    [(key, (kind, fields))] = cited(paper).items()
    assert (kind, key) == ("misc", "unnamedx")  # of "method x"
    assert fields["note"] == "of rain at three scales; title not stated; authors not stated"
    assert "title" not in fields


def test_papers_without_a_title_stay_apart() -> None:
    one, other = (replace(PAPER, title="", remark=words) for words in ("one", "another"))
    assert len(cited(one, other)) == 2


@pytest.mark.skipif(shutil.which("bibtex") is None, reason="bibtex is not installed")
def test_bibtex_has_nothing_to_complain_of(tmp_path: Path) -> None:
    papers = [find_method(name).value.paper for name in entries("methods")]
    known = [*dict.fromkeys(paper for paper in papers if paper is not None)]
    untitled = replace(PAPER, title="", authors=UNNAMED, year=None, remark="a remark")
    made = _with_own_keys(_entry(paper, ["method x"]) for paper in [*known, untitled])
    (tmp_path / "r.bib").write_text(render(Citations((suite_citation(), *made))), encoding="utf-8")
    (tmp_path / "r.aux").write_text("\\citation{*}\n\\bibstyle{plain}\n\\bibdata{r}\n")
    done = subprocess.run(["bibtex", "r"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout
    assert "Warning" not in done.stdout, done.stdout


def test_hostile_words_stay_in_their_field() -> None:
    paper = Paper(
        title="}@misc{x, \\ {50%} of #1 & $2_3^~\x1b[31m",
        authors="Müller, The A and B Group, 李",
        venue="CVPR}",
        year=2020,
        url="https://a.b/~c_d%20",
    )
    [(_, fields)] = cited(paper).values()
    assert fields["author"] == r"M{\"{u}}ller and {The A and B Group} and {[}U+674E{]}"
    assert fields["title"] == (
        r"{{\textbraceright}@misc{\textbraceleft}x, {\textbackslash} {\textbraceleft}50\%"
        r"{\textbraceright} of \#1 \& \$2\_3{\textasciicircum}{\textasciitilde}}"
    )
    text = render(Citations((), (f"method {paper.title}",)))
    assert read_bibtex(text) == {}


def test_the_verb_prints_bibtex_or_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = str(results_of(tmp_path, ("prenet", "rain100l")))
    assert main(["cite", results]) == 0
    assert set(read_bibtex(capsys.readouterr().out)) == {
        "rainbench", "ren2019progressive", "yang2017deep",
    }  # fmt: skip
    assert main(["cite", results, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["schema"], document["entries"][0]["key"]) == (1, "rainbench")
    assert main(["cite", str(tmp_path / "none")]) == 2


def test_citation_cff_is_of_this_version_and_says_what_the_entry_says() -> None:
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    fields = dict(re.findall(r'^([a-z-]+): "?(.*?)"?$', text, flags=re.MULTILINE))
    assert fields["cff-version"] == "1.2.0"
    assert fields["version"] == rainbench.__version__
    assert {"message", "title", "license"} <= fields.keys()
    assert fields["title"] == suite_citation().fields["title"]
    [name] = re.findall(r'^authors:\n  - name: "(.*)"$', text, flags=re.MULTILINE)
    assert (name,) == suite_citation().authors
