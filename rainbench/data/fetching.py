"""The files of one source: fetched, checked and laid out as the source says."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from rainbench.data.download import OnNote, download
from rainbench.data.drive import fetch_from_drive
from rainbench.data.listing import is_picture
from rainbench.data.multipart import NUMBERED, parts_of
from rainbench.data.network import Patience
from rainbench.data.room import disk_refused, need_room
from rainbench.data.unpack import unpack
from rainbench.errors import DatasetError
from rainbench.origin import Download, Source

DOWNLOADS = ".downloads"

_GROWTH = 1.1
"""What an archive of pictures grows by when it is unpacked, at most."""


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """How far a file has come, for a progress bar and for plain lines alike."""

    step: str
    """What is being done: "fetching" or "unpacking"."""
    file: str
    here: int
    """Bytes that are through."""
    whole: int | None = None
    """Bytes that there will be; None: nobody says."""


@dataclass(frozen=True, kw_only=True)
class Ways:
    """How a source's files are to be had."""

    patience: Patience | None = None
    offline: bool = False
    mirror: str = ""
    """A URL or a folder that has the files by their names, in place of the source's own."""
    on_note: OnNote = lambda _: None
    on_transfer: Callable[[Transfer], None] = lambda _: None


def downloads_of(place: Path, name: str, source: Source) -> Path:
    """Name the folder of a data place in which a source's files are gathered."""
    addresses = "\n".join(file.address for file in source.files)
    return place / DOWNLOADS / f"{name}-{sha256(addresses.encode()).hexdigest()[:8]}"


def mirrored(source: Source, mirror: str) -> Source:
    """Give a source whose files are at a mirror: a URL or folder that has them, or one archive.

    Raises DatasetError for a path to nothing.
    """
    if not re.match(r"https?://", mirror):
        here = Path(mirror).expanduser().absolute()
        if not here.exists():
            raise DatasetError(
                expected="a URL, a folder or an archive as --from",
                got=f"nothing at {here}",
                now="check the path",
            )
        mirror = str(here)
    last = mirror.rpartition("/")[2]
    if last in [file.name for file in source.files] or Path(mirror).is_file():
        wanted = [file for file in source.files if file.name == last] or source.files[:1]
        files = [replace(wanted[0], address=mirror)] if wanted else []
    else:
        base = mirror.rstrip("/\\")
        files = [replace(file, address=f"{base}/{file.name}") for file in source.files]
    return replace(source, keeper="your mirror", host="http", url=mirror, files=tuple(files))


def fetch_files(source: Source, folder: Path, ways: Ways) -> list[tuple[Download, Path]]:
    """Fetch a source's files into a folder; what is there already is not fetched again.

    Raises DatasetError for the first that cannot be had; the others stay.
    """
    missing = [file for file in source.files if not (folder / file.name).exists()]
    known = sum(file.size or 0 for file in missing)
    need_room(folder, int(known * (1 + _GROWTH)), f"what {source.keeper} has")
    return [(file, _fetch(source, file, folder / file.name, ways)) for file in source.files]


def lay_out(files: list[tuple[Download, Path]], folder: Path, ways: Ways) -> None:
    """Unpack fetched files where the source says that they belong. Raises DatasetError."""
    for file, path in files:
        target = folder / file.into
        for each in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if each.is_file():
                inside = each.relative_to(path).parent if path.is_dir() else Path()
                _lay_out(each, target / inside, ways)


def _fetch(source: Source, file: Download, path: Path, ways: Ways) -> Path:
    def tell(here: int, whole: int | None) -> None:
        ways.on_transfer(Transfer(step="fetching", file=file.name, here=here, whole=whole))

    if source.host == "google-drive":
        return fetch_from_drive(
            file.address, path, patience=ways.patience, offline=ways.offline, on_bytes=tell
        )
    if Path(file.address).is_absolute():
        return Path(file.address)
    return download(
        file.address, path, sha256=file.sha256, size=file.size, room=_GROWTH,
        patience=ways.patience, offline=ways.offline, on_bytes=tell, on_note=ways.on_note,
    )  # fmt: skip


def _lay_out(file: Path, folder: Path, ways: Ways) -> None:
    if is_picture(file.name):
        _link(file, folder / file.name)
        return
    if NUMBERED.fullmatch(file.name) and parts_of(file)[0] != file:
        return  # its first part's turn comes, and brings all of them
    here = 0

    def tell(more: int) -> None:
        nonlocal here
        here += more
        ways.on_transfer(Transfer(step="unpacking", file=file.name, here=here))

    unpack(file, folder, on_bytes=tell)


def _link(file: Path, target: Path) -> None:
    """Give a file a second name, or copy it where that cannot be."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(file, target)
        except OSError:
            shutil.copyfile(file, target)
    except OSError as error:
        raise disk_refused(error, target) from error
