"""Two processes train as one does; one that is lost costs no more than the last steps."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from rainbench.cli import main
from rainbench.errors import UsageError
from rainbench.restorers.weights import read_record
from rainbench.training.checkpoint import load
from rainbench.training.log import LOG, read_log
from rainbench.training.processes import ALONE, Processes, is_first, own_device
from tests.training_pairs import draw_pairs

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL here")

HOME = Path(__file__).parent.parent
SCRIPT = str(Path(__file__).parent / "trained_together.py")
NEVER = "999"


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_pairs(tmp_path_factory.mktemp("pairs") / "made")


def words(pairs: Path, output: Path, *, steps: int, every: int) -> list[str]:
    return [
        "train", "--method", "msfm:layers=2,channels=4", "--dataset", str(pairs),
        "--budget", f"steps={steps}", "--every", str(every), "--batch", "4", "--patch", "16",
        "--validation", "2", "--output", str(output),
    ]  # fmt: skip


def torchrun(
    arguments: list[str], mark: Path, step: str = NEVER, restarts: int = 0
) -> subprocess.CompletedProcess[str]:
    launcher = [
        sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2",
        "--max-restarts", str(restarts), "--monitor-interval", "0.1",
    ]  # fmt: skip
    return subprocess.run(
        [*launcher, SCRIPT, str(mark), step, *arguments],
        cwd=HOME, env={**os.environ, "PYTHONPATH": str(HOME), "OMP_NUM_THREADS": "1"},
        capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip


def test_the_losses_of_two_are_those_of_one(pairs: Path, tmp_path: Path) -> None:
    both = torchrun(words(pairs, tmp_path / "two", steps=50, every=1), tmp_path / "mark")
    assert both.returncode == 0, both.stderr
    assert both.stdout.split() == [str(tmp_path / "two" / "weights.safetensors")]
    assert main(words(pairs, tmp_path / "one", steps=50, every=1)) == 0
    one, two = (
        [entry.loss for entry in read_log(tmp_path / name / LOG).entries] for name in ("one", "two")
    )
    assert len(one) == len(two) == 50
    assert two == pytest.approx(one, rel=1e-5)
    assert (read_record(tmp_path / "two" / "last.safetensors") or {})["processes"] == 2


def test_a_process_that_is_lost_leaves_a_checkpoint_to_go_on_from(
    pairs: Path, tmp_path: Path
) -> None:
    arguments = words(pairs, tmp_path / "run", steps=12, every=3)
    lost = torchrun(arguments, tmp_path / "mark", step="7")
    assert lost.returncode != 0
    said = [line for line in lost.stderr.splitlines() if line.startswith("rainbench: expected")]
    assert len(said) == 1, lost.stderr
    assert "give the same command again" in said[0]
    state = torch.load(tmp_path / "run" / "last.pt", weights_only=True)
    assert state["step"] in (3, 6)
    assert load(tmp_path / "run", state["decided_by"])[0] is not None


def test_the_launcher_starts_both_again_and_they_go_on(pairs: Path, tmp_path: Path) -> None:
    arguments = words(pairs, tmp_path / "run", steps=12, every=3)
    again = torchrun(arguments, tmp_path / "mark", step="9", restarts=1)
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "mark").exists()
    assert main(words(pairs, tmp_path / "one", steps=12, every=3)) == 0
    ended = [
        torch.load(tmp_path / name / "last.pt", weights_only=True)["network"]
        for name in ("one", "run")
    ]
    for name, tensor in ended[0].items():
        torch.testing.assert_close(ended[1][name], tensor, rtol=1e-4, atol=1e-6)


def test_two_seeds_are_trained_one_after_the_other(pairs: Path, tmp_path: Path) -> None:
    arguments = [*words(pairs, tmp_path / "run", steps=2, every=1), "--seeds", "2"]
    both = torchrun(arguments, tmp_path / "mark")
    assert both.returncode == 0, both.stderr
    for seed in (0, 1):
        record = read_record(tmp_path / "run" / f"seed-{seed}" / "last.safetensors") or {}
        assert (record["seed"], record["steps"], record["processes"]) == (seed, 2, 2)


def test_each_takes_an_equal_part() -> None:
    assert [Processes(rank, 3).part(12) for rank in range(3)] == [
        slice(0, 4), slice(4, 8), slice(8, 12),
    ]  # fmt: skip
    with pytest.raises(UsageError, match="3 processes share equally, got 10"):
        Processes(1, 3).part(10)


def test_alone_nothing_is_asked_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RANK", raising=False)
    value = torch.tensor(0.5)
    assert ALONE.mean(value) is value
    assert ALONE.agree(7) == 7
    assert is_first()
    assert own_device("cuda") == "cuda"
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert own_device("cuda") == "cuda:1"
    assert own_device("cpu") == "cpu"
