"""Putting a dataset in a data place: whole, or not at all.

    PLACE/
      rain100l/                    a dataset's name
        original-test/             a part: what one import or one download brought
          dataset.json             its Record
          Rain100L/rain-001.png    its files as they came; none, where the record's `folder`
                                   names a folder elsewhere that they stay in
      .staging-rain100l-8c2f01/    a part in the making, with a lock beside it

A part is made in a staging folder and moves in by one rename:

    with staging(place, name) as folder:          # empty, and on the file system of `place`
        ...                                       # fill it
        part = install(folder, place, record)     # the record is written first

What is left of a staging folder goes when its block ends; what a killed process left goes at the
next staging() in that place. rainbench.data.importing.settle(folder, place, name, source) finds
out what a filled staging folder holds and installs it. `parts(folder)` reads what a dataset's
folder holds, `stamp(part, verified)` notes what a check found.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from secrets import token_hex
from typing import Any

from rainbench.data.listing import RECORD
from rainbench.dataset import Half
from rainbench.errors import DatasetError

STAGING = ".staging-"


@dataclass(frozen=True, kw_only=True)
class SplitRecord:
    """What a part holds of one split."""

    pairs: int
    of: int | None
    """Pairs that the release promises; None: it promises no number."""
    layout: str
    """The layout as its first example says it: "rainy/rain-001.png with norain/norain-001.png"."""
    base: str = ""
    """The folder that the layout's paths are relative to, inside the part's files; POSIX."""
    rainy_half: Half | None = None
    """The rainy half, where a copy has it on the other side than its dataset says."""

    @property
    def is_partial(self) -> bool:
        """Whether pairs are missing."""
        return self.of is not None and self.pairs < self.of


@dataclass(frozen=True, kw_only=True)
class Record:
    """What a part is, and where it came from: its dataset.json."""

    dataset: str
    release: str
    splits: Mapping[str, SplitRecord]
    source: str
    """The address or the path that it came from."""
    files: int
    bytes: int
    """Size on disk of its files, where they lie."""
    folder: str | None = None
    """The folder elsewhere that its files stay in, absolute; None: they are in the part."""
    proof: tuple[int, int] = (0, 0)
    """How many pictures of known digest agreed with it, and how many were looked at."""
    installed: str
    """When, UTC: "2026-11-25T03:41:30Z"."""
    version: str
    """The version of rainbench that installed it."""
    verified: Mapping[str, Any] | None = None
    """What a check found, with `when` in it; None: none has been made."""

    @property
    def part(self) -> str:
        """The name of the part's folder: release and splits."""
        return re.sub(r"[^A-Za-z0-9._-]+", "_", "-".join([self.release, *sorted(self.splits)]))

    @property
    def doubt(self) -> str:
        """Say that its pixels are not those known of the dataset; empty: nothing speaks for it."""
        agree, known = self.proof
        if agree or not known:
            return ""
        return f"none of the {known} known pictures agrees: encoded anew, or not {self.dataset}'s"

    @property
    def is_partial(self) -> bool:
        """Whether pairs are missing from a split."""
        return any(split.is_partial for split in self.splits.values())

    def to_json(self) -> dict[str, Any]:
        """Give the record as JSON's plain values."""
        return {"schema": 1, **asdict(self)}


@dataclass(frozen=True)
class Part:
    """An installed part: its folder in the data place, and its record."""

    path: Path
    record: Record

    @property
    def files(self) -> Path:
        """The folder that its files lie in, here or elsewhere."""
        return self.path if self.record.folder is None else Path(self.record.folder)


@contextmanager
def staging(place: Path, name: str) -> Iterator[Path]:
    """Give an empty folder in `place` for a part of the dataset `name`, and take it away after.

    Raises DatasetError where the place cannot be written.
    """
    from filelock import FileLock

    folder = place / f"{STAGING}{name}-{token_hex(4)}"
    try:
        place.mkdir(parents=True, exist_ok=True)
        clear_stagings(place)
        lock = FileLock(f"{folder}.lock")
        lock.acquire()  # before the folder is there: a folder without its lock held is nobody's
        folder.mkdir()
    except OSError as error:
        raise _cannot_write(place, error) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        lock.release()
        Path(f"{folder}.lock").unlink(missing_ok=True)


def clear_stagings(place: Path) -> None:
    """Take away the staging folders whose processes are gone."""
    from filelock import FileLock, Timeout

    for folder in sorted(place.glob(f"{STAGING}*")):
        if folder.suffix == ".lock" and folder.with_suffix("").exists():
            continue  # its folder's turn comes
        file = folder if folder.suffix == ".lock" else Path(f"{folder}.lock")
        try:
            with FileLock(file, timeout=0):
                shutil.rmtree(file.with_suffix(""), ignore_errors=True)
            file.unlink(missing_ok=True)
        except (Timeout, OSError):
            continue  # a live process's own


def install(staged: Path, place: Path, record: Record, *, again: bool = False) -> Part:
    """Write the record into a staging folder and move that to its place in one step.

    `again`: take the place of the part that is there. Raises DatasetError where there is one
    already, and where the place cannot be written.
    """
    from filelock import FileLock

    target = place / record.dataset / record.part
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _write(staged / RECORD, record)
        with FileLock(place / f".{record.dataset}.lock"):
            if target.exists():
                if not again:
                    raise _there_already(target, record)
                # Aside under the staging's own name, so that whoever clears it clears both.
                target.replace(staged.with_name(f"{staged.name}-old"))
            staged.replace(target)
    except OSError as error:
        raise _cannot_write(place, error) from error
    finally:
        shutil.rmtree(staged.with_name(f"{staged.name}-old"), ignore_errors=True)
    return Part(target, record)


def parts(folder: Path) -> tuple[Part, ...]:
    """List the parts in a dataset's folder, by name. Raises DatasetError for a broken record."""
    if not folder.is_dir():
        return ()
    files = sorted(folder.glob(f"*/{RECORD}"))
    found = [(file.parent, read_record(file)) for file in files]
    return tuple(Part(path, record) for path, record in found if record is not None)


def read_record(file: Path) -> Record | None:
    """Read a dataset.json; None where it is somebody else's. Raises DatasetError."""
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _broken(file, str(error)) from error
    if not isinstance(said, dict) or "release" not in said or "installed" not in said:
        return None
    try:
        fields = {name: value for name, value in said.items() if name != "schema"}
        splits = {name: SplitRecord(**split) for name, split in fields.pop("splits").items()}
        agree, known = fields.pop("proof", (0, 0))
        return Record(splits=splits, proof=(agree, known), **fields)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise _broken(file, str(error)) from error


def stamp(part: Part, verified: Mapping[str, Any]) -> Part:
    """Note in a part's record what a check found; the record is whole at every moment."""
    record = replace(part.record, verified=verified)
    _write(part.path / RECORD, record)
    return Part(part.path, record)


def _write(file: Path, record: Record) -> None:
    part = file.with_name(f".{file.name}.{token_hex(4)}")
    with part.open("w", encoding="utf-8", newline="\n") as stream:
        json.dump(record.to_json(), stream, indent=2, ensure_ascii=False)
        stream.write("\n")
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(file)


def _there_already(target: Path, record: Record) -> DatasetError:
    return DatasetError(
        expected=f"no part {record.part} of {record.dataset} yet",
        got=f"the one in {target}",
        now=f"use it, or take it away with `rainbench data remove {record.dataset}`",
    )


def _cannot_write(place: Path, error: OSError) -> DatasetError:
    return DatasetError(
        expected=f"a folder for datasets that can be written, {place}",
        got=error.strerror or str(error),
        now="make room there, or set RAINBENCH_DATA to a folder that you may write to",
    )


def _broken(file: Path, got: str) -> DatasetError:
    return DatasetError(
        expected=f"the record of an installed dataset in {file}",
        got=got,
        now="take that folder away and install the dataset again",
    )
