import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from rainbench.cli import main
from rainbench.data import get as module
from rainbench.data.fetching import Ways
from rainbench.data.get import Gotten, get_dataset
from rainbench.data.network import Patience
from rainbench.data.opening import open_dataset
from rainbench.errors import (
    DatasetError,
    DiskError,
    MissingDatasetError,
    UnknownNameError,
    UsageError,
)
from tests.archives import tar_bytes, tree, zip_bytes
from tests.misbehaving_server import Fault, Server, serving
from tests.served_dataset import archive, pictures, write_plugin

PATIENCE = Patience(
    tries=2, stall_seconds=0.3, connect_seconds=2, first_wait_seconds=0.01, longest_wait_seconds=0.1
)


@dataclass
class Scene:
    """A dataset of two sources, a server that has them, and an empty data place."""

    folder: Path
    server: Server
    notes: list[str] = field(default_factory=list)

    @property
    def plugin(self) -> Path:
        return self.folder / "plugin" / "served.py"

    @property
    def place(self) -> Path:
        return self.folder / "data"

    def sources(self, *sources: tuple[str, ...]) -> None:
        self.plugin.parent.mkdir(exist_ok=True)
        write_plugin(
            self.plugin.parent, [[self.server.url(path) for path in paths] for paths in sources]
        )

    def get(self, split: str = ":test", *, mirror: str = "", offline: bool = False,
            **settings: Any) -> Gotten:  # noqa: ANN401  # fmt: skip
        ways = Ways(patience=PATIENCE, mirror=mirror, offline=offline, on_note=self.notes.append)
        return get_dataset(f"{self.plugin}{split}", root=self.place, ways=ways, **settings)

    def refused(self, match: str, split: str = ":test", **settings: Any) -> str:  # noqa: ANN401
        with pytest.raises(DatasetError, match=match) as caught:
            self.get(split, **settings)
        assert self.visible() == {}
        return str(caught.value)

    def visible(self) -> dict[str, bytes]:
        """What is in the place, downloads in progress aside; no staging folder is left."""
        if not self.place.exists():
            return {}
        assert not list(self.place.glob(".staging-*"))
        return {
            name: held for name, held in tree(self.place).items()
            if not name.startswith(".")
        }  # fmt: skip

    def is_whole(self) -> bool:
        return len(open_dataset(f"{self.plugin}:test", root=self.place).pairs) == 4


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with serving() as server:
        server.files["/good.zip"] = server.files["/a/Served.zip"] = archive()
        scene = Scene(tmp_path, server)
        scene.sources(("/good.zip",))
        yield scene


def test_a_dataset_is_fetched_proved_and_installed(scene: Scene) -> None:
    gotten = scene.get()
    assert (gotten.dataset, gotten.release, gotten.already) == ("served", "1", ())
    [part] = gotten.parts
    assert part.record.splits["test"].pairs == part.record.splits["test"].of == 4
    assert part.record.verified is not None
    assert "4 of 4" in part.record.verified["words"]
    assert scene.is_whole()
    files = {f"served/1-test/Served/{name}": held for name, held in pictures().items()}
    installed = scene.visible()
    del installed["served/1-test/dataset.json"]
    assert installed == files
    assert not (scene.place / ".downloads").exists()
    again = scene.get()
    assert (again.already, again.parts) == (("test",), ())
    assert len(scene.server.asked) == 1
    assert scene.get(again=True).parts
    assert scene.is_whole()
    assert len(scene.server.asked) == 2


def test_what_is_not_as_published_is_never_installed(scene: Scene) -> None:
    said = scene.plugin.read_text()
    stated = said.replace(
        'releases={"1": Release(',
        'releases={"1": Release(fingerprint={"test": {"y-prenet": (10, 0.5)}}, ',
    )
    assert stated != said
    scene.plugin.write_text(stated)
    told = scene.refused("as published.*another score of the rainy input")
    assert "4 of 4" in told


def test_sources_are_tried_in_order_and_each_says_why(scene: Scene) -> None:
    page = b"<!DOCTYPE html><p>Too many users have viewed or downloaded this file"
    scene.server.files |= {
        "/page.zip": page,
        "/short.zip": archive()[:-50],
        "/few.zip": archive(3),
        "/other.zip": archive(split="train"),
        "/evil.zip": zip_bytes({**pictures(), "../evil.png": b"evil"}),
        "/lfs.zip": b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n",
    }
    bad = (
        "/none.zip",
        "/page.zip",
        "/lfs.zip",
        "/short.zip",
        "/few.zip",
        "/other.zip",
        "/evil.zip",
    )
    scene.sources(*[(path,) for path in bad])
    said = scene.refused("expected served:test from one of its sources")
    for number, why in enumerate(
        (
            "the status 404, there is no such file any more",
            "a web page that says its download quota is used up",
            "a Git-LFS pointer",
            "one that is cut short",
            "3 from keeper 5",
            "0 from keeper 6",
            "'../evil.png', which leads out of the folder",
        ),
        start=1,
    ):
        assert f"from keeper {number}: {why}" in said
        assert [note for note in scene.notes if note.startswith(f"keeper {number}: ")]
    assert "- the code is 4qnh" in said
    assert "rainbench data import served PATH" in said
    # What was at fault is kept by nobody.
    assert not [path for path in (scene.place / ".downloads").rglob("*") if path.is_file()]
    scene.sources(*[(path,) for path in bad], ("/good.zip",))
    assert scene.get().parts[0].record.source == scene.server.url("/good.zip")
    assert scene.is_whole()


@pytest.mark.parametrize(
    "fault",
    [
        Fault(cut=3000),
        Fault(stall=3000),
        Fault(stall=3000, ignore_range=True),
        Fault(status=429, headers={"Retry-After": "0"}),
        Fault(status=503),
        Fault(headers={"Content-Length": "99999"}),
        Fault(body=archive(3), stall=3000, headers={"ETag": '"old"'}),
    ],
)
def test_a_fault_costs_no_more_than_itself(scene: Scene, fault: Fault) -> None:
    scene.server.faults = [fault]
    scene.get()
    assert scene.is_whole()
    whole = len(scene.server.files["/good.zip"])
    assert scene.server.sent <= whole + (3000 if fault.headers.get("ETag") else 0)


def test_the_next_call_goes_on_from_what_is_good(scene: Scene) -> None:
    """Of two files the first is whole and the second half when the server goes down."""
    whole = archive()
    scene.server.files |= {"/x.zip.00": whole[:5000], "/x.zip.01": whole[5000:]}
    scene.sources(("/x.zip.00", "/x.zip.01"))
    scene.server.faults = [Fault(), Fault(stall=2000), *[Fault(status=503)] * 2]
    scene.refused("status 503")
    assert scene.server.sent == 7000
    scene.get()
    assert scene.is_whole()
    assert scene.server.sent == len(whole)


def test_a_partial_copy_is_taken_where_that_is_said(scene: Scene) -> None:
    scene.server.files["/good.zip"] = archive(3)
    scene.refused("say --partial|from keeper 1")
    [part] = scene.get(partial=True).parts
    assert part.record.is_partial
    assert scene.get(partial=True).already == ("test",)
    with pytest.raises(DatasetError, match="to be whole, or not there, got a part of it in"):
        scene.get()
    scene.server.files["/good.zip"] = archive()
    scene.get(again=True)
    assert scene.is_whole()


def test_what_no_program_can_reach_says_what_a_person_does(scene: Scene) -> None:
    with pytest.raises(MissingDatasetError) as caught:
        scene.get(":train")
    said = str(caught.value).splitlines()
    assert said == [
        "expected a source of served:train for a program, got none: a person must fetch it; "
        "by hand, in a browser, from one of",
        "the authors, https://pan.example/s/1 [test, train, release 1]",
        "- the code is 4qnh",
        "then: rainbench data import served PATH",
        f"where PATH is the archive or folder that you have; it goes to {scene.place / 'served'}",
    ]
    assert scene.server.asked == []


def test_all_that_a_program_can_reach_comes_without_a_split(scene: Scene) -> None:
    gotten = scene.get("")
    assert gotten.elsewhere == ("train",)
    assert scene.is_whole()


def test_a_mirror_has_the_same_files(scene: Scene, tmp_path: Path) -> None:
    scene.sources(("/gone/Served.zip",))
    scene.get(mirror=scene.server.url("/a"))
    assert scene.is_whole()
    scene.get(mirror=scene.server.url("/a/Served.zip"), again=True)
    assert [asked.path for asked in scene.server.asked] == ["/a/Served.zip"] * 2
    local = tmp_path / "mirror"
    local.mkdir()
    (local / "Served.zip").write_bytes(archive())
    for mirror in (local, local / "Served.zip"):
        [part] = scene.get(mirror=str(mirror), again=True, offline=True).parts
        assert part.record.source == str(mirror)
    assert (local / "Served.zip").read_bytes() == archive()
    with pytest.raises(DatasetError, match="nothing at"):
        scene.get(mirror=str(tmp_path / "none"), again=True)


def test_a_source_is_chosen_by_number_or_words(scene: Scene) -> None:
    scene.sources(("/none.zip",), ("/good.zip",))
    scene.get(source="2")
    scene.get(source="KEEPER 2", again=True)
    scene.get(source="good.zip", again=True)
    assert {asked.path for asked in scene.server.asked} == {"/good.zip"}
    with pytest.raises(UsageError, match=r"1 \(keeper 1\), 2 \(keeper 2\), 3 \(the authors\)"):
        scene.get(source="7")


def test_names_that_are_none(scene: Scene) -> None:
    with pytest.raises(UnknownNameError, match="split of served"):
        scene.get(":val")
    with pytest.raises(UnknownNameError, match="release of Served"):
        scene.get(release="2019")


def test_offline_touches_no_socket(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.get()
    for name in ("socket", "create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, pytest.fail)
    assert scene.get(offline=True).already == ("test",)
    shutil.rmtree(scene.place)
    scene.refused("offline, as --offline or RAINBENCH_OFFLINE says", offline=True)
    monkeypatch.setenv("RAINBENCH_OFFLINE", "1")
    scene.refused("offline")


def test_a_full_disk_keeps_what_was_fetched(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise DiskError(expected="room", got="none", now="make some")

    with monkeypatch.context() as patch:
        patch.setattr(module, "lay_out", full)
        scene.refused("expected room")
    scene.get(offline=False)
    assert scene.is_whole()
    assert len(scene.server.asked) == 1


def test_room_is_asked_for_before_anything_comes(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage("/")._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    scene.refused("free for good.zip in .*got 1.0 kB; make room")
    assert scene.server.sent < 2**18  # the first piece alone


def test_a_tar_with_chinese_names_and_litter(scene: Scene) -> None:
    files = {f"雨/{name}": held for name, held in pictures().items()}
    litter = {"__MACOSX/雨/._rain-1.png": b"?", "雨/test/rainy/Thumbs.db": b"?"}
    scene.server.files["/good.zip"] = tar_bytes({**files, **litter}, "gz")
    scene.get()
    assert scene.is_whole()


class FakeDrive(ModuleType):
    """gdown, with a Google that has an archive, or a page."""

    DownloadError = type("DownloadError", (Exception,), {})

    def __init__(self, contents: bytes | None) -> None:
        super().__init__("gdown")
        self.contents = contents

    def download(self, output: str, progress: Callable[..., None], **_: object) -> None:
        if self.contents is None:
            raise self.DownloadError("Cannot retrieve the public link.\n\n\tQuota.")
        progress(1, 2)
        Path(output).write_bytes(self.contents)

    def download_folder(self, output: str, **_: object) -> None:
        (Path(output) / "Served").mkdir(parents=True)
        (Path(output) / "Served" / "Served.zip").write_bytes(self.contents or b"")
        (Path(output) / "beside.png").write_bytes(b"a picture beside it")


@pytest.fixture
def drive(scene: Scene) -> Scene:
    text = scene.plugin.read_text()
    scene.plugin.write_text(
        text.replace('host="http"', 'host="google-drive"').replace("address=a", 'address="1aB"')
    )
    return scene


def test_google_drive_comes_through_gdown(drive: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gdown", FakeDrive(archive()))
    drive.get()
    assert drive.is_whole()


@pytest.mark.parametrize(
    ("contents", "match"),
    [
        (None, "keeper 1: DownloadError: Cannot retrieve the public link. Quota."),
        (b"<html>Quota exceeded", "a web page that says its download quota"),
        (b"PK\x03\x04 and so on", "cut short"),
    ],
)
def test_what_google_gives_is_not_trusted(
    drive: Scene, monkeypatch: pytest.MonkeyPatch, contents: bytes | None, match: str
) -> None:
    monkeypatch.setitem(sys.modules, "gdown", FakeDrive(contents))
    drive.refused(match)


def test_without_gdown_it_is_one_sentence(drive: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gdown", None)
    drive.refused("no gdown installed")
    assert "`pip install 'rainbench[gdrive]'`" in drive.notes[-1]


def test_a_folder_of_google_drive_is_laid_out(
    drive: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    drive.plugin.write_text(drive.plugin.read_text().replace("1aB", "folder:1aB"))
    monkeypatch.setitem(sys.modules, "gdown", FakeDrive(archive()))
    [part] = drive.get().parts
    assert drive.is_whole()
    assert (part.path / "beside.png").read_bytes() == b"a picture beside it"


def test_the_verb(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RAINBENCH_DATA", str(scene.place))
    assert main(["data", "get", f"{scene.plugin}:test", "--json"]) == 0
    out, err = capsys.readouterr()
    assert '"already": []' in out
    assert "served: from keeper 1" in err
    assert main(["data", "get", f"{scene.plugin}:test"]) == 0
    assert capsys.readouterr().out == "served:test is installed and whole already\n"
    assert main(["data", "get", f"{scene.plugin}:train"]) == 1
    assert "\n  - the code is 4qnh\n" in capsys.readouterr().err
    assert main(["data", "get", "toy"]) == 0
    assert "drawn on this machine" in capsys.readouterr().out


def test_two_at_once_fetch_once(scene: Scene) -> None:
    scene.server.bytes_per_second = 100_000
    code = (
        "import sys, pathlib; from rainbench.data.get import get_dataset;"
        "print(get_dataset(sys.argv[1] + ':test', root=pathlib.Path(sys.argv[2])).already)"
    )
    both = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(scene.plugin), str(scene.place)],
            stdout=subprocess.PIPE, text=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    said = sorted(process.communicate(timeout=60)[0].strip() for process in both)
    assert said == ["('test',)", "()"]
    assert len(scene.server.asked) == 1
