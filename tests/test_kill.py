"""Killed at any moment, nothing is lost; two at once do not meet; any cut is mended."""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rainbench.runs.reading import read_run, run_folders
from rainbench.runs.results import read_results

RUN = Path(__file__).with_name("killed_run.py")
COUNT, SECONDS = 120, 0.03
KILLS = 20


Process = subprocess.Popen[str]


def start(results: Path, *more: str, seconds: float = SECONDS) -> Process:
    """Start a run in a process of its own; its first line says when it is about to work."""
    return subprocess.Popen(
        [sys.executable, str(RUN), str(results), str(COUNT), str(seconds), *more],
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )


def kill(process: Process) -> None:
    process.kill()
    process.communicate(timeout=60)


def first_line(process: Process) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def last_line(process: Process) -> str:
    out, _ = process.communicate(timeout=60)
    return out.splitlines()[-1] if out else ""


def table(results: Path) -> bytes:
    return read_results(results).drop(columns="seconds").to_csv(lineterminator="\n").encode()


def pictures(results: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in results.rglob("*.png")}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The results of a run that nobody disturbed, and what it printed."""
    results = tmp_path_factory.mktemp("whole")
    return results, last_line(start(results, seconds=0))


def test_twenty_kills_change_no_byte_of_a_table(whole: tuple[Path, str], tmp_path: Path) -> None:
    undisturbed, said = whole
    moments = random.Random(os.getpid())  # noqa: S311 no secret
    measured = [0]
    for _ in range(KILLS):
        process = start(tmp_path)
        # From before the first picture to several pictures on.
        if moments.random() < 0.9:
            assert first_line(process) == "ready"
        time.sleep(moments.uniform(0, 5 * SECONDS))
        kill(process)
        measured.append(count_measured(tmp_path))
    assert measured == sorted(measured)  # nothing that was there is gone
    assert 0 < measured[-1] < COUNT  # else the kills hit nothing, or came too late
    assert last_line(start(tmp_path, seconds=0)) == said
    assert json.loads(said)["images"] == COUNT - 1
    assert table(tmp_path) == table(undisturbed)
    assert pictures(tmp_path) == pictures(undisturbed)


def count_measured(results: Path) -> int:
    return sum(len(read_run(folder).images) for folder in run_folders(results / "drawn"))


def test_no_image_is_measured_twice_or_lost(tmp_path: Path) -> None:
    process = start(tmp_path)
    assert first_line(process) == "ready"
    time.sleep(8 * SECONDS)
    kill(process)
    last_line(start(tmp_path, seconds=0))
    [folder] = run_folders(tmp_path / "drawn")
    lines = (folder / "images.jsonl").read_bytes().splitlines()
    names = [json.loads(line)["image"] for line in lines]
    assert len(names) == len(set(names)) == COUNT - 1
    assert not list(folder.rglob("*.part"))


def test_a_second_process_says_who_holds_the_run(tmp_path: Path) -> None:
    first = start(tmp_path, seconds=1)
    assert first_line(first) == "ready"
    second = start(tmp_path)
    message = last_line(second)
    kill(first)
    assert second.returncode == 1
    assert message.startswith("RunHeldError: expected to be the only one writing run ")
    assert f"process {first.pid} on " in message
    assert "killed_run.py" in message


def test_a_second_process_waits_and_measures_nothing_again(
    whole: tuple[Path, str], tmp_path: Path
) -> None:
    first = start(tmp_path, seconds=0.02)
    assert first_line(first) == "ready"
    second = start(tmp_path, "wait", seconds=0)
    assert first_line(second).startswith(f"waiting for process {first.pid} on ")
    assert last_line(first) == whole[1]
    assert last_line(second) == whole[1]
    [folder] = run_folders(tmp_path / "drawn")
    assert len((folder / "images.jsonl").read_bytes().splitlines()) == COUNT - 1
    assert table(tmp_path) == table(whole[0])


def test_a_killed_holder_holds_nothing(whole: tuple[Path, str], tmp_path: Path) -> None:
    first = start(tmp_path, seconds=1)
    assert first_line(first) == "ready"
    second = start(tmp_path, "wait", seconds=0)
    assert first_line(second).startswith("waiting for ")
    kill(first)
    assert last_line(second) == whole[1]
