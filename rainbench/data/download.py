"""One file over HTTP(S), as whole as its server can give it.

What was fetched before the line broke is kept, and asked for no second time: the file grows as
`.part` beside a note of its ETag, date and length, and the rest is asked for with Range and
If-Range. It gets its name when it is whole, checked and on the disk.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256 as new_sha256
from itertools import chain
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, NoReturn

from rainbench.data.content import HEAD_BYTES, content_of
from rainbench.data.network import Patience, require_network
from rainbench.data.remains import Origin, Remains
from rainbench.data.reply import (
    OVERLOADED,
    check_beginning,
    origin_of,
    range_of,
    status_in_words,
    wait_seconds,
)
from rainbench.data.room import disk_refused, in_bytes, need_room
from rainbench.errors import DatasetError, in_words

if TYPE_CHECKING:
    from requests import Response, Session

OnBytes = Callable[[int, int | None], None]
"""Told of the bytes that are there, and of how many there will be, where that is known."""
OnNote = Callable[[str], None]

_CHUNK = 2**18
MOST_REDIRECTS = 10
_PAGE = 2**16
"""Bytes of a web page in which its reason is looked for."""
_TRICKLE = 100
"""Bytes a second under which a line counts as silent."""


def download(
    address: str,
    file: Path,
    *,
    sha256: str = "",
    size: int | None = None,
    room: float = 0.0,
    patience: Patience | None = None,
    offline: bool = False,
    on_bytes: OnBytes = lambda _, __: None,
    on_note: OnNote = lambda _: None,
) -> Path:
    """Fetch a file, or what is missing of it, and return its path.

    Args:
        address: an http: or https: URL.
        file: where it goes; a file that is there already is the one, fetched and checked before.
        sha256: of the whole file; empty: not known.
        size: bytes of the whole file; None: not known.
        room: bytes that must be free besides for each byte of the file, to unpack it.
        patience: how long to wait and how often to try.
        offline: never use the network; RAINBENCH_OFFLINE says the same.
        on_bytes: told as the file grows.
        on_note: told of what went wrong and is tried again, a sentence each.

    Raises DatasetError where the server will not give the file, gives another one (a web page, a
    Git-LFS pointer, another size or digest), or the disk is full. What is good of it is kept.
    """
    if file.exists():
        return file
    require_network(address, offline=offline)
    fetch = _Fetch(address, file, sha256, size, room, patience or Patience(), on_bytes, on_note)
    fetch.run()
    return file


class _AgainError(Exception):
    """A failure that another try may end."""

    def __init__(self, why: str, wait_seconds: float | None = None) -> None:
        super().__init__(why)
        self.wait_seconds = wait_seconds


@dataclass
class _Fetch:
    """One file on its way."""

    address: str
    file: Path
    sha256: str
    size: int | None
    room: float
    patience: Patience
    on_bytes: OnBytes
    on_note: OnNote

    def __post_init__(self) -> None:
        self.remains = Remains(self.file)

    def run(self) -> None:
        """Try until the file is whole, or until nothing has come for too many tries."""
        failures, most = 0, self.remains.size
        while True:
            try:
                return self._try()
            except _AgainError as error:
                here = self.remains.size
                failures, most = (0, here) if here > most else (failures + 1, most)
                if failures >= self.patience.tries:
                    self._give_up(f"{error}, {failures} times in a row without a byte more")
                wait = self._wait(failures, error.wait_seconds, str(error))
                self.on_note(f"{self.file.name}: {error}; trying again in {wait:.0f} s")
                sleep(wait)
            except OSError as error:  # requests' own are taken where they arise
                raise disk_refused(error, self.remains.path) from error

    def _try(self) -> None:
        """Ask once for the file, or for the rest of it, and take what comes."""
        origin = self._resumable()
        start = 0 if origin is None else self.remains.size
        if origin is None or start != origin.length:
            with new_session() as session, self._ask(session, origin, start) as reply:
                origin = self._take(reply, origin, start)
        self._check(origin, resumed=start > 0)
        self.remains.finish()

    def _resumable(self) -> Origin | None:
        """Tell what the part is of, where it can be gone on with."""
        origin = self.remains.origin()
        if origin is None or origin.address != self.address or not self.remains.size:
            return None
        # Without either, nothing would show that the rest belongs to another file.
        return origin if origin.validator or self.sha256 or origin.sha256 else None

    def _ask(self, session: Session, origin: Origin | None, start: int) -> Response:
        from requests import exceptions

        headers = {}
        if origin is not None:
            headers["Range"] = f"bytes={start}-"
            if origin.validator:
                headers["If-Range"] = origin.validator
        seconds = (self.patience.connect_seconds, self.patience.stall_seconds)
        try:
            return session.get(self.address, headers=headers, stream=True, timeout=seconds)
        except exceptions.TooManyRedirects:
            self._give_up(f"more than {MOST_REDIRECTS} redirections, one after the other")
        except (exceptions.InvalidURL, exceptions.InvalidSchema, exceptions.MissingSchema) as error:
            self._give_up(f"no address that can be fetched ({error})")
        except exceptions.SSLError as error:
            self._give_up(f"a certificate that cannot be trusted ({_cause(error)})")
        except exceptions.RequestException as error:
            raise _AgainError(_cause(error)) from error

    def _take(self, reply: Response, origin: Origin | None, start: int) -> Origin:
        """Take an answer: the rest, the whole file from its beginning, or a refusal."""
        status = reply.status_code
        if status in OVERLOADED:
            raise _AgainError(f"the server is busy (status {status})", wait_seconds(reply))
        if status == 416 and origin is not None:
            return self._take_nothing(reply, origin, start)
        if status == 206 and origin is not None:
            self._check_rest(reply, origin, start)
            self._append(self._pieces(reply), origin)
        elif status == 200:
            origin = origin_of(reply, self.address)
            self._start_again(reply, origin)
        else:
            self._give_up(status_in_words(reply))
        return origin

    def _take_nothing(self, reply: Response, origin: Origin, start: int) -> Origin:
        """Answer 416, no such range: all is here already, or it is another file now."""
        if range_of(reply)[1] == start:
            return Origin(**{**vars(origin), "length": start})
        self.remains.discard()
        raise _AgainError("the file has changed on the server and is fetched from its beginning")

    def _check_rest(self, reply: Response, origin: Origin, start: int) -> None:
        first, _ = range_of(reply)
        if first != start:
            self.remains.discard()
            raise _AgainError(
                f"the server sent another part than asked for (from byte {first}, not {start})"
            )
        if not origin.agrees(origin_of(reply, self.address)):
            self.remains.discard()
            raise _AgainError(
                "the file changed on the server half-way and is fetched from its beginning"
            )

    def _start_again(self, reply: Response, origin: Origin) -> None:
        """Take a whole file; what is here already goes once this one begins as a file does."""
        if self.size is not None and origin.length not in (None, self.size):
            self._give_up(f"a file of {in_bytes(origin.length or 0)}")
        pieces = self._pieces(reply)
        head = _head(pieces)
        check_beginning(head, self.address)
        if origin.length is not None:
            need_room(self.file.parent, int(origin.length * (1 + self.room)), self.file.name)
        self.remains.start(origin)
        self._append(pieces, origin, head)

    def _append(self, pieces: Iterator[bytes], origin: Origin, head: bytes = b"") -> None:
        with self.remains.path.open("ab") as stream:
            here = stream.tell()
            for piece in chain([head], pieces):
                here += stream.write(piece)
                self.on_bytes(here, origin.length)
        if origin.length is not None and here != origin.length:
            raise _AgainError(f"the line broke after {here} of {origin.length} bytes")

    def _pieces(self, reply: Response) -> Iterator[bytes]:
        """Read a body as it comes."""
        from urllib3.exceptions import HTTPError

        since, came = monotonic(), 0
        try:
            while piece := reply.raw.read1(_CHUNK):
                came += len(piece)
                if monotonic() - since > self.patience.stall_seconds:
                    if came < _TRICKLE * self.patience.stall_seconds:
                        raise _AgainError("next to nothing comes from the server")
                    since, came = monotonic(), 0
                yield piece
        except HTTPError as error:
            raise _AgainError(f"the line broke ({_cause(error)})") from error

    def _check(self, origin: Origin, *, resumed: bool) -> None:
        """Hold the whole file against what is known of it."""
        here = self.remains.size
        wanted = self.sha256 or origin.sha256
        if self.size is not None and here != self.size:
            self.remains.discard()
            self._give_up(f"a file of {here} bytes")
        if not wanted:
            return
        with self.remains.path.open("rb") as stream:
            digest = new_sha256()
            while piece := stream.read(_CHUNK):
                digest.update(piece)
        if digest.hexdigest() == wanted:
            return
        self.remains.discard()
        if resumed:
            raise _AgainError("the digest is wrong, and the file is fetched from its beginning")
        self._give_up(f"a file with the digest {digest.hexdigest()[:12]}, not {wanted[:12]}")

    def _wait(self, failures: int, asked: float | None, why: str) -> float:
        longest = self.patience.longest_wait_seconds
        if asked is not None and asked > longest:
            self._give_up(f"{why}, and asks to wait for {asked:.0f} s")
        grown = self.patience.first_wait_seconds * 2.0 ** max(failures - 1, 0)
        spread = random.uniform(0.5, 1.0)  # noqa: S311 no secret
        return max(asked or 0.0, min(grown, longest) * spread)

    def _give_up(self, got: str) -> NoReturn:
        size = "" if self.size is None else f" of {self.size} bytes"
        raise DatasetError(
            expected=f"the file {self.file.name}{size} from {self.address}",
            got=got,
            now="run the same command again later, or try another source",
        )


def _head(pieces: Iterator[bytes]) -> bytes:
    """Read as much as tells what a file is, and what a web page says."""
    head = b""
    for piece in pieces:
        head += piece
        if len(head) >= (_PAGE if content_of(head) == "web page" else HEAD_BYTES):
            break
    return head


def _cause(error: BaseException) -> str:
    """Say the innermost reason of an error that others wrap."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return in_words(error)


def new_session() -> Session:
    """Make a client that asks for bytes as they are on the server, and ends in every circle."""
    import requests

    from rainbench import __version__

    session = requests.Session()
    session.max_redirects = MOST_REDIRECTS
    # A transfer that is packed on the way has no length and no ranges.
    session.headers["Accept-Encoding"] = "identity"
    session.headers["User-Agent"] = f"rainbench/{__version__}"
    return session
