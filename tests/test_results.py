"""The record on disk: read back exactly, mended where cut, refused where it cannot be true."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rainbench import Score
from rainbench.errors import ResultsError, UsageError
from rainbench.image import Pixels
from rainbench.protocol import PROTOCOLS
from rainbench.runs.identity import Run, digest, file_stem, folder_name, is_image_name
from rainbench.runs.journal import Journal, read_lines
from rainbench.runs.reading import read_run
from rainbench.runs.record import Failure, Header, ImageRecord
from rainbench.runs.recorder import Recorder, create_run
from rainbench.runs.results import COLUMNS, read_results
from rainbench.runs.session import Session
from rainbench.runs.summary import summarise

HISTORIC = Path(__file__).with_name("historic")
PIXELS: Pixels = np.zeros((2, 2, 3), dtype=np.uint8)
RUN = Run(
    method="msfm", settings={"layers": 6, "share": True, "gain": 0.5}, method_sha256="a" * 64,
    weights_sha256=None, dataset="made", release="1", split="test",
)  # fmt: skip


def line(image: str, psnr_db: float = 30.0, *, session: int = 1, pixels: str = "c") -> ImageRecord:
    return ImageRecord(
        image=image, rainy_sha256=pixels * 64, clean_sha256="d" * 64, seconds=0.5,
        session=session, scores={"y-prenet": Score(psnr_db, 0.9)},
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run of two images, the second restored exactly."""
    folder = create_run(tmp_path / "made", Header(run=RUN, label="msfm", title="MSFM", of=2))
    recorder = Recorder(read_run(folder), lambda number: Session(number=number, of=2))
    recorder.session()
    recorder.add(line("a"), PIXELS)
    recorder.add(line("b", math.inf), PIXELS)
    return folder


def rewrite(file: Path, change: Callable[[str], str]) -> None:
    file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")


def test_a_run_reads_back_as_it_was_written(folder: Path) -> None:
    record = read_run(folder)
    assert record.header == Header(run=RUN, label="msfm", title="MSFM", of=2)
    assert record.images == {"a": line("a"), "b": line("b", math.inf)}
    assert (record.failures, record.mixed, record.of) == ({}, False, 2)


def test_infinity_is_written_as_text(folder: Path) -> None:
    text = (folder / "images.jsonl").read_text(encoding="utf-8")
    assert '["inf", 0.9]' in text
    assert "Infinity" not in text
    assert summarise(read_run(folder)).scores["y-prenet"].psnr_db == math.inf


def test_the_table_has_its_columns(folder: Path) -> None:
    table = read_results(folder.parents[1])
    assert tuple(table.columns) == COLUMNS
    assert list(table.psnr_db) == [30.0, math.inf]
    assert table.parameters.isna().all()


def test_a_historic_folder_still_reads() -> None:
    table = read_results(HISTORIC / "schema1")
    expected = pd.read_csv(HISTORIC / "schema1.csv", dtype={"psnr_db": str, "ssim": str})
    for column in ("psnr_db", "ssim"):  # to the last digit, which pandas may not read
        expected[column] = [float(text) for text in expected[column]]
    for column in expected.columns:
        assert list(table[column]) == list(expected[column])
    assert list(read_run(next((HISTORIC / "schema1" / "toy").iterdir())).failures) == ["coffee-2"]


def test_no_results_are_an_error_and_not_an_empty_table(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="a folder of results"):
        read_results(tmp_path / "none")
    with pytest.raises(UsageError, match="not one run"):
        read_results(tmp_path)


def test_a_record_cut_anywhere_reads_and_mends(folder: Path) -> None:
    file = folder / "images.jsonl"
    whole = file.read_bytes()
    first = whole.index(b"\n") + 1
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        images = read_run(folder).images
        assert list(images) == (["a"] if length >= first else [])
        Journal(file).append(line("b", math.inf).to_json())
        expected = whole if length >= first else whole[first:]
        assert file.read_bytes() == expected


@given(st.binary(max_size=60))
def test_any_torn_end_is_as_if_never_written(
    tmp_path_factory: pytest.TempPathFactory, torn: bytes
) -> None:
    file = tmp_path_factory.mktemp("journal") / "x.jsonl"
    file.write_bytes(b'{"a": 1}\n' + torn.replace(b"\n", b""))
    Journal(file).append({"b": 2})
    assert [document for _, document in read_lines(file)] == [{"a": 1}, {"b": 2}]


def test_later_lines_win_and_cells_of_the_same_pixels_merge(folder: Path) -> None:
    journal = Journal(folder / "images.jsonl")
    journal.append(line("a", 31.0).to_json())
    other = {**line("a").to_json(), "scores": {"y-agan": [29.0, 0.8]}}
    journal.append(other)
    assert read_run(folder).images["a"].scores == {
        "y-prenet": Score(31.0, 0.9), "y-agan": Score(29.0, 0.8),
    }  # fmt: skip
    journal.append({**other, "rainy_sha256": "e" * 64})
    assert read_run(folder).images["a"].scores == {"y-agan": Score(29.0, 0.8)}


def test_several_writers_files_are_read(folder: Path) -> None:
    Journal(folder / "images-2.jsonl").append(line("c").to_json())
    assert list(read_run(folder).images) == ["a", "b", "c"]


def test_a_failure_on_other_pixels_voids_older_lines(folder: Path) -> None:
    Journal(folder / "sessions.jsonl").append(Session(number=2).to_json())
    failures = Journal(folder / "failures.jsonl")
    failures.append(
        Failure(image="a", rainy_sha256="c" * 64, clean_sha256="d" * 64, session=2,
                error="MethodError").to_json()
    )  # fmt: skip
    record = read_run(folder)
    assert (list(record.images), list(record.failures)) == (["a", "b"], ["a"])
    failures.append(Failure(image="a", session=2, error="ImageError: cut").to_json())
    record = read_run(folder)
    assert (list(record.images), list(record.failures)) == (["b"], ["a"])
    Journal(folder / "images.jsonl").append(line("a", session=2).to_json())
    record = read_run(folder)
    assert (list(record.images), list(record.failures)) == (["a", "b"], [])


@pytest.mark.parametrize(
    "bad",
    [
        "{", "[]", "3", "", '"text"', '{"image": "x"}', "\\udcff", "[" * 100_000,
        '{"a": NaN}',
    ],
)  # fmt: skip
def test_a_line_that_is_no_record_is_refused_with_its_place(folder: Path, bad: str) -> None:
    rewrite(folder / "images.jsonl", lambda text: bad + "\n" + text)
    with pytest.raises(ResultsError, match=r"images\.jsonl:1"):
        read_run(folder)


@pytest.mark.parametrize(
    "change",
    [
        {"image": "../../x"},
        {"image": "/etc/x"},
        {"image": "..\\x"},
        {"image": "C:x"},
        {"image": "x\0"},
        {"image": ".."},
        {"image": 7},
        {"rainy_sha256": "short"},
        {"clean_sha256": 3},
        {"seconds": -1},
        {"seconds": "1"},
        {"seconds": True},
        {"seconds": 10**400},
        {"image": "x\udcff"},
        {"session": 9},
        {"session": 1.5},
        {"scores": []},
        {"scores": {"y-prenet": [30.0]}},
        {"scores": {"y-prenet": ["nan", 0.9]}},
        {"scores": {"y-prenet": [30.0, "inf"]}},
        {"scores": {"y-prenet": [True, 0.9]}},
    ],
)
def test_a_field_that_cannot_be_is_refused_with_its_place(
    folder: Path, change: dict[str, object]
) -> None:
    bad = json.dumps({**line("c").to_json(), **change})
    rewrite(folder / "images.jsonl", lambda text: text + bad + "\n")
    with pytest.raises(ResultsError, match=r"images\.jsonl:3"):
        read_run(folder)


def test_a_field_that_is_refused_is_shown_and_not_its_whole_line(folder: Path) -> None:
    scores = {key: [30.0, 0.9] for key in PROTOCOLS} | {"y-prenet": ["9" * 500, 0.9]}
    bad = json.dumps({**line("c").to_json(), "scores": scores})
    rewrite(folder / "images.jsonl", lambda text: text + bad + "\n")
    with pytest.raises(ResultsError, match=r"expected \[PSNR in dB, SSIM\] as 'y") as caught:
        read_run(folder)
    assert len(caught.value.got) < 200 + len(str(folder))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
def test_numbers_that_json_does_not_have_are_refused(folder: Path, number: str) -> None:
    rewrite(folder / "images.jsonl", lambda text: text.replace("30.0", number))
    with pytest.raises(ResultsError, match=r"images\.jsonl:1"):
        read_run(folder)


def test_what_is_no_unicode_is_still_recorded(folder: Path) -> None:
    odd = Failure(image="c", session=1, error="ValueError: \udcff")
    Journal(folder / "failures.jsonl").append(odd.to_json())
    assert read_run(folder).failures == {"c": odd}


def test_a_path_in_failures_is_refused_too(folder: Path) -> None:
    Journal(folder / "failures.jsonl").append(Failure(image="../x", session=1, error="e").to_json())
    with pytest.raises(ResultsError, match="a name that is no path"):
        read_run(folder)


def test_a_hand_edited_identity_is_refused(folder: Path) -> None:
    rewrite(folder / "run.json", lambda text: text.replace('"layers": 6', '"layers": 7'))
    with pytest.raises(ResultsError, match="which was edited or moved"):
        read_run(folder)


def test_a_moved_folder_is_refused(folder: Path) -> None:
    moved = folder.rename(folder.with_name("msfm-" + "0" * 12))
    with pytest.raises(ResultsError, match="which was edited or moved"):
        read_run(moved)


def test_a_newer_format_is_refused_with_a_way_out(folder: Path) -> None:
    rewrite(folder / "run.json", lambda text: text.replace('"schema": 1', '"schema": 2'))
    with pytest.raises(ResultsError, match=r"schema 2 in .*; update rainbench"):
        read_run(folder)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"schema": "1"}', '{"schema": true}'])
def test_a_broken_header_is_refused(folder: Path, text: str) -> None:
    (folder / "run.json").write_text(text, encoding="utf-8")
    with pytest.raises(ResultsError, match=r"run\.json"):
        read_run(folder)


def test_a_missing_header_is_refused_and_never_skipped(folder: Path) -> None:
    (folder / "run.json").unlink()
    with pytest.raises(ResultsError, match=r"a run's run\.json"):
        read_results(folder.parents[1])


def test_a_folder_killed_before_its_header_is_no_run(folder: Path) -> None:
    (folder.parent / ("dsc-" + "0" * 12)).mkdir()
    assert len(read_results(folder.parents[1])) == 2


def test_a_run_met_twice_is_refused(folder: Path) -> None:
    twin = folder.with_name(f"copy-{RUN.id}")
    twin.mkdir()
    for file in folder.glob("*.json*"):
        (twin / file.name).write_bytes(file.read_bytes())
    with pytest.raises(ResultsError, match="one folder of run"):
        read_results(folder.parents[1])


def test_unknown_fields_of_later_versions_are_let_be(folder: Path) -> None:
    rewrite(folder / "run.json", lambda text: text.replace('"of"', '"colour": "blue",\n "of"'))
    later = {**line("c").to_json(), "joules": 3}
    Journal(folder / "images.jsonl").append(later)
    assert len(read_run(folder).images) == 3


def test_the_identity_is_pinned() -> None:
    # Ids of runs that exist must never change: a failure here orphans everyone's results.
    assert RUN.id == "ab6fee4e78b8"
    assert RUN.id == digest(json.loads(json.dumps(RUN.to_json())))


def test_settings_count_by_value_and_not_by_order() -> None:
    turned = dict(reversed(list(RUN.settings.items())))
    same = Run(**{**vars(RUN), "settings": turned})
    assert same.id == RUN.id
    assert Run(**{**vars(RUN), "settings": {"beta": math.inf}}).id != RUN.id


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("msfm.light", "msfm.light-0123456789ab"),
        ("prenet@rain1400", "prenet-rain1400-0123456789ab"),
        ("msfm:layers=6,channels=8", "msfm-layers-6-channels-8-0123456789ab"),
        ("../../evil", "evil-0123456789ab"),
        ("雨", "run-0123456789ab"),
    ],
)
def test_folders_have_names_for_any_system(label: str, name: str) -> None:
    assert folder_name(label, "0123456789ab") == name


@pytest.mark.parametrize("name", ["norain-001", "image (1)", "Straße", "雨", "a.b"])
def test_ordinary_names_stay_as_they_are(name: str) -> None:
    assert file_stem(name) == name


@pytest.mark.parametrize("name", ["CON", "nul.x", "a:b", "x?", "x.", " x", "x" * 300, "../x"])
def test_other_names_are_made_safe(name: str) -> None:
    stem = file_stem(name)
    assert stem != name
    assert len(stem) < 140
    assert not set(stem) & set('<>:"/\\|?*')


@given(st.text(max_size=40), st.text(max_size=40))
def test_two_names_never_meet_in_one_file(one: str, other: str) -> None:
    assert (file_stem(one) == file_stem(other)) == (one == other)


@given(st.text(max_size=20))
def test_a_name_that_may_be_filed_stays_in_its_folder(name: str) -> None:
    if is_image_name(name):
        assert Path("x", f"{file_stem(name)}.png").parent == Path("x")
        assert Path("x", name).parent == Path("x")
