"""Killed at whatever moment and started again, training ends in the very same bits."""

import multiprocessing
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from rainbench.errors import TrainingError
from rainbench.training.job import train
from rainbench.training.watch import Watch
from tests.killed_training import METHOD, SETTINGS, killed_at
from tests.training_pairs import draw_pairs

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL here")

# A server that has torch loaded, and forks: a start costs no import.
CONTEXT = multiprocessing.get_context("forkserver") if sys.platform != "win32" else None


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_pairs(tmp_path_factory.mktemp("pairs") / "made")


@pytest.fixture
def teach(pairs: Path, tmp_path: Path) -> Callable[..., bytes]:
    def call(name: str, watch: Watch = Watch()) -> bytes:  # noqa: B008 (a frozen value)
        output = tmp_path / name
        weights = train(
            METHOD, datasets=[str(pairs)], output=output, cache=tmp_path, watch=watch, **SETTINGS
        )
        return weights.read_bytes() + (output / "last.safetensors").read_bytes()

    return call


# Each checkpoint is one fsync and two renames of its own, and two more renames of weights files;
# its line of the log is another fsync; steps are where nothing is written.
@pytest.mark.parametrize(
    ("call", "counts"),
    [("fsync", (2, 3)), ("replace", (5, 2, 3)), ("step", (5, 3))],
)
def test_killed_at_any_moment_it_ends_in_the_same_bits(
    call: str, counts: tuple[int, ...], pairs: Path, tmp_path: Path, teach: Callable[..., bytes]
) -> None:
    assert CONTEXT is not None
    whole = teach("whole")
    CONTEXT.set_forkserver_preload(["rainbench.training.job", "torch", "tests.killed_training"])
    for count in counts:
        words = (pairs, tmp_path / "killed", tmp_path, call, count)
        process = CONTEXT.Process(target=killed_at, args=words)
        process.start()
        process.join(60)
        assert process.exitcode == -signal.SIGKILL
    assert teach("killed") == whole


def test_an_order_to_stop_while_a_checkpoint_is_read_damages_nothing(
    tmp_path: Path, teach: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise TrainingError(expected="to train to the end", got="an order to stop", now="go on")

    whole = teach("run")
    with monkeypatch.context() as patched:
        patched.setattr(torch, "load", stop)
        with pytest.raises(TrainingError, match="an order to stop"):
            teach("run")
    assert (tmp_path / "run" / "last.pt").exists()
    assert teach("run") == whole


def test_of_damaged_checkpoints_the_one_before_is_taken(
    tmp_path: Path, teach: Callable[..., bytes]
) -> None:
    whole = teach("run")
    last = tmp_path / "run" / "last.pt"
    sound = last.read_bytes()
    flipped = bytearray(sound)
    flipped[len(sound) // 2] ^= 1  # in a tensor: torch reads it without a word
    for content in (sound[:100], b"", b"\0" * 1000, bytes(flipped)):
        last.write_bytes(content)
        notes: list[str] = []
        assert teach("run", Watch(on_note=notes.append)) == whole
        assert [note for note in notes if "going on from the checkpoint before" in note]
        assert last.with_suffix(".damaged").read_bytes() == content  # nothing is thrown away
    (tmp_path / "run" / "previous.pt").write_bytes(b"")
    last.unlink()
    assert teach("run") == whole  # from the start
