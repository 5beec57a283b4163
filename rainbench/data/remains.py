"""What is left of a download that was stopped: its `.part` file, and a note of what it is of."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Origin:
    """The state of a file on its server, as far as the server tells it."""

    address: str
    etag: str = ""
    last_modified: str = ""
    length: int | None = None
    """Bytes of the whole file."""
    sha256: str = ""
    """Where the server tells that too, as Hugging Face does."""

    @property
    def validator(self) -> str:
        """What If-Range takes: a strong ETag, else a date; empty: there is none."""
        return self.etag if self.etag.startswith('"') else self.last_modified

    def agrees(self, other: Origin) -> bool:
        """Whether nothing that both of them tell differs."""
        told = [
            (self.etag, other.etag),
            (self.last_modified, other.last_modified),
            (self.length, other.length),
            (self.sha256, other.sha256),
        ]
        return all(mine == theirs for mine, theirs in told if mine and theirs)


class Remains:
    """The part of a file that has been fetched so far."""

    def __init__(self, file: Path) -> None:
        self.path = file.with_name(file.name + ".part")
        self._note = file.with_name(file.name + ".part.json")
        self._file = file

    @property
    def size(self) -> int:
        """Bytes fetched so far."""
        return self.path.stat().st_size if self.path.exists() else 0

    def origin(self) -> Origin | None:
        """Read what the part is of; None: nobody can tell, and it must start again."""
        try:
            return Origin(**json.loads(self._note.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def start(self, origin: Origin) -> None:
        """Begin anew with a file of this origin; the note is there before the first byte."""
        self.discard()
        self._file.parent.mkdir(parents=True, exist_ok=True)
        draft = self._note.with_name(self._note.name + ".new")
        draft.write_text(json.dumps(asdict(origin)) + "\n", encoding="utf-8")
        draft.replace(self._note)

    def discard(self) -> None:
        """Throw away what was fetched."""
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def finish(self) -> None:
        """Give the whole file its name, once it is on the disk."""
        with self.path.open("ab") as stream:
            os.fsync(stream.fileno())
        self.path.replace(self._file)
        self._note.unlink(missing_ok=True)
