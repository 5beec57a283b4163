import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

from rainbench.data.install import (
    Record,
    SplitRecord,
    clear_stagings,
    install,
    parts,
    read_record,
    staging,
    stamp,
)
from rainbench.data.listing import RECORD
from rainbench.errors import DatasetError

HELD = Record(
    dataset="drizzle",
    release="1",
    splits={"test": SplitRecord(pairs=2, of=4, layout="a/1.png with b/1.png", base="Drizzle")},
    source="/home/someone/Drizzle.zip",
    files=4,
    bytes=400,
    installed="2026-11-25T03:41:30Z",
    version="0.1.0",
)


def installed(place: Path, record: Record = HELD, *, again: bool = False) -> Path:
    with staging(place, record.dataset) as folder:
        (folder / "1.png").write_bytes(b"a")
        return install(folder, place, record, again=again).path


def test_a_part_is_in_its_place_with_its_record(tmp_path: Path) -> None:
    path = installed(tmp_path)
    assert path == tmp_path / "drizzle" / "1-test"
    assert sorted(file.name for file in path.iterdir()) == ["1.png", RECORD]
    (part,) = parts(tmp_path / "drizzle")
    assert (part.path, part.record, part.files) == (path, HELD, path)
    assert part.record.is_partial
    assert not list(tmp_path.glob(".staging-*"))


def test_files_elsewhere_stay_there(tmp_path: Path) -> None:
    record = replace(HELD, folder=str(tmp_path / "mine"))
    installed(tmp_path / "data", record)
    (part,) = parts(tmp_path / "data" / "drizzle")
    assert part.files == tmp_path / "mine"


def test_what_is_there_is_not_overwritten_unasked(tmp_path: Path) -> None:
    path = installed(tmp_path)
    (path / "1.png").write_bytes(b"old")
    with pytest.raises(DatasetError, match="rainbench data remove drizzle"):
        installed(tmp_path)
    assert (path / "1.png").read_bytes() == b"old"
    installed(tmp_path, again=True)
    assert (path / "1.png").read_bytes() == b"a"
    assert not list(tmp_path.glob(".staging-*"))


def test_an_error_leaves_nothing(tmp_path: Path) -> None:
    def interrupted() -> None:
        with staging(tmp_path, "drizzle") as folder:
            (folder / "1.png").touch()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not list(tmp_path.iterdir())


KILLED = """
import os, sys, time
from pathlib import Path
from rainbench.data.install import staging
with staging(Path(sys.argv[1]), "drizzle") as folder:
    (folder / "1.png").touch()
    os._exit(9)
"""


def test_what_a_killed_process_left_goes_and_a_live_ones_stays(tmp_path: Path) -> None:
    end = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert end.returncode == 9
    (left,) = (folder for folder in tmp_path.glob(".staging-*") if folder.is_dir())
    with FileLock(f"{left}.lock"):
        clear_stagings(tmp_path)
        assert left.exists()
    with staging(tmp_path, "drizzle") as folder:
        assert not left.exists()
        clear_stagings(tmp_path)
        assert folder.exists()
    assert not list(tmp_path.glob(".staging-*"))


def test_a_place_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(DatasetError, match="set RAINBENCH_DATA"),
        staging(tmp_path / "file", "drizzle"),
    ):
        pass


def test_a_stamp_is_kept(tmp_path: Path) -> None:
    installed(tmp_path)
    (part,) = parts(tmp_path / "drizzle")
    stamp(part, {"when": "2026-11-25T04:00:00Z", "complete": False})
    (again,) = parts(tmp_path / "drizzle")
    assert again.record.verified == {"when": "2026-11-25T04:00:00Z", "complete": False}
    assert sorted(file.name for file in part.path.iterdir()) == ["1.png", RECORD]


def test_a_broken_record_is_named_and_a_strangers_passed_over(tmp_path: Path) -> None:
    file = installed(tmp_path) / RECORD
    file.write_text('{"name": "somebody else\'s"}', encoding="utf-8")
    assert read_record(file) is None
    assert parts(tmp_path / "drizzle") == ()
    for text in ("{", json.dumps({"release": "1", "installed": "", "splits": {}})):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(DatasetError, match="install the dataset again"):
            parts(tmp_path / "drizzle")
