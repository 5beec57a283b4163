"""Archives, unpacked as if they came from a stranger: only plain files, only where they belong.

No member leaves the folder, no link or device is made, a bomb is refused before it fills the
disk, and an archive that was cut short or damaged leaves nothing of itself behind.
"""

from __future__ import annotations

import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, NoReturn, cast

from rainbench.data.archive import Member, read_tar, read_zip
from rainbench.data.content import HEAD_BYTES, Content, content_of, content_of_file, page_in_words
from rainbench.data.member import Names
from rainbench.data.multipart import Joined, parts_of
from rainbench.data.room import disk_refused, in_bytes, need_room
from rainbench.errors import DatasetError

MOST_TIMES = 100
"""How often an archive's own size its contents may be: pictures hardly shrink at all."""
SMALL = 64 * 2**20
"""Bytes that any archive may hold, however well they shrink."""
MOST_FILES = 5_000_000
"""Six times what the largest dataset of the field has."""

_READABLE = ("zip", "tar", "gzip", "bzip2", "xz")
_SUFFIXES = (".zip", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz")
_CHUNK = 2**20

_DAMAGE = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, struct.error,
    NotImplementedError, RuntimeError, ValueError, OverflowError,
)  # fmt: skip
"""What Python's readers raise over an archive that is not sound."""


def unpack(
    archive: Path, folder: Path, *, on_bytes: Callable[[int], None] | None = None
) -> tuple[str, ...]:
    """Unpack a zip or a tar (plain, gzip, bzip2, xz) and list the files that it brought.

    Parts (x.zip.00, x.zip.01 …) are read as one archive, and archives inside it are unpacked
    where they stand. What systems leave behind (__MACOSX, Thumbs.db) is left out.

    Args:
        archive: the file, any of its parts, or the name that they share.
        folder: where its files go, made if need be; files already there stay.
        on_bytes: told after every piece how many bytes it had.

    Returns relative POSIX paths, in the archive's order.

    Raises DatasetError for what is no such archive, is damaged, cut short, encrypted or too large
    for the disk; for a member that is a link or a device, would lie outside the folder, or
    differs from another one by letter case alone; and for contents a hundred times larger than
    the archive. Nothing of it is left in the folder then.
    """
    parts = parts_of(archive)
    with _sound(archive):
        size = sum(part.stat().st_size for part in parts)
    work = _Work(archive, folder, max(SMALL, MOST_TIMES * size), on_bytes or (lambda _: None))
    try:
        work.unpack(archive, parts, folder)
        for file in work.inner_archives():
            work.unpack(file, (file,), file.parent)
            file.unlink()
            work.written.remove(file)
    except BaseException:
        work.undo()
        raise
    return tuple(file.relative_to(folder).as_posix() for file in work.written)


@dataclass
class _Work:
    """One call's unpacking: what is written so far, and how much more may be."""

    archive: Path
    folder: Path
    most: int
    """Bytes that may be written in all."""
    on_bytes: Callable[[int], None]
    names: Names = field(default_factory=Names)
    written: list[Path] = field(default_factory=list)
    made: list[Path] = field(default_factory=list)
    size: int = 0
    """Bytes that are written."""

    def unpack(self, archive: Path, parts: tuple[Path, ...], folder: Path) -> None:
        with _sound(archive), _read(parts) as stream:
            content = content_of(stream.read(HEAD_BYTES))
            stream.seek(0)
            if content == "zip":
                with zipfile.ZipFile(stream) as file:
                    members = read_zip(file)
                    self._check_promise(archive, sum(member.size for member in members))
                    self._write_all(archive, folder, iter(members))
            elif content in _READABLE:
                self._write_all(archive, folder, read_tar(stream, content, self.most))
            else:
                _refuse(archive, content, stream)

    def inner_archives(self) -> list[Path]:
        return [
            file
            for file in self.written
            if file.name.lower().endswith(_SUFFIXES) and content_of_file(file) in _READABLE
        ]

    def undo(self) -> None:
        for file in self.written:
            file.unlink(missing_ok=True)
        for folder in reversed(self.made):
            if not any(folder.iterdir()):
                folder.rmdir()

    def _check_promise(self, archive: Path, size: int) -> None:
        if self.size + size > self.most:
            self._refuse_bomb(archive, size)
        need_room(self.folder, size, f"what {archive.name} holds")

    def _write_all(self, archive: Path, folder: Path, members: Iterator[Member]) -> None:
        prefix = folder.relative_to(self.folder).parts
        self._make(folder)
        for member in members:
            path = self.names.place(archive, member, prefix)
            if path is None:
                continue
            if len(self.written) >= MOST_FILES:
                raise DatasetError(
                    expected=f"fewer than {MOST_FILES} files in {archive}",
                    got="more",
                    now="unpack it by hand, if you trust it",
                )
            target = self.folder.joinpath(*path)
            if member.is_folder:
                self._make(target)
            else:
                self._make(target.parent)
                self._write(archive, member, target)

    def _write(self, archive: Path, member: Member, target: Path) -> None:
        with member.open() as source:
            stream = self._create(target)
            with stream:
                while piece := source.read(_CHUNK):
                    self.size += len(piece)
                    if self.size > self.most:
                        self._refuse_bomb(archive, member.size)
                    with _disk(target):
                        stream.write(piece)
                    self.on_bytes(len(piece))
                with _disk(target):
                    stream.flush()

    def _create(self, target: Path) -> IO[bytes]:
        try:
            stream = target.open("xb")
        except FileExistsError as error:
            raise DatasetError(
                expected=f"no file {target} yet",
                got="one",
                now="take it away, or unpack into an empty folder",
            ) from error
        except OSError as error:
            raise disk_refused(error, target) from error
        self.written.append(target)
        return stream

    def _make(self, folder: Path) -> None:
        missing = []
        while not folder.is_dir():
            missing.append(folder)
            folder = folder.parent
        for one in reversed(missing):
            with _disk(one):
                one.mkdir()
            self.made.append(one)

    def _refuse_bomb(self, archive: Path, size: int) -> NoReturn:
        raise DatasetError(
            expected=f"at most {in_bytes(self.most)} in {archive}, {MOST_TIMES} times its own size",
            got=f"{in_bytes(max(size, self.size))} or more",
            now="delete it: an archive that swells like this is made to fill disks",
        )


def _read(parts: tuple[Path, ...]) -> IO[bytes]:
    return cast("IO[bytes]", io.BufferedReader(Joined(parts)))


@contextmanager
def _sound(archive: Path) -> Iterator[None]:
    """Turn what the readers raise over an archive into one sentence."""
    try:
        yield
    except DatasetError:
        raise
    except OSError as error:
        if error.errno is None:  # gzip's and bzip2's own
            raise _damaged(archive, error) from error
        raise DatasetError(
            expected=f"an archive that can be read, {archive}",
            got=error.strerror or str(error),
            now="check the path and its permissions",
        ) from error
    except _DAMAGE as error:
        raise _damaged(archive, error) from error


@contextmanager
def _disk(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise disk_refused(error, file) from error


def _damaged(archive: Path, error: Exception) -> DatasetError:
    said = str(error).rstrip(".") or type(error).__name__
    short = isinstance(error, EOFError) or any(
        words in said
        for words in ("unexpected end", "is not a zip file", "cut short", "ended before")
    )
    return DatasetError(
        expected=f"a whole archive in {archive}",
        got=f"one that is {'cut short' if short else 'damaged'} ({said})",
        now="fetch it again",
    )


def _refuse(archive: Path, content: Content, stream: IO[bytes]) -> NoReturn:
    now = "fetch it again, or from another source"
    if content in ("7z", "rar"):
        now = "unpack it by hand, then `rainbench data import NAME FOLDER`"
        got = f"a {content} archive"
    elif content == "web page":
        got = page_in_words(stream.read(2**20))
    elif content == "Git-LFS pointer":
        got = "a Git-LFS pointer, 130 bytes that stand for the file"
    elif content == "empty":
        got = "an empty file"
    else:
        got = "a file of some other kind"
    raise DatasetError(expected=f"a zip or tar archive in {archive}", got=got, now=now)
