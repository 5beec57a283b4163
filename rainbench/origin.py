"""Where a dataset is to be had: sources, and the files each of them has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from rainbench.errors import PluginError

Host: TypeAlias = Literal["http", "google-drive", "hugging-face", "by-hand"]
"""How a source is reached: plain HTTP(S), Google Drive through gdown, Hugging Face over plain
HTTPS at a pinned revision; or by a person alone (Baidu, OneDrive, MEGA, a login)."""


@dataclass(frozen=True, kw_only=True)
class Download:
    """One file of a source."""

    address: str
    """The file's own address; on Google Drive the id of a file, or `folder:` and a folder's id."""
    name: str
    """What it is called on arrival ("Rain100L.zip"); `.00`, `.01` … are parts of one archive."""
    into: str = ""
    """The folder of the dataset that its contents belong in, POSIX; empty: the dataset's own."""
    sha256: str = ""
    """Of the file as fetched; empty: nobody has published it."""
    size: int | None = None
    """Bytes; None: nobody has published it."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """One place a dataset is to be had, as a dataset's file lists it, the most trusted first.

    Raises PluginError for a source that a program should reach and that names no file.
    """

    keeper: str
    """Whose copy it is: "the authors", "PReNet's copy"."""
    host: Host
    url: str
    """What a person opens in a browser."""
    release: str
    """The release that it holds."""
    splits: tuple[str, ...]
    """The splits that it holds."""
    files: tuple[Download, ...] = ()
    """What to fetch, in order; none where only a person can."""
    steps: tuple[str, ...] = ()
    """What a person does there that a reader would not guess, such as an access code."""
    state: str = ""
    """What is known of its health: "reported empty in 2022"."""

    def __post_init__(self) -> None:
        if self.host != "by-hand" and not self.files:
            raise PluginError(
                expected=f"the files of the source {self.url}, reached by {self.host}",
                got="none",
                now="name them, or call it by-hand",
            )

    def __str__(self) -> str:
        state = f" ({self.state})" if self.state else ""
        return f"{self.keeper}, {self.url}{state}"
