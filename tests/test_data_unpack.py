import errno
import os
import random
import shutil
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from rainbench.data import unpack
from rainbench.errors import DatasetError
from tests.archives import tar_bytes, tree, zip_bytes

FILES = {"Rain/rain-001.png": b"rainy" * 99, "Rain/norain-001.png": bytes(range(256)) * 9}

Make = Callable[[str, bytes], Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def make(name: str, contents: bytes) -> Path:
        file = tmp_path / "archives" / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(contents)
        return file

    return make


def refused(archive: Path, match: str) -> str:
    """Unpack what must be refused, and check that nothing of it is left."""
    folder = archive.parent.parent / "out"
    folder.mkdir(exist_ok=True)
    (folder / "kept.txt").write_bytes(b"was there before")
    before = tree(archive.parent.parent)
    with pytest.raises(DatasetError, match=match) as caught:
        unpack.unpack(archive, folder)
    assert tree(archive.parent.parent) == before
    assert [path.name for path in folder.iterdir()] == ["kept.txt"]
    return str(caught.value)


@pytest.mark.parametrize("packing", ["", "gz", "bz2", "xz"])
def test_tars_are_unpacked(make: Make, tmp_path: Path, packing: str) -> None:
    archive = make("whatever.zip", tar_bytes(FILES, packing))  # its bytes count, not its name
    assert unpack.unpack(archive, tmp_path / "out") == tuple(FILES)
    assert tree(tmp_path / "out") == FILES


def test_zips_are_unpacked_and_told_of(make: Make, tmp_path: Path) -> None:
    told: list[int] = []
    files = {**FILES, "Rain/empty/": b"", "./other\\x.png": b"x"}
    archive = make("Rain.zip", zip_bytes(files))
    names = unpack.unpack(archive, tmp_path / "out", on_bytes=told.append)
    assert names == (*FILES, "other/x.png")
    assert (tmp_path / "out" / "Rain" / "empty").is_dir()
    assert sum(told) == sum(map(len, FILES.values())) + 1


def test_what_systems_leave_behind_is_left_out(make: Make, tmp_path: Path) -> None:
    litter = ("__MACOSX/Rain/._rain-001.png", "Rain/.DS_Store", "Rain/Thumbs.db", ".git/config")
    archive = make("Rain.zip", zip_bytes({**FILES, **dict.fromkeys(litter, b"?")}))
    unpack.unpack(archive, tmp_path / "out")
    assert tree(tmp_path / "out") == FILES


@pytest.mark.parametrize("ask", ["x.zip.00", "x.zip.02", "x.zip"])
def test_parts_are_read_as_one_archive(make: Make, tmp_path: Path, ask: str) -> None:
    whole = zip_bytes(FILES, packed=False)
    cuts = (0, 700, 1900, len(whole))
    for number in range(3):
        archive = make(f"x.zip.0{number}", whole[cuts[number] : cuts[number + 1]])
    unpack.unpack(archive.with_name(ask), tmp_path / "out")
    assert tree(tmp_path / "out") == FILES


def test_a_missing_part_is_named(make: Make) -> None:
    whole = tar_bytes(FILES)
    make("x.tar.001", whole[:700])
    refused(make("x.tar.003", whole[1400:]), "none numbered 2")
    archive = make("x.tar.002", b"")
    archive.with_name("x.tar.003").unlink()
    refused(archive, "cut short")


def test_archives_inside_are_unpacked_where_they_stand(make: Make, tmp_path: Path) -> None:
    inner = {"RainTest/test.tgz": tar_bytes({"rain/1.png": b"1"}, "gz")}
    archive = make("outer.zip", zip_bytes({**inner, "train.zip": zip_bytes(FILES), "a.txt": b"a"}))
    names = unpack.unpack(archive, tmp_path / "out")
    found = {**FILES, "RainTest/rain/1.png": b"1", "a.txt": b"a"}
    assert sorted(names) == sorted(found)
    assert tree(tmp_path / "out") == found


@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
def test_chinese_names_are_read(make: Make, tmp_path: Path, encoding: str) -> None:
    # In GBK the second byte of 淺 is a backslash, which is no separator here.
    name = "淺雨图/1.png"
    raw = name.encode(encoding)
    blank = "_" * len(raw)
    archive = make("x.zip", zip_bytes({blank: b"1"}).replace(blank.encode(), raw))
    assert unpack.unpack(archive, tmp_path / "zip") == (name,)
    info = tarfile.TarInfo(raw.decode("utf-8", "surrogateescape"))
    info.size = 1
    block = info.tobuf(tarfile.USTAR_FORMAT, "utf-8", "surrogateescape")
    archive = make("x.tar", block + b"1".ljust(512, b"\0") + bytes(1024))
    assert unpack.unpack(archive, tmp_path / "tar") == (name,)


def test_dos_names_are_read(make: Make, tmp_path: Path) -> None:
    archive = make("x.zip", zip_bytes({"__t_.png": b"1"}).replace(b"__t_", b"\x90\x82t\x82"))
    # 0x90 0x82 is a letter of GBK too; what is none of GBK is CP437.
    assert len(unpack.unpack(archive, tmp_path / "out")) == 1
    archive = make("y.zip", zip_bytes({"t_.png": b"1"}).replace(b"t_", b"t\xff"))
    assert unpack.unpack(archive, tmp_path / "other") == ("t\N{NO-BREAK SPACE}.png",)


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("../evil.png", "leads out"),
        ("Rain/../../evil.png", "leads out"),
        ("..\\evil.png", "leads out"),
        ("/var/evil.png", "absolute"),
        ("\\\\host\\share\\evil.png", "absolute"),
        ("C:\\evil.png", "absolute"),
        ("C:evil.png", "absolute"),
        ("Rain/\x1b[2Jevil.png", "control characters"),
        ("rain/RAIN-001.PNG", "letter case alone"),
        ("Rain/RAIN-001.PNG", "letter case alone"),
        ("RAIN", "letter case alone"),
        ("Rain", "the same name"),
        ("Rain/rain-001.png/x.png", "the same name"),
    ],
)
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_a_name_that_is_not_its_own_place_is_refused(
    make: Make, name: str, match: str, kind: str
) -> None:
    files = {**FILES, name: b"evil"}
    archive = make("x.bin", zip_bytes(files) if kind == "zip" else tar_bytes(files, "gz"))
    refused(archive, match)


def test_two_files_of_one_name_are_refused(make: Make) -> None:
    contents = zip_bytes({"a/1.png": b"1", "a/2.png": b"2"}).replace(b"a/2.png", b"a/1.png")
    refused(make("x.zip", contents), "the same name")


@pytest.mark.parametrize(
    ("kind", "match"),
    [
        (tarfile.SYMTYPE, "the link 'evil'"),
        (tarfile.LNKTYPE, "the link 'evil'"),
        (tarfile.CHRTYPE, "the special file 'evil'"),
        (tarfile.BLKTYPE, "the special file"),
        (tarfile.FIFOTYPE, "the special file"),
        (b"Z", "the special file"),
    ],
)
def test_links_and_devices_in_a_tar_are_refused(make: Make, kind: bytes, match: str) -> None:
    info = tarfile.TarInfo()
    info.type, info.linkname = kind, "/etc/passwd"
    refused(make("x.tar", tar_bytes({**FILES, "evil": info})), match)


@pytest.mark.parametrize(
    ("mode", "match"),
    [(stat.S_IFLNK, "the link 'evil'"), (stat.S_IFCHR, "special"), (stat.S_IFIFO, "special")],
)
def test_links_and_devices_in_a_zip_are_refused(
    make: Make, tmp_path: Path, mode: int, match: str
) -> None:
    with zipfile.ZipFile(tmp_path / "made.zip", "w") as file:
        file.writestr("good.png", b"good")
        info = zipfile.ZipInfo("evil")
        info.create_system, info.external_attr = 3, (mode | 0o777) << 16
        file.writestr(info, "/etc/passwd")
    refused(make("x.zip", (tmp_path / "made.zip").read_bytes()), match)


def test_an_encrypted_zip_is_named(make: Make) -> None:
    contents = bytearray(zip_bytes({"a.png": b"a"}))
    contents[6] |= 1  # the local header's flags, and the directory's
    contents[contents.index(b"PK\x01\x02") + 8] |= 1
    refused(make("x.zip", bytes(contents)), "the encrypted file 'a.png'")


def test_a_bomb_that_owns_up_is_refused_before_a_byte_is_written(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpack, "SMALL", 0)
    contents = zip_bytes({"zeros": bytes(4 * 2**20), **FILES})
    refused(make("x.zip", contents), r"4\.2 MB or more; delete it")


def test_a_million_to_one_bomb_is_refused(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five thousand names share one packed file of a hundred megabytes."""
    monkeypatch.setattr(unpack, "need_room", pytest.fail)  # it ends before the disk is asked
    one = zip_bytes({"0": bytes(10**8)})
    at = one.index(b"PK\x01\x02")
    entry, end = one[at : one.index(b"PK\x05\x06")], one[-22:]
    count = 5000
    directory = entry * count
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(directory), at, 0)
    archive = make("x.zip", one[:at] + directory + end)
    assert count * 10**8 > 10**6 * archive.stat().st_size
    refused(archive, r"500\.0 GB or more")


@pytest.mark.parametrize("packing", ["gz", "bz2", "xz"])
def test_a_tar_that_swells_is_stopped(
    make: Make, monkeypatch: pytest.MonkeyPatch, packing: str
) -> None:
    monkeypatch.setattr(unpack, "SMALL", 2**20)
    refused(make("x.bin", tar_bytes({"a": b"a", "zeros": bytes(2**24)}, packing)), "or more|swell")


def test_a_bomb_among_what_is_left_out_is_stopped(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpack, "SMALL", 2**20)
    refused(make("x.tgz", tar_bytes({".hidden": bytes(2**24), "a": b"a"}, "gz")), "swell")


def test_a_bomb_in_a_header_is_stopped(make: Make) -> None:
    info = tarfile.TarInfo("pax")
    info.type, info.size = tarfile.XHDTYPE, 2**40
    refused(make("x.tar", info.tobuf() + bytes(4096)), "damaged")


def test_bombs_inside_share_one_limit(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "SMALL", 2**20)
    inner = zip_bytes({"zeros": bytes(9 * 10**5)})
    archive = make("x.zip", zip_bytes({"a/1.zip": inner, "b/2.zip": inner}))
    refused(archive, "delete it")


@pytest.mark.parametrize("kind", ["zip", "", "gz", "bz2", "xz"])
def test_an_archive_cut_anywhere_is_refused(make: Make, kind: str) -> None:
    whole = zip_bytes(FILES) if kind == "zip" else tar_bytes(FILES, kind)
    # What follows the first block of zeros of a tar is padding.
    end = len(whole.rstrip(b"\0")) + 512 if kind == "" else len(whole)
    for length in [*range(0, end, max(1, end // 16)), end - 1]:
        if length:
            said = refused(make("x.bin", whole[:length]), "cut short|damaged|some other kind")
            if kind in ("zip", "gz", "xz") and length > 40:
                assert "cut short" in said


@pytest.mark.parametrize("kind", ["zip", "", "gz", "bz2", "xz"])
def test_a_flipped_bit_is_found_or_harmless(make: Make, tmp_path: Path, kind: str) -> None:
    whole = zip_bytes(FILES) if kind == "zip" else tar_bytes(FILES, kind)
    randomly = random.Random(0)  # noqa: S311 no secret
    places = randomly.sample(range(len(whole)), 60)
    refusals = 0
    for number, place in enumerate(places):
        contents = bytearray(whole)
        contents[place] ^= 1 << randomly.randrange(8)
        out = tmp_path / f"out{number}"
        try:
            unpack.unpack(make("x.bin", bytes(contents)), out)
        except DatasetError:
            refusals += 1
            assert not out.exists()
        else:
            # A plain tar has no checksum over contents; names of a zip have none.
            if kind not in ("", "zip"):
                assert tree(out) == FILES
            shutil.rmtree(out)
    assert refusals > len(places) / 10


@pytest.mark.parametrize(
    ("contents", "match"),
    [
        (
            b"7z\xbc\xaf\x27\x1c\x00\x04",
            "a 7z archive; unpack it by hand, then `rainbench data imp",
        ),
        (b"Rar!\x1a\x07\x01\x00", "a rar archive; unpack it by hand"),
        (b"<!DOCTYPE html><title>Google Drive - Quota exceeded", "download quota is used up"),
        (b"\n<html><body>please log in", "asks for a login"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "a Git-LFS pointer"),
        (b"", "an empty file"),
        (b"hello", "some other kind"),
        (b"\x1f\x8b and then nothing good", "damaged|cut short"),
    ],
)
def test_what_is_no_archive_is_called_what_it_is(make: Make, contents: bytes, match: str) -> None:
    refused(make("x.zip", contents), match)


def test_no_file_at_all(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="No such file"):
        unpack.unpack(tmp_path / "none.zip", tmp_path / "out")


def test_a_file_in_the_way_is_kept(make: Make, tmp_path: Path) -> None:
    (tmp_path / "out" / "Rain").mkdir(parents=True)
    (tmp_path / "out" / "Rain" / "norain-001.png").write_bytes(b"mine")
    with pytest.raises(DatasetError, match=r"expected no file .*norain-001\.png yet"):
        unpack.unpack(make("x.zip", zip_bytes(FILES)), tmp_path / "out")
    assert tree(tmp_path / "out") == {"Rain/norain-001.png": b"mine"}


def test_room_is_asked_for_before_a_zip_is_unpacked(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage("/")._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    refused(make("x.zip", zip_bytes(FILES)), r"expected 2\.9 kB free .*, got 1\.0 kB")


def test_a_disk_that_fills_up_is_named(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def __enter__(self) -> "Full":
            return self

        def __exit__(self, *_: object) -> None: ...

        def write(self, _: bytes) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(unpack._Work, "_create", lambda *_: Full())
    refused(make("x.zip", zip_bytes(FILES)), "expected room on the disk for")
