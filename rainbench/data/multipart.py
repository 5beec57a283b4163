"""An archive that came in numbered parts, read as the one file it was cut from."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from rainbench.errors import DatasetError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

NUMBERED = re.compile(
    r"(?P<name>.+\.(?:zip|tar|tgz|gz|bz2|xz))\.(?P<number>\d{1,3})", re.IGNORECASE
)


def parts_of(archive: Path) -> tuple[Path, ...]:
    """List the files that make up an archive, in order: x.zip.00, x.zip.01 …, or itself alone.

    `archive` may be any of the parts, or x.zip where only the parts are there. Raises DatasetError
    where a part is missing.
    """
    match = NUMBERED.fullmatch(archive.name)
    if match is None and archive.exists():
        return (archive,)
    name = archive.name if match is None else match["name"]
    found = {}
    for file in sorted(archive.parent.glob("*")):
        other = NUMBERED.fullmatch(file.name)
        if other is not None and other["name"] == name:
            found[int(other["number"])] = file
    if not found:
        return (archive,)
    first = min(found)
    missing = sorted(set(range(min(first, 1), max(found) + 1)) - found.keys())
    if missing:
        raise DatasetError(
            expected=f"all parts of {name} in {archive.parent}",
            got=f"none numbered {', '.join(map(str, missing[:3]))}",
            now="fetch the parts that are missing",
        )
    return tuple(found[number] for number in sorted(found))


class Joined(io.RawIOBase):
    """Files read one after the other as one; it can seek. Nothing is copied."""

    def __init__(self, files: Iterable[Path]) -> None:
        super().__init__()
        self._streams = [file.open("rb") for file in files]
        self._sizes = [stream.seek(0, io.SEEK_END) for stream in self._streams]
        self._place = 0

    def readable(self) -> bool:
        """Whether it can be read: yes."""
        return True

    def seekable(self) -> bool:
        """Whether it can seek: yes."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place, in bytes."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: sum(self._sizes)}[whence]
        if start + offset < 0:
            raise OSError("a place before the beginning")
        self._place = start + offset
        return self._place

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read from one part, as much as there is of it."""
        place = self._place
        for stream, size in zip(self._streams, self._sizes, strict=True):
            if place < size:
                stream.seek(place)
                count = stream.readinto(buffer)
                self._place += count
                return count
            place -= size
        return 0

    def close(self) -> None:
        """Close every part."""
        for stream in self._streams:
            stream.close()
        super().close()
