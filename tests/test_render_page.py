"""The page's file and what goes into it: closed to hostile words, with everything that decides."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from rainbench import Column, Figure, Measurement, Note, Series, Table, find_dataset
from rainbench.cli import main
from rainbench.evidence.published import published_numbers
from rainbench.grid import GridRow, Panel, PictureGrid, Zoom
from rainbench.image import read_pixels, write_png
from rainbench.render import Request, make_page, render, render_report, write_report
from rainbench.render.page.file import SCRIPTS, STYLES, compose
from tests.made_results import MadeRun, make_results

HOSTILE = "</script><!--<script>alert(1)\u2028\x1b[31m'\"&"
RUNS = [
    MadeRun(label="rainy"),
    MadeRun(label="sharp@x", gain_db=8, trained_on="pairs:test"),
    MadeRun(label="half", gain_db=2, images=2, exact=("n1",), dtype="uint8"),
]
NAMES = ["n1", "n2", "n10"]


class Parts(HTMLParser):
    """The elements of a page as a browser's parser parts them, and the text of each script."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.scripts: list[str] = []
        self.policy = ""
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._inside = tag
        found = dict(attrs)
        if found.get("http-equiv") == "Content-Security-Policy":
            self.policy = found["content"] or ""
        assert not any(name.startswith("on") for name in found)

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 (its name is the parser's)
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts.append(data)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_results(tmp_path_factory.mktemp("page"), RUNS, names=NAMES)


def document(page: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Parts(page).scripts[0])
    return found


def test_no_word_ends_the_script_that_holds_it() -> None:
    table = Table(title=HOSTILE, columns=(Column(title=HOSTILE),), rows=((HOSTILE,),))
    parts = Parts(render([table, Note(HOSTILE)], "html"))
    assert parts.tags.count("script") == 2
    [block, note] = document(render([table, Note(HOSTILE)], "html"))["views"]["y-prenet"]["blocks"]
    said = "</script><!--<script>alert(1) '\"&"
    assert (block["title"], block["rows"][0][0]["text"], note["text"]) == (said,) * 3


def test_the_title_is_words() -> None:
    assert "<title>&lt;/title&gt;&lt;b&gt;</title>" in compose("</title><b>", {})


def test_the_policy_allows_this_script_and_this_style_alone() -> None:
    page = render([Note("x")], "html")
    parts = Parts(page)
    rules = dict(rule.split(" ", 1) for rule in parts.policy.split("; "))
    assert rules["default-src"] == "'none'"
    script = parts.scripts[-1]
    assert rules["script-src"] == f"'sha256-{_digest(script)}'"
    [style] = re.findall("<style>(.*?)</style>", page, flags=re.DOTALL)
    assert rules["style-src"] == f"'sha256-{_digest(style)}'"
    assert "unsafe" not in unescape(parts.policy)


def _digest(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()


def test_the_page_asks_for_nothing_elsewhere() -> None:
    page = re.sub(r"http://www\.w3\.org/2000/svg", "", render([Note("x")], "html"))
    assert not re.search(r"(?i)https?://|@import|url\(", page)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", page)


def test_every_part_of_the_page_is_written_into_it() -> None:
    import rainbench.render.page as room

    folder = Path(room.__file__).parent
    parts = {file.name for file in folder.iterdir() if file.suffix in (".js", ".css")}
    assert parts >= {*STYLES, *SCRIPTS}
    page = render([Note("x")], "html")
    for name in (*STYLES, *SCRIPTS):
        assert (folder / name).read_text(encoding="utf-8") in page


def test_a_measurement_brings_its_standing_its_ranks_and_its_runs() -> None:
    score = Measurement(
        psnr_db=float("inf"), ssim=0.97921, protocol="y-prenet", dataset="rain100l",
        release="original", split="test", images=28, of=100, marks=("incomplete",),
        run_ids=("abc",),
    )  # fmt: skip
    columns = (Column(title="a"), Column(title="b", align="right"))
    table = Table(
        title="t", columns=columns, rows=(("msfm", score), (None, published_numbers()[0]))
    )
    [block] = document(render([table], "html"))["views"]["y-prenet"]["blocks"]
    cell = block["rows"][0][1]
    assert (cell["text"], cell["beside"]) == ("inf / 0.9792", ["28/100", "incomplete"])
    assert (cell["sort"], cell["runs"]) == (["Infinity", 0.97921], ["abc"])
    assert block["rows"][1][0]["kind"] == "nothing"
    assert block["rows"][1][1]["kind"] == "published"


def test_drawn_blocks_bring_their_table() -> None:
    figure = Figure(
        title="f", x="latency (ms)", y="PSNR (dB)", y_scale="log",
        series=(Series("m", ((1.5, 30), (2, float("inf"))), "points", ("a", "b")),),
    )  # fmt: skip
    panel = Panel.of(np.zeros((6, 8, 3), dtype=np.uint8), "caption")
    row = GridRow(name="image", panels=(panel, None), zooms=(Zoom(1, 2, 3, 4),))
    grid = PictureGrid(title="g", columns=("a", "b"), rows=(row,))
    drawn, shown = document(render([figure, grid], "html"))["views"]["y-prenet"]["blocks"]
    assert drawn["series"][0]["points"] == [[1.5, 30], [2, "Infinity"]]
    assert drawn["table"]["rows"][0][0]["text"] == "m"
    assert shown["rows"][0]["panels"][0]["size"] == [8, 6]
    assert shown["rows"][0]["panels"][0]["file"].startswith("data:image/png;base64,")
    assert shown["rows"][0]["zooms"] == [[1, 2, 3, 4]]
    assert shown["table"]["rows"][0][1]["text"] == "caption"


def test_every_protocol_has_its_view_and_the_asked_one_comes_first(results: Path) -> None:
    data = document(make_page("table", results, Request(protocol="rgb-dcsfn")))
    assert data["protocol"] == "rgb-dcsfn"
    assert len(data["views"]) == 10
    for name, view in data["views"].items():
        assert name in view["blocks"][0]["title"]
    assert data["views"]["y-prenet"] != data["views"]["rgb-dcsfn"]


def test_what_reports_mark_the_page_marks(results: Path) -> None:
    data = document(make_page("table", results))
    by_row = {run["row"]: run["id"] for run in data["runs"]}
    plain, rounded = (data["views"][p]["results"] for p in ("y-prenet", "rgb-skimage"))
    assert plain[by_row["half"]]["beside"][:2] == ["2/3", "incomplete"]
    assert "from 8-bit" in rounded[by_row["half"]]["beside"]
    assert "trained on these images" in plain[by_row["sharp@x"]]["beside"]
    cells = [cell for row in data["views"]["y-prenet"]["blocks"][0]["rows"] for cell in row]
    assert {tuple(c["runs"]) for c in cells if c["kind"] == "measured"} == {
        (run,) for run in by_row.values()
    }


def test_scores_stand_under_their_image_and_leave_gaps(results: Path) -> None:
    data = document(make_page("table", results))
    assert [image["name"] for image in data["sets"][0]["images"]] == NAMES
    half = next(run for run in data["runs"] if run["row"] == "half")
    first, second, last = half["scores"]["y-prenet"]
    assert (first[0], last) == ("Infinity", None)
    assert second[0] > 20
    seen = next(run for run in data["runs"] if run["row"] == "sharp@x")
    assert seen["seen"] == [0, 1, 2]


def test_provenance_is_whole_and_names_no_place_of_this_machine(results: Path) -> None:
    page = make_page("table", results)
    run = next(run for run in document(page)["runs"] if run["row"] == "sharp@x")
    facts = dict(run["facts"])
    assert facts["SHA-256 of the weights"] == f"{2:064x}"
    assert facts["overlap with the training data"] == "seen 3/3"
    assert run["commands"] == ["rainbench run --method sharp@x --dataset pairs"]
    assert str(results.parent) not in page


def test_pictures_lie_beside_the_page_held_to_their_digests(results: Path, tmp_path: Path) -> None:
    page = tmp_path / "a page.html"
    files = tmp_path / "a page_files"
    assert write_report("table", results, page, style="html") == [page, files]
    data = document(page.read_text(encoding="utf-8"))
    assert data["files"] == files.name
    [images] = data["sets"]
    for image in images["images"]:
        assert image["originals"] == ["rainy", "clean"]
        for kind in image["originals"]:
            laid = read_pixels(files / images["folder"] / kind / f"{image['file']}.png")
            given = read_pixels(results.parent / "pairs" / kind / f"{image['name']}.png")
            assert np.array_equal(laid, given)
        small = files / images["folder"] / "thumbnails" / f"{image['file']}.webp"
        with Image.open(small) as picture:
            assert max(picture.size) <= 192
    for run in data["runs"]:
        assert len(list((files / "runs" / run["id"]).iterdir())) == len(run["pictures"])


def test_pictures_bring_the_terms_that_they_are_under(results: Path, tmp_path: Path) -> None:
    assert document(make_page("table", results))["sets"][0]["terms"] == ""
    main(
        ["run", "--method", "rainy", "--dataset", "toy", "--limit", "1", "--results", str(tmp_path)]
    )
    [images] = document(make_page("table", tmp_path))["sets"]
    assert find_dataset("toy").licence in images["terms"]


def test_pictures_of_other_pixels_are_not_shown(tmp_path: Path) -> None:
    results = make_results(tmp_path, RUNS, names=NAMES)
    write_png(tmp_path / "pairs" / "clean" / "n2.png", np.zeros((48, 72, 3), dtype=np.uint8))
    (tmp_path / "pairs" / "rainy" / "n10.png").unlink()
    write_report("table", results, tmp_path / "page.html", style="html")
    data = document((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert [image["originals"] for image in data["sets"][0]["images"]] == [
        ["rainy", "clean"], ["rainy"], [],
    ]  # fmt: skip


def test_one_name_of_two_contents_is_two_images(tmp_path: Path) -> None:
    one = make_results(tmp_path, RUNS[:1], names=NAMES)
    make_results(tmp_path / "other", RUNS[1:], names=NAMES, size=(24, 24))
    for folder in (tmp_path / "other" / "results" / "pairs").iterdir():
        folder.rename(one / "pairs" / folder.name)
    data = document(make_page("table", one))
    images = data["sets"][0]["images"]
    assert len(images) == 6
    assert len({image["name"] for image in images}) == 6
    assert len({image["file"] for image in images}) == 6
    for run in data["runs"]:
        assert sum(score is not None for score in run["scores"]["y-prenet"]) < 6


def test_the_same_evidence_makes_the_same_page(results: Path) -> None:
    assert make_page("errors", results) == render_report("errors", results, style="html")


def test_the_command_writes_it_by_its_suffix(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.html"
    assert main(["report", "--results", str(results), "-o", str(page)]) == 0
    assert f"wrote {page}" in capsys.readouterr().err.replace("\n", "")
    assert main(["report", "significance", "--results", str(results), "--format", "html"]) == 0
    assert "Which rows can be told apart" in capsys.readouterr().out


def test_a_report_without_results_is_a_page_too(tmp_path: Path) -> None:
    data = document(make_page("published", tmp_path / "none"))
    assert data["runs"] == []
    assert data["views"]["y-prenet"]["blocks"]
