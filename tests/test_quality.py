"""Scores by another library: which pictures are scored, what is written, read and shown."""

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import torch

import rainbench
from rainbench import Evidence, Note, QualityFile, QualityScore, Table, View, find_report
from rainbench.cli import main
from rainbench.errors import NotInstalledError, ResultsError, UnknownNameError, UsageError
from rainbench.evidence.attachment import attach
from rainbench.evidence.quality import MEASURES, read_quality, score_quality, write_quality
from tests.test_report_visual import NAMES, ONE, RAINY, album, spotted


@pytest.fixture
def piq(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A library of piq's shape that needs no weights."""
    module = ModuleType("piq")

    class Distance:
        def __call__(self, picture: torch.Tensor, clean: torch.Tensor) -> torch.Tensor:
            assert picture.shape[:2] == clean.shape[:2] == (1, 3)
            return (picture - clean).abs().mean()

    fake = SimpleNamespace(
        brisque=lambda picture, data_range: picture.mean() / data_range,
        LPIPS=Distance,
        DISTS=Distance,
    )
    vars(module).update(vars(fake))
    monkeypatch.setitem(sys.modules, "piq", module)
    monkeypatch.setattr("rainbench.evidence.quality.version", lambda _: "0.8.0")
    return module


@pytest.mark.usefixtures("piq")
def test_every_picture_and_the_input_once_are_scored() -> None:
    file = score_quality([RAINY, ONE])
    assert file.implementation == "piq 0.8.0"
    rows = [score.row for score in file.scores]
    assert rows == ["rainy input"] * 5 + ["one"] * 5  # the run that changes nothing is the input
    values = file.scores[0].values
    assert set(values) == set(MEASURES)
    assert values["LPIPS"] == pytest.approx(60 * 36 / (60 * 80 * 255))
    assert values["BRISQUE"] == pytest.approx(spotted(10, 10).mean() / 255)


@pytest.mark.usefixtures("piq")
def test_without_a_clean_picture_there_is_brisque_alone() -> None:
    bare = album("one", {n: spotted(60, 40) for n in NAMES}, dict.fromkeys(NAMES))
    read = bare.read
    album_without = rainbench.Album(
        **{**vars(bare), "read": lambda kind, n: None if kind == "clean" else read(kind, n)}
    )
    scores = score_quality([album_without]).scores
    assert {tuple(score.values) for score in scores} == {("BRISQUE",)}


@pytest.mark.usefixtures("piq")
def test_a_score_that_is_none_and_pictures_that_are_not_at_hand_are_refused() -> None:
    with pytest.raises(UnknownNameError):
        score_quality([ONE], ["NIQE"])
    nothing = rainbench.Album(**{**vars(ONE), "read": lambda *_: None})
    with pytest.raises(UsageError, match="restored pictures"):
        score_quality([nothing])


def test_without_the_library_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "piq", None)
    with pytest.raises(NotInstalledError, match=r"rainbench\[quality\]"):
        score_quality([ONE])


def test_weights_that_cannot_be_fetched_are_told_of(piq: ModuleType) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("no network")

    vars(piq)["brisque"] = fail
    with pytest.raises(NotInstalledError, match="the weights of piq's BRISQUE"):
        score_quality([ONE], ["BRISQUE"])


FILE = QualityFile(
    implementation="piq 0.8.0",
    scores=(
        QualityScore("real (sirr)", "rainy input", "1", {"BRISQUE": 30.0}),
        QualityScore("real (sirr)", "rainy input", "2", {"BRISQUE": 20.0}),
        QualityScore("real (sirr)", "msfm", "1", {"BRISQUE": 10.0}),
    ),
)


def test_what_is_written_is_read_and_shown_over_common_images(tmp_path: Path) -> None:
    write_quality(FILE, tmp_path / "q.json")
    evidence = attach(Evidence(protocol="y-prenet"), [tmp_path], View())
    assert evidence.quality == (FILE,)
    table, note = find_report("quality").make(evidence)
    assert isinstance(table, Table)
    assert table.rows == (("rainy input", 30.0), ("msfm", 10.0))
    assert "piq 0.8.0, means over the 1 images" in table.title
    assert isinstance(note, Note)
    assert "NIQE is not among them" in note.text


def test_a_file_that_was_broken_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "q.json"
    file.write_text('{"schema": 1, "kind": "quality scores", "implementation": "x", "scores": 3}')
    with pytest.raises(ResultsError):
        read_quality(file)


@pytest.mark.usefixtures("piq")
def test_the_verb_scores_a_folder_of_results(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results, out = tmp_path / "results", tmp_path / "q.json"
    rainbench.run(["rainy", "median"], "toy", results=results, limit=1)
    capsys.readouterr()
    assert main(["quality", "--results", str(results), "-o", str(out)]) == 0
    assert capsys.readouterr().out == f"{out}\n"
    assert [score.row for score in read_quality(out).scores] == ["rainy input", "median"]
    assert np.isfinite([v for s in read_quality(out).scores for v in s.values.values()]).all()
