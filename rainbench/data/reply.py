"""What a server answered, read with suspicion."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from rainbench.data.content import content_of, page_in_words
from rainbench.data.remains import Origin
from rainbench.errors import DatasetError

if TYPE_CHECKING:
    from requests import Response

OVERLOADED = (408, 425, 429, 500, 502, 503, 504)
"""Statuses that another try may end."""

_RANGE = re.compile(r"bytes (?:(?P<start>\d+)-\d+|\*)/(?P<total>\d+|\*)")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_STATUS = {
    401: "a login is asked for",
    403: "access is denied",
    404: "there is no such file any more",
    410: "the file has been taken away",
}


def origin_of(reply: Response, address: str) -> Origin:
    """Read what a server tells of a file."""
    headers = reply.headers
    length = range_of(reply)[1] if reply.status_code == 206 else _number(reply, "Content-Length")
    # Hugging Face tells the file's own digest, in the answer that leads to the file.
    linked = [answer.headers.get("X-Linked-Etag", "").strip('"') for answer in reply.history]
    return Origin(
        address=address,
        etag=headers.get("ETag", ""),
        last_modified=headers.get("Last-Modified", ""),
        length=length,
        sha256=next((etag for etag in linked if _SHA256.fullmatch(etag)), ""),
    )


def range_of(reply: Response) -> tuple[int | None, int | None]:
    """Read Content-Range: the first byte, and the size of the whole; None: not told."""
    match = _RANGE.fullmatch(reply.headers.get("Content-Range", "").strip())
    if match is None:
        return None, None
    start, total = match["start"], match["total"]
    return (None if start is None else int(start)), (None if total == "*" else int(total))


def wait_seconds(reply: Response) -> float | None:
    """Read Retry-After, in seconds from now; None: it says nothing."""
    said = reply.headers.get("Retry-After", "").strip()
    if said.isdecimal():
        return float(said)
    try:
        until = parsedate_to_datetime(said)
    except ValueError:
        return None
    aware = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())


def status_in_words(reply: Response) -> str:
    """Say a status: "404, there is no such file any more"."""
    status = reply.status_code
    return f"the status {status}, {_STATUS.get(status, reply.reason or 'whatever that is')}"


def check_beginning(head: bytes, address: str) -> None:
    """Raise DatasetError where a file begins as none of a dataset does: a web page, a pointer."""
    content = content_of(head)
    if content == "web page":
        got, now = page_in_words(head), "open that address in a browser, or try another source"
    elif content == "Git-LFS pointer":
        got = "a Git-LFS pointer, 130 bytes that stand for the file"
        now = "fetch it from another source: this one does not have the file itself"
    elif content == "empty":
        got, now = "an empty file", "try another source"
    else:
        return
    raise DatasetError(expected=f"a file of the dataset from {address}", got=got, now=now)


def _number(reply: Response, header: str) -> int | None:
    said = reply.headers.get(header, "")
    return int(said) if said.isdecimal() else None
