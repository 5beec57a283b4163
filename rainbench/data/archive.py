"""The members of a zip or a tar, read alike."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import IO, cast

from rainbench.data.content import Content

_BLOCK = 512
_CHUNK = 2**20
_MOST_HEADER = 16 * 2**20
"""Bytes that a tar may want in memory at once: names are short."""


@dataclass(frozen=True)
class Member:
    """One entry of an archive."""

    name: str
    """As the archive has it, decoded; it may be any text."""
    size: int
    """Bytes of its contents, as the archive says."""
    is_folder: bool
    oddity: str
    """What it is, where it is neither a file nor a folder: "the link"; empty for those."""
    open: Callable[[], IO[bytes]]


def read_zip(file: zipfile.ZipFile) -> list[Member]:
    """List a zip's members."""
    return [_zip_member(file, info) for info in file.infolist()]


def read_tar(stream: IO[bytes], content: Content, most: int) -> Iterator[Member]:
    """Read a tar's members one after the other; each must be used before the next is asked for.

    Args:
        stream: the archive, able to seek.
        content: how it is compressed.
        most: bytes that its files may have in all.

    Raises tarfile's errors, EOFError where it is cut short, and what the decompressor raises.
    """
    metered = _Metered(_plain(stream, content), 2 * most + 2**20)
    with tarfile.open(fileobj=cast("IO[bytes]", metered), mode="r:") as file:
        while (info := file.next()) is not None:
            yield _tar_member(file, info)
        # tarfile takes a damaged header, and an end without its mark, for the end.
        if len(metered.last) < _BLOCK:
            raise EOFError("the mark of its end is missing")
        if metered.last.strip(b"\x00"):
            raise tarfile.ReadError("a header that is none")
        while metered.read(_CHUNK):
            pass  # the checksum of the compressed stream stands at its end


def decode_name(raw: bytes) -> str:
    """Read a name that does not say its encoding: UTF-8, GBK (Chinese Windows) or CP437 (DOS)."""
    for encoding in ("utf-8", "gbk"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("cp437")


def _zip_member(file: zipfile.ZipFile, info: zipfile.ZipInfo) -> Member:
    name = info.orig_filename
    if not info.flag_bits & 0x800:  # not said to be UTF-8: zipfile took it for CP437
        name = decode_name(name.encode("cp437"))
    mode = info.external_attr >> 16
    kind = stat.S_IFMT(mode) if info.create_system == 3 else 0
    oddity = "" if kind in (0, stat.S_IFREG, stat.S_IFDIR) else _oddity(mode)
    if info.flag_bits & 0x1:
        oddity = "the encrypted file"
    return Member(
        name, info.file_size, name.endswith(("/", "\\")), oddity, partial(file.open, info)
    )


def _oddity(mode: int) -> str:
    return "the link" if stat.S_ISLNK(mode) else "the special file"


def _tar_member(file: tarfile.TarFile, info: tarfile.TarInfo) -> Member:
    oddity = ""
    if info.issym() or info.islnk():
        oddity = "the link"
    elif info.issparse():
        oddity = "the sparse file"
    elif not (info.isreg() or info.isdir()):
        oddity = "the special file"
    name = decode_name(info.name.encode("utf-8", errors="surrogateescape"))
    return Member(name, info.size, info.isdir(), oddity, partial(_open_tar, file, info))


def _open_tar(file: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    return file.extractfile(info) or io.BytesIO()


def _plain(stream: IO[bytes], content: Content) -> IO[bytes]:
    if content == "gzip":
        return cast("IO[bytes]", gzip.GzipFile(fileobj=stream, mode="rb"))
    if content == "bzip2":
        return cast("IO[bytes]", bz2.BZ2File(stream))
    if content == "xz":
        return cast("IO[bytes]", lzma.LZMAFile(stream))
    return stream


class _Metered(io.RawIOBase):
    """A stream that refuses to give more than it should, and keeps the last block it gave."""

    def __init__(self, stream: IO[bytes], most: int) -> None:
        super().__init__()
        self._stream = stream
        self._most = most
        self.last = b""

    def read(self, size: int = -1) -> bytes:
        """Read exactly `size` bytes, fewer at the end."""
        if not 0 <= size <= _MOST_HEADER:
            raise tarfile.ReadError(f"a header of {size} bytes")
        self._check(self._stream.tell() + size)
        found = self._stream.read(size)
        self.last = found[-_BLOCK:]
        return found

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place; a compressed stream is read up to there."""
        self._check(offset)
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        """Tell the place."""
        return self._stream.tell()

    def _check(self, place: int) -> None:
        if place > self._most:
            raise tarfile.ReadError("contents that swell as a bomb's do")
