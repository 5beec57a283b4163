import errno
import json
import os
import shutil
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rainbench.data import download as module
from rainbench.data.download import download
from rainbench.data.network import Patience
from rainbench.errors import DatasetError
from tests.archives import tree
from tests.misbehaving_server import Fault, Server, serving

CONTENTS = b"PK\x03\x04" + bytes(range(256)) * 400
SHA256 = sha256(CONTENTS).hexdigest()
PATIENCE = Patience(
    tries=3, stall_seconds=0.3, connect_seconds=2, first_wait_seconds=0.01, longest_wait_seconds=0.1
)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        server.files["/rain.zip"] = CONTENTS
        yield server


def get(server: Server, file: Path, **settings: Any) -> Path:  # noqa: ANN401
    return download(server.url("/rain.zip"), file, **{"patience": PATIENCE, **settings})


def refused(server: Server, file: Path, match: str, **settings: Any) -> None:  # noqa: ANN401
    with pytest.raises(DatasetError, match=match):
        get(server, file, **settings)
    assert not file.exists()


def test_a_file_comes_whole_and_alone(server: Server, tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    file = get(
        server, tmp_path / "a" / "rain.zip", sha256=SHA256, size=len(CONTENTS),
        on_bytes=lambda here, whole: told.append((here, whole)),
    )  # fmt: skip
    assert tree(tmp_path) == {"a/rain.zip": CONTENTS}
    assert told[-1] == (len(CONTENTS), len(CONTENTS))
    assert told == sorted(told)
    assert get(server, file) == file
    assert len(server.asked) == 1  # what is here is asked for no second time


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(cuts=st.lists(st.integers(0, len(CONTENTS)), min_size=1, max_size=4))
def test_a_line_cut_at_any_byte_goes_on_there(
    server: Server, tmp_path_factory: pytest.TempPathFactory, cuts: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    server.asked.clear()
    server.faults[:] = [Fault(cut=cut) for cut in cuts]
    file = get(server, folder / "rain.zip", patience=replace(PATIENCE, tries=9))
    assert tree(folder) == {"rain.zip": CONTENTS}
    assert file.read_bytes() == CONTENTS
    # A reset may lose bytes that the server had sent; none is asked for twice that was kept.
    starts = [int(asked.range.strip("bytes=-") or 0) for asked in server.asked]
    assert starts == sorted(starts)


def test_what_one_call_left_the_next_one_goes_on_from(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "rain.zip"
    server.faults = [Fault(stall=40000), *[Fault(status=503)] * 3]
    refused(server, file, "status 503.*3 times in a row")
    part = file.with_name("rain.zip.part")
    assert part.read_bytes() == CONTENTS[:40000]
    assert json.loads(part.with_name("rain.zip.part.json").read_text())["length"] == len(CONTENTS)
    server.asked.clear()
    get(server, file, sha256=SHA256)
    assert [(asked.range, asked.sent) for asked in server.asked] == [
        ("bytes=40000-", len(CONTENTS) - 40000)
    ]
    assert tree(tmp_path) == {"rain.zip": CONTENTS}


def test_a_whole_answer_to_a_range_starts_again(server: Server, tmp_path: Path) -> None:
    server.faults = [Fault(stall=5000), Fault(ignore_range=True)]
    get(server, tmp_path / "rain.zip")
    assert [asked.range for asked in server.asked] == ["", "bytes=5000-"]
    assert tree(tmp_path) == {"rain.zip": CONTENTS}


def test_a_part_from_another_place_starts_again(server: Server, tmp_path: Path) -> None:
    notes: list[str] = []
    server.faults = [Fault(stall=5000), Fault(shift=7)]
    get(server, tmp_path / "rain.zip", on_note=notes.append)
    assert tree(tmp_path) == {"rain.zip": CONTENTS}
    assert "another part than asked for (from byte 5007, not 5000)" in notes[1]


@pytest.mark.parametrize("says_so", [True, False])
def test_a_file_that_changes_half_way_starts_again(
    server: Server, tmp_path: Path, says_so: bool
) -> None:
    """With If-Range honoured, and by a server that ignores it but tells the new ETag."""
    server.faults = [Fault(stall=5000, body=CONTENTS[::-1], headers={"ETag": '"old"'})]
    server.faults[0] = replace(server.faults[0], body=b"PK\x03\x04" + CONTENTS[::-1])
    if not says_so:
        server.faults.append(Fault(headers={"ETag": '"new"'}))
    get(server, tmp_path / "rain.zip")
    assert tree(tmp_path) == {"rain.zip": CONTENTS}


def test_a_stalled_line_is_given_up_and_gone_on_with(server: Server, tmp_path: Path) -> None:
    notes: list[str] = []
    server.faults = [Fault(stall=0), Fault(stall=2000), Fault(stall=3000)]
    get(server, tmp_path / "rain.zip", on_note=notes.append)
    assert [asked.range for asked in server.asked] == ["", "", "bytes=2000-", "bytes=5000-"]
    assert len(notes) == 3
    assert "trying again" in notes[0]


def test_a_line_that_only_trickles_counts_as_stalled(server: Server, tmp_path: Path) -> None:
    server.bytes_per_second = 50
    notes: list[str] = []

    def note(text: str) -> None:
        notes.append(text)
        server.bytes_per_second = None

    get(server, tmp_path / "rain.zip", on_note=note)
    assert "next to nothing comes" in notes[0]


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_asked_again(server: Server, tmp_path: Path, status: int) -> None:
    server.faults = [Fault(status=status)] * 2
    get(server, tmp_path / "rain.zip")
    assert len(server.asked) == 3
    server.faults = [Fault(status=status)] * 9
    refused(server, tmp_path / "other.zip", f"the server is busy .status {status}., 3 times")


def test_retry_after_is_honoured(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(module, "sleep", slept.append)
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=50), usegmt=True)
    server.faults = [
        Fault(status=429, headers={"Retry-After": "7"}),
        Fault(status=503, headers={"Retry-After": soon}),
        Fault(status=503, headers={"Retry-After": "whenever"}),
    ]
    patience = Patience(tries=9, first_wait_seconds=1)
    get(server, tmp_path / "rain.zip", patience=patience)
    assert slept[0] == 7
    assert 45 < slept[1] <= 50
    assert 2 <= slept[2] <= 4  # the third failure in a row: four seconds, or half of that
    server.faults = [Fault(status=429, headers={"Retry-After": "86400"})]
    refused(server, tmp_path / "b.zip", "asks to wait for 86400 s", patience=patience)


@pytest.mark.parametrize(
    ("page", "match"),
    [
        (b"<!DOCTYPE html><p>Too many users have viewed or downloaded this file recently",
         "download quota is used up .try again in a day"),
        (b"<html><title>Google Drive - Virus scan warning</title>", "without a virus scan"),
        (b"<html><body>Please sign in to continue", "asks for a login"),
        (b"  \n<html><body>Not here</body></html>", "got a web page; open that address"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:123\nsize 9\n",
         "a Git-LFS pointer"),
        (b"", "an empty file"),
    ],
)  # fmt: skip
def test_what_comes_in_place_of_a_file_is_named(
    server: Server, tmp_path: Path, page: bytes, match: str
) -> None:
    server.faults = [Fault(body=page)]
    refused(server, tmp_path / "rain.zip", match)
    assert len(server.asked) == 1
    assert not tree(tmp_path)


def test_a_page_in_place_of_the_rest_costs_nothing(server: Server, tmp_path: Path) -> None:
    """A quota that runs out half-way: what was fetched before is gone on from tomorrow."""
    file = tmp_path / "rain.zip"
    page = b"<!DOCTYPE html><p>Quota exceeded"
    server.faults = [Fault(stall=5000), Fault(body=page, ignore_range=True)]
    refused(server, file, "download quota is used up")
    get(server, file)
    assert server.asked[-1].range == "bytes=5000-"
    assert tree(tmp_path) == {"rain.zip": CONTENTS}


@pytest.mark.parametrize("status", [401, 403, 404, 410, 418])
def test_a_refusal_is_final(server: Server, tmp_path: Path, status: int) -> None:
    server.faults = [Fault(status=status)]
    refused(server, tmp_path / "rain.zip", f"got the status {status}, .+; run the same command")
    assert len(server.asked) == 1


def test_a_circle_of_redirections_ends(server: Server, tmp_path: Path) -> None:
    server.faults = [Fault(status=302, headers={"Location": "/rain.zip"})] * 99
    refused(server, tmp_path / "rain.zip", "more than 10 redirections")
    server.faults = [Fault(status=302, headers={"Location": "/rain.zip"})]
    get(server, tmp_path / "rain.zip", sha256=SHA256)


def test_a_length_that_is_too_long_is_no_end(server: Server, tmp_path: Path) -> None:
    """The line ends early; asked for the rest, the server says that there is none."""
    wrong = {"Content-Length": str(len(CONTENTS) + 99)}
    server.faults = [Fault(headers=wrong)]
    get(server, tmp_path / "rain.zip")
    assert tree(tmp_path) == {"rain.zip": CONTENTS}
    assert server.asked[-1].range == f"bytes={len(CONTENTS)}-"


def test_a_length_that_is_not_the_published_one_is_refused(server: Server, tmp_path: Path) -> None:
    refused(server, tmp_path / "rain.zip", r"of 7 bytes from .*, got a file of 102\.4 kB", size=7)
    assert not tree(tmp_path)
    server.faults = [Fault(headers={"Content-Length": "1000"})]
    refused(server, tmp_path / "rain.zip", "got a file of 1.0 kB", size=len(CONTENTS))
    server.faults = [Fault(headers={"Content-Length": ""}, body=CONTENTS[:1000])]
    refused(server, tmp_path / "rain.zip", "got a file of 1000 bytes", size=len(CONTENTS))
    assert not tree(tmp_path)


def test_a_wrong_digest_is_refused(server: Server, tmp_path: Path) -> None:
    server.faults = [Fault(body=CONTENTS[:-1] + b"?")]
    refused(server, tmp_path / "rain.zip", f"digest .*, not {SHA256[:12]}", sha256=SHA256)
    assert not tree(tmp_path)


def test_a_wrong_digest_of_what_was_gone_on_with_starts_again(
    server: Server, tmp_path: Path
) -> None:
    """A server without ETag and date: only the digest can tell that the file changed."""
    none = {"ETag": ""}
    server.faults = [
        Fault(stall=5000, body=b"PK\x03\x04" * 9999, headers=none),
        Fault(headers=none),
    ]
    server.faults[0] = replace(server.faults[0], headers={**none, "Content-Length": "102404"})
    get(server, tmp_path / "rain.zip", sha256=SHA256)
    assert [asked.range for asked in server.asked] == ["", "bytes=5000-", ""]
    assert tree(tmp_path) == {"rain.zip": CONTENTS}


@pytest.mark.parametrize("etag", ["", 'W/"weak"'])
def test_without_a_validator_nothing_is_gone_on_with(
    server: Server, tmp_path: Path, etag: str
) -> None:
    server.faults = [Fault(stall=5000, headers={"ETag": etag})]
    get(server, tmp_path / "rain.zip")
    assert [asked.range for asked in server.asked] == ["", ""]


def test_the_rest_of_another_address_is_not_gone_on_with(server: Server, tmp_path: Path) -> None:
    server.files["/other.zip"] = b"PK\x03\x04 another"
    file = tmp_path / "rain.zip"
    server.faults = [Fault(stall=5), *[Fault(status=503)] * 3]
    refused(server, file, "503")
    download(server.url("/other.zip"), file, patience=PATIENCE)
    assert file.read_bytes() == b"PK\x03\x04 another"


def test_a_digest_that_hugging_face_tells_is_held_to(server: Server, tmp_path: Path) -> None:
    linked = {"Location": "/rain.zip", "X-Linked-Etag": '"' + "0" * 64 + '"'}
    server.faults = [Fault(status=302, headers=linked)]
    refused(server, tmp_path / "rain.zip", "digest .*, not 000000000000")


def test_all_was_there_but_its_name(server: Server, tmp_path: Path) -> None:
    """Killed between the last byte and the renaming: nothing is asked for again."""
    file = tmp_path / "rain.zip"
    get(server, file)
    origin = {"address": server.url("/rain.zip"), "etag": '"x"', "length": len(CONTENTS)}
    file.rename(tmp_path / "rain.zip.part")
    (tmp_path / "rain.zip.part.json").write_text(json.dumps(origin))
    get(server, file, sha256=SHA256)
    assert len(server.asked) == 1
    assert tree(tmp_path) == {"rain.zip": CONTENTS}


@pytest.mark.parametrize("note", [None, "", "{}", "[1]", '{"address": 7, "what": 1}'])
def test_a_part_that_nobody_can_explain_starts_again(
    server: Server, tmp_path: Path, note: str | None
) -> None:
    (tmp_path / "rain.zip.part").write_bytes(b"who knows")
    if note is not None:
        (tmp_path / "rain.zip.part.json").write_text(note)
    get(server, tmp_path / "rain.zip")
    assert tree(tmp_path) == {"rain.zip": CONTENTS}


def test_room_is_asked_for_first(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage("/")._replace(free=200_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    refused(server, tmp_path / "rain.zip", r"expected 225\.8 kB free.*got 200\.0 kB", room=1.1)
    assert not tree(tmp_path)
    get(server, tmp_path / "rain.zip", room=0.8)


def test_a_disk_that_fills_up_is_named(server: Server, tmp_path: Path) -> None:
    def full(_: int, __: int | None) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    refused(server, tmp_path / "rain.zip", "expected room on the disk for .*part", on_bytes=full)
    get(server, tmp_path / "rain.zip")  # of what had come nothing is fetched again
    assert all(asked.range.startswith("bytes=") for asked in server.asked[1:])


def test_nobody_there(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(DatasetError, match=r"ConnectionRefusedError.*3 times in a row"):
        download(f"http://127.0.0.1:{port}/x.zip", tmp_path / "x.zip", patience=PATIENCE)


@pytest.mark.parametrize("address", ["gopher://127.0.0.1/x.zip", "http://", "x.zip"])
def test_what_is_no_address(tmp_path: Path, address: str) -> None:
    with pytest.raises(DatasetError, match="no address that can be fetched"):
        download(address, tmp_path / "x.zip", patience=PATIENCE)


def test_offline_touches_no_socket(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "socket", pytest.fail)
    monkeypatch.setattr(socket, "create_connection", pytest.fail)
    monkeypatch.setattr(socket, "getaddrinfo", pytest.fail)
    refused(server, tmp_path / "rain.zip", "offline", offline=True)
    monkeypatch.setenv("RAINBENCH_OFFLINE", "1")
    refused(server, tmp_path / "rain.zip", "offline, as --offline or RAINBENCH_OFFLINE says")
