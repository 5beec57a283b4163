"""Results in one zip: the same results are the same bytes, and every file has its digest.

Members are `<dataset>/<run>/run.json`, its journals and, on request, its restored pictures, in
order of name; the last is a manifest of all others. Times and permissions are fixed.
"""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from rainbench.errors import DatasetError, ResultsError, UsageError
from rainbench.evidence.evidence import read_records
from rainbench.runs.document import Fields, parse
from rainbench.runs.identity import file_stem
from rainbench.runs.journal import writing
from rainbench.runs.record import FAILURES, HEADER, SESSIONS, RunRecord
from rainbench.runs.recorder import restored_path

FORMAT = "rainbench results"
SCHEMA = 1
"""Of the zip; that of the runs inside is their own."""
MANIFEST = "rainbench-results.json"

_WHEN = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip knows
_MODE = 0o100644 << 16
_LEVEL = 9


@dataclass(frozen=True)
class Bundle:
    """A zip of results that was written."""

    path: Path
    runs: int
    pictures: int
    size: int
    """In bytes."""
    sha256: str


def export_results(results: str | Path, file: str | Path, *, pictures: bool = False) -> Bundle:
    """Write a folder of results into one zip that appears whole or not at all.

    Args:
        results: the folder of results; every run in it must read.
        file: the zip, which must not be there yet.
        pictures: whether the restored pictures come along.

    What sessions tell of their machine (host, command, folders) is in it. Raises UsageError for
    a folder without results and for a file that is there, ResultsError for a run that cannot be
    trusted or a disk that refuses.
    """
    file = Path(file)
    if file.exists():
        raise UsageError(
            expected="a new file to write", got=f"{file}, which is there", now="name another"
        )
    records = list(read_records(Path(results)))
    part = file.with_name(f"{file.name}.part")
    count = 0
    with writing(file):
        try:
            with zipfile.ZipFile(part, "w") as archive:
                digests = {}
                for name, source in sorted(_members(records, pictures)):
                    content = _whole_lines(source)
                    digests[name] = sha256(content).hexdigest()
                    count += source.suffix == ".png"
                    archive.writestr(*_entry(name, content))
                archive.writestr(*_entry(MANIFEST, _manifest(digests)))
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)
        content = file.read_bytes()
    return Bundle(file, len(records), count, len(content), sha256(content).hexdigest())


@contextmanager
def opened_results(path: str | Path) -> Iterator[Path]:
    """Give a folder of results as it is, or what a zip of results holds, for as long as needed.

    Of a zip, every file is held to the manifest. Raises ResultsError for what is no such zip, is
    damaged, or was written by a newer rainbench, UsageError where there is nothing.
    """
    path = Path(path)
    if path.is_dir():
        yield path
        return
    if not path.is_file():
        raise UsageError(
            expected="a folder of results, or a zip of them", got=f"none at {path}", now="check it"
        )
    with tempfile.TemporaryDirectory(prefix="rainbench-results-") as folder:
        _unpack(path, Path(folder))
        yield Path(folder)


def _members(records: list[RunRecord], pictures: bool) -> Iterator[tuple[str, Path]]:
    for record in records:
        home = f"{file_stem(record.header.run.dataset)}/{record.folder.name}"
        journals = [*sorted(record.folder.glob("images*.jsonl")), record.folder / SESSIONS]
        for file in (record.folder / HEADER, record.folder / FAILURES, *journals):
            if file.exists():
                yield f"{home}/{file.name}", file
        for image in record.images if pictures else ():
            picture = restored_path(record.folder, image)
            if picture.exists():
                yield f"{home}/{picture.parent.name}/{picture.name}", picture


def _whole_lines(file: Path) -> bytes:
    """Read a file; of a journal only the whole lines, for it may be written to meanwhile."""
    content = file.read_bytes()
    return content[: content.rfind(b"\n") + 1] if file.suffix == ".jsonl" else content


def _entry(name: str, content: bytes) -> tuple[zipfile.ZipInfo, bytes, int, int]:
    info = zipfile.ZipInfo(name, _WHEN)
    info.create_system, info.external_attr = 3, _MODE
    # A PNG is compressed already.
    kind = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED
    return info, content, kind, _LEVEL


def _manifest(digests: dict[str, str]) -> bytes:
    document = {"format": FORMAT, "schema": SCHEMA, "files": digests}
    return (json.dumps(document, indent=1, sort_keys=True) + "\n").encode()


def _unpack(file: Path, folder: Path) -> None:
    from rainbench.data.unpack import unpack

    try:
        names = unpack(file, folder)
    except DatasetError as error:
        raise ResultsError(
            expected=error.expected, got=error.got, now="export the results again"
        ) from error
    manifest = folder / MANIFEST
    if not manifest.exists():
        raise _refused(file, f"a zip without {MANIFEST}")
    fields = Fields(parse(manifest.read_bytes(), f"{MANIFEST} in {file}"), str(file))
    if fields.text("format") != FORMAT:
        raise _refused(file, f"a zip of {fields.text('format')!r}")
    if fields.whole("schema") > SCHEMA:
        raise ResultsError(
            expected=f"a zip of results of schema {SCHEMA} or older",
            got=f"schema {fields.whole('schema')} in {file}",
            now="update rainbench",
        )
    stated = fields.mapping("files")
    held = {name: _digest(folder / name) for name in names if name != MANIFEST}
    odd = sorted(name for name in {*stated, *held} if stated.get(name) != held.get(name))
    if odd:
        raise _refused(file, f"{len(odd)} that are not as the manifest has them, such as {odd[0]}")


def _digest(file: Path) -> str:
    return sha256(file.read_bytes()).hexdigest()


def _refused(file: Path, got: str) -> ResultsError:
    return ResultsError(
        expected=f"the files of a `rainbench results export` in {file}",
        got=got,
        now="export the results again",
    )
