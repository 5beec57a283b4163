"""Archives that tests make in memory, sound ones and others."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path


def zip_bytes(members: Mapping[str, bytes], *, packed: bool = True) -> bytes:
    """Make a zip of these members, all of one date."""
    buffer = io.BytesIO()
    how = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(buffer, "w", how) as file:
        for name, contents in members.items():
            file.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), contents, how)
    return buffer.getvalue()


def tar_bytes(members: Mapping[str, bytes | tarfile.TarInfo], packing: str = "") -> bytes:
    """Make a tar of these members: contents, or a ready header without any."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=f"w:{packing}") as file:  # type: ignore[call-overload]
        for name, contents in members.items():
            if isinstance(contents, tarfile.TarInfo):
                contents.name = name
                file.addfile(contents)
            else:
                info = tarfile.TarInfo(name)
                info.size = len(contents)
                file.addfile(info, io.BytesIO(contents))
    return buffer.getvalue()


def tree(folder: Path) -> dict[str, bytes]:
    """Read all files under a folder: contents by relative POSIX path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
