"""What a file is by its first bytes, whatever it is called."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeAlias

Content: TypeAlias = Literal[
    "zip",
    "gzip",
    "bzip2",
    "xz",
    "tar",
    "7z",
    "rar",
    "web page",
    "Git-LFS pointer",
    "empty",
    "other",
]

HEAD_BYTES = 1024
"""As much of a file as is looked at."""

_MAGIC: tuple[tuple[bytes, Content], ...] = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),  # an empty one
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "rar"),
    (b"version https://git-lfs", "Git-LFS pointer"),
)
_PAGE = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script")

QUOTA = (
    "too many users have viewed or downloaded",
    "quota exceeded",
    "download quota",
)
LOGIN = ("accounts.google.com", "sign in", "log in", "login", "password")
CONFIRM = ("virus scan warning", "can't scan this file for viruses", "download-form")


def content_of(head: bytes) -> Content:
    """Name what begins with these bytes."""
    if not head:
        return "empty"
    for magic, content in _MAGIC:
        if head.startswith(magic):
            return content
    if head[257:262] == b"ustar":
        return "tar"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(_PAGE) or (text.startswith((b"<!--", b"<?xml")) and b"<html" in text):
        return "web page"
    return "other"


def content_of_file(file: Path) -> Content:
    """Name what a file is. Raises OSError."""
    with file.open("rb") as stream:
        return content_of(stream.read(HEAD_BYTES))


def page_in_words(page: bytes) -> str:
    """Say what a web page that came in place of a file is about, as far as its words tell."""
    text = (
        page.decode("utf-8", errors="replace")
        .lower()
        .replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    )
    if any(word in text for word in QUOTA):
        return "a web page that says its download quota is used up (try again in a day)"
    if any(word in text for word in CONFIRM):
        return "a web page that asks to confirm a download without a virus scan"
    if any(word in text for word in LOGIN):
        return "a web page that asks for a login"
    return "a web page"
