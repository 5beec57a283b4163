"""The name of an archive's member: decoded, held to the folder, and unlike every other."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path, PureWindowsPath

from rainbench.data.archive import Member
from rainbench.data.listing import is_litter
from rainbench.errors import DatasetError

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Names:
    """The names that are taken, as a file system that ignores letter case sees them."""

    def __init__(self) -> None:
        self._files: dict[str, str] = {}
        self._folders: dict[str, str] = {}

    def place(
        self, archive: Path, member: Member, prefix: tuple[str, ...] = ()
    ) -> tuple[str, ...] | None:
        """Give the parts of a member's path, below `prefix`; None: it is left out.

        Raises DatasetError for a member that must not or cannot be unpacked.
        """
        parts = _safe_parts(archive, member)
        if not parts or any(is_litter(part) for part in parts):
            return None
        path = (*prefix, *parts)
        for depth in range(1, len(path)):
            self._take(archive, path[:depth], folder=True)
        self._take(archive, path, folder=member.is_folder)
        return path

    def _take(self, archive: Path, path: tuple[str, ...], *, folder: bool) -> None:
        name = "/".join(path)
        key = unicodedata.normalize("NFC", name).casefold()
        taken, other = (self._folders, self._files) if folder else (self._files, self._folders)
        rival = other.get(key) or taken.get(key)
        if rival is None or (folder and rival == name and key not in other):
            taken[key] = name
            return
        same = "the same name" if rival == name else "names that differ by letter case alone"
        raise DatasetError(
            expected=f"a name of its own for every file in {archive}",
            got=f"{rival!r} and {name!r}, {same}",
            now="unpack it by hand and keep one of the two",
        )


def _safe_parts(archive: Path, member: Member) -> tuple[str, ...]:
    """Part a member's name. Raises DatasetError for one that leads out of the folder."""
    name = member.name.replace("\\", "/")
    if member.oddity:
        raise _refusal(archive, f"{member.oddity} {member.name!r}")
    if name.startswith("/") or PureWindowsPath(name).drive:
        raise _refusal(archive, f"the absolute path {member.name!r}")
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if ".." in parts:
        raise _refusal(archive, f"{member.name!r}, which leads out of the folder")
    if _CONTROL.search(name):
        raise _refusal(archive, f"the name {member.name!r} with control characters")
    return parts


def _refusal(archive: Path, got: str) -> DatasetError:
    return DatasetError(
        expected=f"plain files and folders in {archive}",
        got=got,
        now="unpack by hand what you trust of it, then `rainbench data import NAME FOLDER`",
    )
