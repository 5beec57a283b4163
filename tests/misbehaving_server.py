"""A server on the loopback address that misbehaves as it is told to, and keeps count."""

from __future__ import annotations

import re
import socket
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import sleep


@dataclass(frozen=True)
class Fault:
    """What is wrong with one answer; nothing, unless said."""

    cut: int | None = None
    """Bytes of the body after which the line breaks."""
    stall: int | None = None
    """Bytes of the body after which nothing comes any more."""
    ignore_range: bool = False
    """Answer a question for a part with the whole and 200, as if there were no If-Range."""
    shift: int = 0
    """Bytes by which a part begins too late."""
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """In the place of the server's own; empty: left out."""
    body: bytes | None = None
    """In the place of the file's."""


@dataclass
class Asked:
    """One question, and how much it was answered with."""

    path: str
    range: str
    sent: int = 0


class Server(ThreadingHTTPServer):
    """Serves `files` by path; answers go wrong by `faults`, one each, then all go well."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.faults: list[Fault] = []
        self.asked: list[Asked] = []
        self.bytes_per_second: float | None = None
        self.closing = threading.Event()

    def url(self, path: str) -> str:
        """The address of a path."""
        return f"http://127.0.0.1:{self.server_port}{path}"

    @property
    def sent(self) -> int:
        """Bytes of files sent so far."""
        return sum(asked.sent for asked in self.asked)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed is no error of the server's."""


@contextmanager
def serving() -> Iterator[Server]:
    """Run a server in a thread."""
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        fault = self.server.faults.pop(0) if self.server.faults else Fault()
        asked = Asked(self.path, self.headers.get("Range", ""))
        self.server.asked.append(asked)
        contents = self.server.files.get(self.path)
        if contents is None and fault.status is None:
            fault = Fault(status=404)
        if fault.status is not None:
            self._answer(fault.status, fault.headers, fault.body or b"", asked, fault)
            return
        whole = fault.body if fault.body is not None else contents or b""
        etag = fault.headers.get("ETag", f'"{sha256(contents or b"").hexdigest()[:8]}"')
        start = self._start(etag, fault)
        headers = {"ETag": etag, "Accept-Ranges": "bytes", **fault.headers}
        if start is not None and start >= len(whole):
            self._answer(416, {"Content-Range": f"bytes */{len(whole)}"}, b"", asked, fault)
        elif start is not None:
            start += fault.shift
            part = f"bytes {start}-{len(whole) - 1}/{len(whole)}"
            self._answer(206, {"Content-Range": part, **headers}, whole[start:], asked, fault)
        else:
            self._answer(200, headers, whole, asked, fault)

    def _start(self, etag: str, fault: Fault) -> int | None:
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if match is None or fault.ignore_range:
            return None
        condition = self.headers.get("If-Range")
        # Who changes the file half-way and ignores If-Range tells the new ETag, and errs.
        if condition not in (None, etag) and "ETag" not in fault.headers:
            return None
        return int(match[1])

    def _answer(
        self, status: int, headers: Mapping[str, str], body: bytes, asked: Asked, fault: Fault
    ) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        self.close_connection = True
        ends = [end for end in (fault.cut, fault.stall) if end is not None]
        self._send(body[: min(ends, default=len(body))], asked)
        if fault.stall is not None:
            self.server.closing.wait(20)
        if fault.cut is not None:
            # A reset, and no orderly end.
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    def _send(self, body: bytes, asked: Asked) -> None:
        rate = self.server.bytes_per_second
        step = len(body) if rate is None else max(1, int(rate / 50))
        for place in range(0, len(body), step or 1):
            self.wfile.write(body[place : place + step])
            asked.sent += len(body[place : place + step])
            if rate is not None:
                sleep(step / rate)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
