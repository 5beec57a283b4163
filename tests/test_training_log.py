"""Logs of training runs: read strictly, and drawn."""

import json
from math import inf
from pathlib import Path

import pytest

from rainbench import Evidence, Figure, Table
from rainbench.errors import ResultsError, UsageError
from rainbench.evidence.attachment import attach
from rainbench.evidence.view import View
from rainbench.registry import find_report
from rainbench.training.log import LogEntry, TrainingLog, read_log
from rainbench.training.loop import _log
from rainbench.training.watch import Moment

LINE = '{"step": %d, "steps": 20, "loss": %s, "validation_db": 30.5, "patches_per_second": 9.0}\n'


def write(folder: Path, *lines: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "log.jsonl").write_text("".join(lines), encoding="utf-8")
    return folder / "log.jsonl"


def test_what_the_loop_writes_is_read(tmp_path: Path) -> None:
    _log(tmp_path, Moment(10, 20, 0.5, 30.5, 9.0))
    [entry] = read_log(tmp_path / "log.jsonl").entries
    assert (entry.step, entry.loss, entry.validation_db) == (10, 0.5, 30.5)


def test_what_follows_a_torn_line_is_a_line_of_its_own(tmp_path: Path) -> None:
    write(tmp_path, LINE % (10, 0.5), (LINE % (20, 0.4))[:30])
    _log(tmp_path, Moment(20, 40, 0.4, 30.5, 9.0))
    _log(tmp_path, Moment(40, 40, 0.3, 31.5, 9.0))
    assert [e.step for e in read_log(tmp_path / "log.jsonl").entries] == [10, 20, 40]


def test_a_perfect_validation_is_written_as_json_has_it_and_read(tmp_path: Path) -> None:
    _log(tmp_path, Moment(10, 20, 0.0, inf, 9.0))
    assert json.loads((tmp_path / "log.jsonl").read_text())["validation_db"] == "inf"
    assert read_log(tmp_path / "log.jsonl").entries[0].validation_db == inf


def test_a_step_done_twice_counts_once_and_a_torn_line_not_at_all(tmp_path: Path) -> None:
    log = read_log(write(tmp_path / "a", LINE % (10, 0.5), LINE % (20, 0.4), LINE % (10, 0.3), "{"))
    assert [(e.step, e.loss) for e in log.entries] == [(10, 0.3), (20, 0.4)]


def test_a_line_that_is_none_is_refused_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match=r"log.jsonl:1"):
        read_log(write(tmp_path, LINE % (10, '"low"')))


def test_every_run_of_a_folder_is_drawn(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(tmp_path / "runs" / name, LINE % (10, 0.5), LINE % (20, 0.4))
    evidence = attach(Evidence(protocol="y-prenet"), [tmp_path / "runs"], View())
    blocks = find_report("training").make(evidence)
    figures = [block for block in blocks if isinstance(block, Figure)]
    assert [[s.name for s in f.series] for f in figures] == [["one", "two"]] * 2
    assert figures[1].series[0].points == ((10, 0.5), (20, 0.4))
    [ends] = [block for block in blocks if isinstance(block, Table)]
    assert ends.rows[0] == ("one", 20, 30.5, 30.5, 10)


def test_runs_of_one_name_are_told_apart_by_the_folders_around(tmp_path: Path) -> None:
    for name in ("prenet/seed-0", "msfm/seed-0", "msfm/seed-1"):
        write(tmp_path / name, LINE % (10, 0.5))
    evidence = attach(Evidence(protocol="y-prenet"), [tmp_path], View())
    assert [log.name for log in evidence.logs] == ["msfm/seed-0", "seed-1", "prenet/seed-0"]
    named_twice = attach(Evidence(protocol="y-prenet"), [tmp_path, tmp_path / "msfm"], View())
    assert named_twice.logs == evidence.logs


def test_a_loss_below_zero_has_no_logarithm() -> None:
    log = TrainingLog("ssim", (LogEntry(10, -0.9, 30.0, 9.0),))
    blocks = find_report("training").make(Evidence(protocol="y-prenet", logs=(log,)))
    assert [b.y_scale for b in blocks if isinstance(b, Figure)] == ["linear", "linear"]


def test_a_path_without_evidence_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"a training run's log\.jsonl"):
        attach(Evidence(protocol="y-prenet"), [tmp_path], View())
