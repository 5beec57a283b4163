"""However a command's time comes, nothing that it started outlives it."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from rainbench.errors import MethodError
from rainbench.restorers.external import Command

# Starts another program, says who both are, and then neither ends for minutes.
SLOW = """
import os, subprocess, sys, time
from pathlib import Path
other = subprocess.Popen([sys.executable, "-I", "-c", "import time; time.sleep(300)"])
part = Path(sys.argv[3] + ".part")
part.write_text(f"{os.getpid()} {other.pid}")
part.replace(sys.argv[3])
time.sleep(300)
"""

# Runs that command from a process of its own, as a user's session does.
# A shell that starts the suite in the background lets all that it starts ignore SIGINT.
RUNS = """
import signal, sys
from pathlib import Path
from rainbench.restorers.external import Command
signal.signal(signal.SIGINT, signal.default_int_handler)
python, folder, pids = sys.argv[1:]
slow = str(Path(folder) / "slow.py")
Command(python, "-I", slow, "{input}", "{output}", pids)(Path(folder), Path(folder))
"""

PATIENCE_SECONDS = 60.0


def is_alive(pid: int) -> bool:
    """Whether a process runs: one that nobody has waited for yet does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")


def wait_until_gone(pids: list[int]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while any(is_alive(pid) for pid in pids):
        assert time.monotonic() < end, "a command outlived its run"
        time.sleep(0.02)


def read_pids(file: Path) -> list[int]:
    end = time.monotonic() + PATIENCE_SECONDS
    while not file.exists():
        assert time.monotonic() < end, "the command did not start"
        time.sleep(0.02)
    return [int(word) for word in file.read_text().split()]


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    file = tmp_path / "slow.py"
    file.write_text(SLOW, encoding="utf-8")
    return file


def test_a_command_that_takes_too_long_is_ended_with_all_it_started(
    slow: Path, tmp_path: Path
) -> None:
    pids = tmp_path / "pids"
    # Long enough for it to start on a busy machine: what it started is what must end.
    command = Command(sys.executable, "-I", slow, "{input}", "{output}", pids, timeout_s=5)
    with pytest.raises(MethodError, match=r"to end within 5 s, got a program still at work"):
        command(tmp_path, tmp_path)
    wait_until_gone(read_pids(pids))


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_a_command_does_not_outlive_whoever_runs_it(name: str, slow: Path, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    run = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(RUNS), sys.executable, str(slow.parent), str(pids)],
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )
    running = read_pids(pids)
    assert all(map(is_alive, running))
    run.send_signal(getattr(signal, name))
    run.wait(PATIENCE_SECONDS)
    wait_until_gone(running)


def test_what_a_command_leaves_behind_ends_with_it(tmp_path: Path) -> None:
    text = (
        "import subprocess, sys\n"
        "left = subprocess.Popen([sys.executable, '-I', '-c', 'import time; time.sleep(300)'])\n"
        "open(sys.argv[3], 'w').write(str(left.pid))"
    )
    pids = tmp_path / "pids"
    Command(sys.executable, "-I", "-c", text, "{input}", "{output}", pids)(tmp_path, tmp_path)
    wait_until_gone(read_pids(pids))
