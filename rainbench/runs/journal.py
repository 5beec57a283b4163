"""A file of JSON lines that only grows, and that survives being cut off anywhere."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rainbench.errors import ResultsError
from rainbench.runs.document import Document, parse

_NO_ROOM = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}


class Journal:
    """Appends JSON lines to a file; they are on the disk before `append` or `extend` returns.

    A last line without its newline was cut off by whatever ended the writer: it is removed
    before anything is appended, so that it never merges with the next.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._mended = False

    def append(self, document: Document) -> None:
        """Write one line. Raises ResultsError where the disk is full or refuses."""
        self.extend([document])

    def extend(self, documents: Iterable[Document]) -> None:
        """Write lines in one go; cut off, the first of them are there. Raises ResultsError."""
        lines = [json.dumps(each, ensure_ascii=False, allow_nan=False) + "\n" for each in documents]
        if not lines:
            return
        with writing(self.path), self.path.open("ab") as file:
            if not self._mended:
                file.truncate(_whole_length(self.path))
                self._mended = True
            # What fails half-way leaves a torn line, and the next writer must mend again.
            self._mended = False
            file.write(_encode("".join(lines)))
            file.flush()
            os.fsync(file.fileno())
            self._mended = True


def read_lines(path: Path) -> Iterator[tuple[str, Document]]:
    """Read a journal's whole lines as (place for messages, JSON object).

    A torn last line is as if it had never been written. Raises ResultsError for any other
    line that is no JSON object.
    """
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return
    except OSError as error:
        raise ResultsError(
            expected="a readable file", got=f"{path} ({error})", now="check its permissions"
        ) from error
    for number, line in enumerate(text.split(b"\n")[:-1], start=1):
        place = f"{path}:{number}"
        yield place, parse(line, place)


def write_document(path: Path, document: Document) -> None:
    """Write a JSON file that appears whole or not at all. Raises ResultsError."""
    part = path.with_name(path.name + ".part")
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
    with writing(path):
        with part.open("wb") as file:
            file.write(_encode(text))
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what a disk may answer into one sentence about `path`: a ResultsError."""
    try:
        yield
    except OSError as error:
        full = error.errno in _NO_ROOM
        kept = "run the same command again: what is done is kept"
        raise ResultsError(
            expected=f"room on the disk for {path}" if full else f"to write {path}",
            got=error.strerror or str(error),
            now=f"free some space and {kept}" if full else f"mend that and {kept}",
        ) from error


def _whole_length(path: Path) -> int:
    """Measure a file up to its last newline, in bytes."""
    return path.read_bytes().rfind(b"\n") + 1


def _encode(text: str) -> bytes:
    # What is no Unicode (half of a pair, from an odd file name) becomes a JSON escape.
    return text.encode(errors="backslashreplace")
