"""What people see of a training run: lines, a bar on a terminal, TensorBoard's events."""

import json
import sys
from pathlib import Path

import pytest

from rainbench.cli import main
from rainbench.cli.course import CourseDisplay
from rainbench.errors import NotInstalledError
from rainbench.restorers.weights import read_record
from rainbench.training.board import FOLDER, Board
from rainbench.training.job import run_folder
from rainbench.training.watch import Moment
from tests.training_pairs import draw_pairs

SMALL = [
    "--method", "msfm:layers=1,channels=4", "--budget", "steps=4", "--every", "2",
    "--batch", "2", "--patch", "16", "--validation", "2",
]  # fmt: skip


def test_it_prints_the_weights_and_tells_how_it_goes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pairs = draw_pairs(tmp_path / "made", scenes=5)
    output = tmp_path / "run"
    words = ["train", *SMALL, "--dataset", str(pairs), "--output", str(output), "--seeds", "2"]
    assert main(words) == 0
    captured = capsys.readouterr()
    weights = [output / f"seed-{seed}" / "weights.safetensors" for seed in (0, 1)]
    assert captured.out.split() == [str(file) for file in weights]
    assert "kept 2 scenes apart for validation" in captured.err
    assert captured.err.count("step 4/4") == 2
    seeds = [(read_record(file) or {})["seed"] for file in weights]
    assert seeds == [0, 1]
    lines = (output / "seed-0" / "log.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in lines] == [2, 4]


def test_a_seed_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    for seed in ("-1", "99999999999999999999999"):
        assert main(["train", *SMALL, "--dataset", "toy", "--seed", seed]) == 2
        assert "--seed" in capsys.readouterr().err


def test_events_are_written_where_they_are_asked_for(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="tensorboard is not installed")
    pairs = draw_pairs(tmp_path / "made", scenes=5)
    words = [*SMALL, "--dataset", str(pairs), "--output", str(tmp_path / "run"), "--tensorboard"]
    assert main(["train", *words]) == 0
    (events,) = (tmp_path / "run" / FOLDER).iterdir()
    content = events.read_bytes()
    for tag in (b"loss", b"validation (dB, y-prenet)", b"rainy, restored, clean"):
        assert tag in content


def test_without_tensorboard_it_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(NotInstalledError, match=r"pip install rainbench\[tensorboard\]"):
        Board(tmp_path)


def test_a_terminal_gets_a_bar(capsys: pytest.CaptureFixture[str]) -> None:
    with CourseDisplay(terminal=True) as display:
        watch = display.watch(Path())
        watch.on_note("minutes=3 comes to 40 steps on this machine")
        watch.on_step(1, 40, 0.25)
        watch.on_moment(Moment(20, 40, 0.125, 31.5, 12.0))
        watch.on_step(21, 40, 0.0625)
    shown = capsys.readouterr().err
    assert "minutes=3 comes to 40 steps" in shown
    assert "21/40" in shown
    assert "0.06250" in shown
    assert "31.50 dB" in shown
    assert "12.0 patches/s" in shown


@pytest.mark.parametrize(
    ("method", "data", "name"),
    [
        ("msfm", ["rain100l"], "msfm-rain100l"),
        ("msfm:layers=2,channels=4", ["rain800:train"], "msfm-layers=2,channels=4-rain800-train"),
        ("./mine.py", ["../pairs", "toy"], "mine.py-..-pairs-toy"),
    ],
)
def test_a_run_has_a_folder_of_its_own(method: str, data: list[str], name: str) -> None:
    assert run_folder(method, data) == Path("runs") / name
