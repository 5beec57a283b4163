"""Scoring someone else's folder: the same record as a run's, and the words of both verbs."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rainbench.cli import main
from rainbench.data.opening import OpenDataset, open_dataset
from rainbench.errors import UsageError
from rainbench.evidence.evidence import gather, read_records
from rainbench.image import read_pixels, write_png
from rainbench.protocol import PROTOCOLS
from rainbench.runs.progress import Progress
from rainbench.runs.results import read_results
from rainbench.runs.scoring import by_protocol, score_folder

NEEDS_FLOATS = {name for name, protocol in PROTOCOLS.items() if protocol.needs_floats}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three pairs of 24x20 pixels."""
    rng = np.random.default_rng(0)
    for name in "abc":
        clean = rng.integers(0, 200, (20, 24, 3), dtype=np.uint8)
        for kind, pixels in (("clean", clean), ("rainy", clean + np.uint8(20))):
            (tmp_path / "pairs" / kind).mkdir(parents=True, exist_ok=True)
            write_png(tmp_path / "pairs" / kind / f"{name}.png", pixels)
    return tmp_path / "pairs"


@pytest.fixture
def dataset(folder: Path) -> OpenDataset:
    return open_dataset(str(folder))


@pytest.fixture
def theirs(folder: Path, tmp_path: Path) -> Path:
    """Restored pictures: one perfect, two that are one level off."""
    restored = tmp_path / "theirs"
    restored.mkdir()
    for name, off in (("a", 0), ("b", 1), ("c", 1)):
        pixels = read_pixels(folder / "clean" / f"{name}.png")
        write_png(restored / f"{name}.png", pixels + np.uint8(off))
    return restored


def test_a_folder_is_scored_under_every_protocol(
    theirs: Path, dataset: OpenDataset, tmp_path: Path
) -> None:
    summary = score_folder(theirs, dataset, tmp_path / "results", name="theirs")
    assert set(summary.scores) == set(PROTOCOLS)
    assert summary.scores["y-prenet"].psnr_db == float("inf")
    assert (summary.images, summary.failures, summary.seconds_per_image) == (3, 0, None)
    line = summary.to_json()
    assert set(line["from_8_bit"]) == NEEDS_FLOATS
    assert line["scores"]["rgb-gauss"]["psnr_db"] == "inf"
    assert (line["schema"], line["of"]) == (1, 3)
    marked = {row[0] for row in by_protocol(summary).rows if "from 8-bit" in str(row[-1])}
    assert marked == NEEDS_FLOATS


def test_the_record_is_that_of_a_run_and_the_report_shows_it(
    theirs: Path, dataset: OpenDataset, tmp_path: Path
) -> None:
    score_folder(theirs, dataset, tmp_path / "results", name="theirs")
    records = list(read_records(tmp_path / "results"))
    [result] = gather(records).results
    assert (result.label, result.trained_on) == ("theirs", "not stated")
    assert "from 8-bit" not in result.measurement.marks
    assert result.seconds_per_image is None
    assert read_results(tmp_path / "results").seconds.isna().all()
    [result] = gather(records, protocol="rgb-rescan").results
    assert "from 8-bit" in result.measurement.marks


def test_scoring_again_only_reads_what_is_there(
    theirs: Path, dataset: OpenDataset, tmp_path: Path
) -> None:
    first = score_folder(theirs, dataset, tmp_path / "results", name="theirs")
    before = (first.folder / "images.jsonl").read_bytes()
    told: list[Progress] = []
    again = score_folder(
        theirs, dataset, tmp_path / "results", name="theirs", on_progress=told.append
    )
    assert [each.kept for each in told if each.image] == [True] * 3
    assert again == first
    assert (first.folder / "images.jsonl").read_bytes() == before


def test_other_pictures_under_one_name_are_another_row(
    theirs: Path, dataset: OpenDataset, tmp_path: Path
) -> None:
    first = score_folder(theirs, dataset, tmp_path / "results", name="theirs")
    write_png(theirs / "a.png", read_pixels(theirs / "b.png"))
    other = score_folder(theirs, dataset, tmp_path / "results", name="theirs")
    assert other.run_id != first.run_id
    results = gather(read_records(tmp_path / "results")).results
    assert len({result.difference for result in results}) == 2
    assert all(result.difference.startswith("pictures ") for result in results)


def test_a_damaged_picture_is_a_failure_and_the_rest_counts(
    theirs: Path, dataset: OpenDataset, tmp_path: Path
) -> None:
    (theirs / "b.png").write_bytes((theirs / "b.png").read_bytes()[:-200])
    summary = score_folder(theirs, dataset, tmp_path / "results", name="theirs")
    assert (summary.images, summary.of, summary.failures) == (2, 3, 1)
    assert "incomplete" in summary.marks
    assert "b.png" in (summary.folder / "failures.jsonl").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["", "../up", "a/b", "-x", ".", "a\x1b", "=1", "a b"])
def test_a_name_that_is_none_is_refused(
    name: str, theirs: Path, dataset: OpenDataset, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="a name of letters"):
        score_folder(theirs, dataset, tmp_path / "results", name=name)
    assert not (tmp_path / "results").exists()


Words = tuple[int, str, str]


@pytest.fixture
def say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Words]:
    """Run the command line in the test's folder: exit status, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def say(*words: str) -> Words:
        status = main(words)
        return status, *capsys.readouterr()

    return say


def test_both_verbs_keep_the_answer_on_stdout_and_words_on_stderr(
    theirs: Path, folder: Path, tmp_path: Path, say: Callable[..., Words]
) -> None:
    score = ("score", str(theirs), "--dataset", str(folder), "--name", "theirs", "--json")
    status, out, err = say(*score)
    assert (status, json.loads(out)["images"]) == (0, 3)
    assert "recorded in" in err
    status, out, err = say("report")
    assert (status, err) == (0, "")
    assert "inf / " in out
    assert "y-prenet" in out
    _, out, _ = say("report", "--json", "--protocol", "rgb-gauss")
    assert json.loads(out)["schema"] == 1
    status, out, _ = say("report", "-o", "t.csv", "--method", "theirs,theirs")
    assert (status, out) == (0, "")
    assert (tmp_path / "t.csv").read_text(encoding="utf-8").startswith("table,method,")


def test_what_cannot_be_scored_or_reported_is_said_and_counted(
    theirs: Path, folder: Path, say: Callable[..., Words]
) -> None:
    (theirs / "b.png").write_bytes((theirs / "b.png").read_bytes()[:-200])
    score = ("score", str(theirs), "--dataset", str(folder), "--name", "theirs")
    status, out, err = say(*score)
    assert status == 1
    assert "2/3" in out
    assert "b.png" in err
    (theirs / "c.png").unlink()
    status, out, err = say(*score)
    assert (status, out) == (2, "")
    assert "none for c" in err
    status, out, err = say("report", "--results", "none")
    assert (status, out) == (2, "")
    assert "rainbench run" in err
