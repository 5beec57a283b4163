"""Results exported, merged and verified: the same bytes, no loss, every conflict named."""

import json
import shutil
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rainbench import Score
from rainbench.cli import main
from rainbench.errors import ResultsError, UsageError, WeightsError
from rainbench.evidence.evidence import read_records
from rainbench.exchange.bundle import MANIFEST, export_results, opened_results
from rainbench.exchange.checking import RunCheck, verify_results
from rainbench.exchange.merging import merge_results
from rainbench.image import Pixels, write_png
from rainbench.registry import find_method
from rainbench.restorers.at_hand import find_weights
from rainbench.runs.journal import Journal
from rainbench.runs.reading import read_run, run_folders
from rainbench.runs.record import Header, ImageRecord, RunRecord
from rainbench.runs.recorder import Recorder, create_run
from rainbench.runs.results import read_results
from rainbench.runs.session import Session
from tests.test_results import RUN, line

PIXELS: Pixels = np.full((12, 12, 3), 90, dtype=np.uint8)


def record_run(
    results: Path, *images: ImageRecord, host: str = "a", trained_on: str | None = None
) -> Path:
    """Record images of one run, as a session on a host of its own."""
    header = Header(run=RUN, label="msfm", title="MSFM", of=3, trained_on=trained_on)
    folder = create_run(results / "made", header)
    session = Session(number=1, host=host, of=3)
    recorder = Recorder(read_run(folder), lambda number: replace(session, number=number))
    recorder.session()
    for each in images:
        recorder.add(each, PIXELS)
    return folder


def only(results: Path) -> RunRecord:
    [record] = read_records(results)
    return record


def test_the_same_results_are_the_same_bytes(tmp_path: Path) -> None:
    record_run(tmp_path / "one", line("a"), line("b"))
    shutil.copytree(tmp_path / "one", tmp_path / "other")
    for file in (tmp_path / "other").rglob("*.jsonl"):
        file.chmod(stat.S_IRUSR | stat.S_IWUSR | stat.S_IXUSR)
    first = export_results(tmp_path / "one", tmp_path / "1.zip", pictures=True)
    second = export_results(tmp_path / "other", tmp_path / "2.zip", pictures=True)
    assert (first.runs, first.pictures) == (1, 2)
    assert first.sha256 == second.sha256
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()


def test_an_export_holds_what_is_needed_and_pictures_on_request(tmp_path: Path) -> None:
    folder = record_run(tmp_path / "r", line("a"))
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    with (folder / "images.jsonl").open("ab") as file:
        file.write(b'{"image": "torn')  # what a killed writer leaves
    export_results(tmp_path / "r", tmp_path / "r.zip")
    with opened_results(tmp_path / "r.zip") as held:
        files = sorted(p.relative_to(held).as_posix() for p in held.rglob("*") if p.is_file())
        assert [Path(name).name for name in files] == [
            "images.jsonl", "run.json", "sessions.jsonl", MANIFEST,
        ]  # fmt: skip
        assert read_results(held).equals(read_results(tmp_path / "r"))
        assert b"torn" not in (held / files[0]).read_bytes()
    assert not held.exists()


def test_an_export_never_replaces_a_file_and_leaves_no_half(tmp_path: Path) -> None:
    folder = record_run(tmp_path / "r", line("a"))
    taken = tmp_path / "taken.zip"
    taken.write_bytes(b"mine")
    with pytest.raises(UsageError, match="which is there; name another"):
        export_results(tmp_path / "r", taken)
    assert taken.read_bytes() == b"mine"
    (folder / "run.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ResultsError):
        export_results(tmp_path / "r", tmp_path / "new.zip")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r", "taken.zip"]


def rewritten(file: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """Write a zip anew with its members changed."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    made = file.with_name("changed.zip")
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made


def manifest(**fields: object) -> Callable[[dict[str, bytes]], None]:
    def change(members: dict[str, bytes]) -> None:
        members[MANIFEST] = json.dumps({**json.loads(members[MANIFEST]), **fields}).encode()

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda members: members.pop(MANIFEST), "a zip without rainbench-results.json"),
        (lambda members: members.update({"../evil.txt": b"x"}), "evil.txt"),
        (lambda members: members.update({"/etc/evil": b"x"}), "evil"),
        (lambda members: members.update({"made/more.txt": b"x"}), "such as made/more.txt"),
        (lambda members: members.update({next(iter(members)): b"x"}), "1 that are not as"),
        (lambda members: members.pop(next(iter(members))), "1 that are not as"),
        (manifest(schema=2), "schema 2 in .*; update rainbench"),
        (manifest(format="holiday pictures"), "a zip of 'holiday pictures'"),
        (lambda members: members.update({MANIFEST: b"[]"}), "a JSON object"),
    ],
)
def test_a_zip_that_is_not_as_it_was_exported_is_refused_in_a_sentence(
    tmp_path: Path, change: Callable[[dict[str, bytes]], None], words: str
) -> None:
    record_run(tmp_path / "r", line("a"))
    export_results(tmp_path / "r", tmp_path / "r.zip")
    broken = rewritten(tmp_path / "r.zip", change)
    with pytest.raises(ResultsError, match=words):
        merge_results([broken], tmp_path / "into")
    assert not (tmp_path / "into").exists()
    assert not list(tmp_path.rglob("evil*"))


def test_files_that_are_no_zip_are_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record_run(tmp_path / "r", line("a"))
    export_results(tmp_path / "r", tmp_path / "r.zip")
    cut = tmp_path / "cut.zip"
    cut.write_bytes((tmp_path / "r.zip").read_bytes()[:-40])
    web = tmp_path / "page.zip"
    web.write_text("<html>sign in</html>", encoding="utf-8")
    for file in (cut, web, tmp_path / "none.zip"):
        assert main(["results", "verify", str(file)]) != 0
        said = capsys.readouterr().err
        assert said.startswith("rainbench: expected ")
        assert len(said.splitlines()) == 1


def test_merging_halves_gives_the_whole(tmp_path: Path) -> None:
    record_run(tmp_path / "left", line("a"), line("b"), host="a")
    record_run(tmp_path / "right", line("b"), line("c"), host="b")
    export_results(tmp_path / "right", tmp_path / "right.zip", pictures=True)
    made = merge_results([tmp_path / "left", tmp_path / "right.zip"], tmp_path / "into")
    assert (made.runs, made.new_runs, made.lines) == (1, 1, 3)
    whole = only(tmp_path / "into")
    assert list(whole.images) == ["a", "b", "c"]
    assert [whole.sessions[whole.images[name].session].host for name in "abc"] == ["a", "a", "b"]
    assert len(list((whole.folder / "restored").glob("*.png"))) == 3
    again = merge_results([tmp_path / "right.zip", tmp_path / "left"], tmp_path / "into")
    assert (again.new_runs, again.lines) == (0, 0)
    assert only(tmp_path / "into") == whole


def test_cells_that_one_lacks_come_from_the_other(tmp_path: Path) -> None:
    more = {"y-prenet": Score(30.0004, 0.9), "y-agan": Score(29.0, 0.8)}
    record_run(tmp_path / "one", line("a"), host="a")
    record_run(tmp_path / "two", replace(line("a"), scores=more), host="b")
    merge_results([tmp_path / "one", tmp_path / "two"], tmp_path / "into")
    scores = only(tmp_path / "into").images["a"].scores
    assert scores == {"y-prenet": Score(30.0, 0.9), "y-agan": Score(29.0, 0.8)}


@pytest.mark.parametrize(
    ("other", "header", "words"),
    [
        (line("a", 30.002), None, "30.0000 dB / 0.900000 and 30.0020 dB / 0.900000 under y-prenet"),
        (line("a", pixels="e"), None, "a: other rainy pixels in .*left and .*right"),
        (line("c"), "rain100l:train", "trained_on None in .*left, 'rain100l:train' in .*right"),
    ],
)
def test_conflicts_are_named_and_nothing_is_written(
    tmp_path: Path, other: ImageRecord, header: str | None, words: str
) -> None:
    record_run(tmp_path / "left", line("a"))
    record_run(tmp_path / "right", other, line("b"), trained_on=header)
    with pytest.raises(ResultsError, match=words):
        merge_results([tmp_path / "left", tmp_path / "right"], tmp_path / "new")
    assert not (tmp_path / "new").exists()
    before = {p: p.read_bytes() for p in (tmp_path / "left").rglob("*") if p.is_file()}
    with pytest.raises(ResultsError, match="nothing is overwritten"):
        merge_results([tmp_path / "right"], tmp_path / "left")
    assert {p: p.read_bytes() for p in (tmp_path / "left").rglob("*") if p.is_file()} == before


def test_many_conflicts_are_counted(tmp_path: Path) -> None:
    names = "abcdefgh"
    record_run(tmp_path / "left", *(line(name, 30) for name in names))
    record_run(tmp_path / "right", *(line(name, 31) for name in names))
    with pytest.raises(ResultsError, match="and 3 more; leave one of them out"):
        merge_results([tmp_path / "left", tmp_path / "right"], tmp_path / "into")


def test_a_failure_of_one_does_not_undo_what_the_other_measured(tmp_path: Path) -> None:
    record_run(tmp_path / "good", line("a"))
    folder = record_run(tmp_path / "bad")
    for image in ("a", "b"):
        failure = {"image": image, "session": 1, "error": "MethodError: no"}
        Journal(folder / "failures.jsonl").append(failure)
    merge_results([tmp_path / "good", tmp_path / "bad"], tmp_path / "into")
    whole = only(tmp_path / "into")
    assert (list(whole.images), list(whole.failures)) == (["a"], ["b"])


MERGE = """
import sys, os
from rainbench.exchange import merging
from rainbench.runs.journal import Journal
steps = 0
def counted(step):
    def call(*args, **kwargs):
        global steps
        if steps == int(sys.argv[3]):
            os._exit(9)
        steps += 1
        return step(*args, **kwargs)
    return call
Journal.extend = counted(Journal.extend)
merging.create_run = counted(merging.create_run)
merging._bring_pictures = counted(merging._bring_pictures)
merging.merge_results([sys.argv[1]], sys.argv[2])
"""


def test_killed_between_any_two_steps_the_same_merge_completes_it(tmp_path: Path) -> None:
    record_run(tmp_path / "left", line("a"), line("b"))
    merge_results([tmp_path / "left"], tmp_path / "whole")
    for step in range(5):
        into = tmp_path / f"killed-{step}"
        words = [sys.executable, "-c", MERGE, str(tmp_path / "left"), str(into), str(step)]
        assert subprocess.run(words, check=False).returncode == 9
        merge_results([tmp_path / "left"], into)
        assert only(into).images == only(tmp_path / "whole").images
        assert all(check.sound for check in verify_results(into))


def checked(results: Path, **options: int) -> RunCheck:
    [found] = verify_results(results, **options)  # type: ignore[arg-type]
    return found


def test_sound_results_are_sound_and_what_is_not_at_hand_is_said(tmp_path: Path) -> None:
    record_run(tmp_path / "r", line("a"))
    found = checked(tmp_path / "r", recompute=1)
    assert found.sound
    assert found.data.startswith("not at hand: ")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"run.json": ('"layers": 6', '"layers": 7')}, "which was edited or moved"),
        ({"run.json": ('"schema": 1', '"schema": 2')}, "update rainbench"),
        ({"images.jsonl": ('"session": 1', '"session": 4')}, "a line in sessions.jsonl"),
        ({"images.jsonl": ("0.9]", "1.9]")}, "an SSIM of 1.9 under y-prenet cannot be"),
    ],
)
def test_what_was_tampered_with_is_named(
    tmp_path: Path, change: Mapping[str, tuple[str, str]], words: str
) -> None:
    folder = record_run(tmp_path / "r", line("a"))
    for name, (old, new) in change.items():
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new), encoding="utf-8")
    found = checked(tmp_path / "r")
    assert not found.sound
    assert words in " ".join(found.problems)


def test_what_was_lost_is_named(tmp_path: Path) -> None:
    folder = record_run(tmp_path, line("a"), line("b"))
    journal = folder / "images.jsonl"
    journal.write_bytes(journal.read_bytes()[:-9])
    [check] = verify_results(tmp_path)
    assert check.problems == (
        "images.jsonl ends within a line, and what that told is lost: run again",
        "restored/ holds a picture without a score, as b.png: run again",
    )


def test_lines_that_contradict_each_other_are_named(tmp_path: Path) -> None:
    record_run(tmp_path / "r", line("a"), line("b"), line("a", 31))
    assert checked(tmp_path / "r").problems == (
        "images.jsonl:1 and images.jsonl:3 contradict each other on a: 30.0000 dB / 0.900000 and "
        "31.0000 dB / 0.900000 under y-prenet",
    )


def test_a_run_that_was_moved_or_is_there_twice_is_named(tmp_path: Path) -> None:
    folder = record_run(tmp_path / "r", line("a"))
    shutil.copytree(folder, tmp_path / "r" / "other" / folder.name)
    first, second = verify_results(tmp_path / "r")
    assert f"the same run is in other/{folder.name} too; keep one" in first.problems
    assert "it is of made, and lies in other" in second.problems


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the directional median on two images of the toy dataset."""
    results = tmp_path_factory.mktemp("toy") / "results"
    words = ["--method", "median", "--dataset", "toy", "--limit", "2", "--results", str(results)]
    assert main(["run", *words]) == 0
    return results


def test_images_are_measured_again(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = checked(toy, recompute=2)
    assert found.sound, found.problems
    assert (found.data, found.pictures, found.method) == ("2/2 hold",) * 3
    assert main(["results", "verify", str(toy), "--recompute", "1", "--json"]) == 0
    [said] = json.loads(capsys.readouterr().out)["runs"]
    assert (said["sound"], said["pictures"], said["method"]) == (True, "1/1 hold", "1/1 hold")


def test_a_users_own_method_is_measured_again_from_its_file(tmp_path: Path) -> None:
    file, results = tmp_path / "mine.py", tmp_path / "r"
    file.write_text("def METHOD(rainy, *, share=0.9):\n    return rainy * share\n")
    words = ["--method", f"{file}:share=0.8", "--dataset", "toy", "--limit", "1"]
    assert main(["run", *words, "--results", str(results)]) == 0
    assert checked(results, recompute=1).method.startswith("not at hand: ")
    [found] = verify_results(results, recompute=1, methods=[file])
    assert (found.method, found.verdict) == ("1/1 hold", "sound")
    assert checked(results).to_json()["verdict"] == "whole"
    (tmp_path / "other").mkdir()
    twin = shutil.copy(file, tmp_path / "other")
    for methods, says in (([file, twin], "mine.py too"), ([tmp_path / "x.py"], "which is none")):
        with pytest.raises(UsageError, match=says):
            verify_results(results, methods=methods)


def test_a_number_that_cannot_be_repeated_is_a_problem(toy: Path, tmp_path: Path) -> None:
    shutil.copytree(toy, tmp_path / "r")
    [folder] = run_folders(tmp_path / "r" / "toy")
    lines = (folder / "images.jsonl").read_text(encoding="utf-8").splitlines()
    images = [json.loads(each) for each in lines]
    images[0]["scores"]["y-prenet"][0] += 0.01
    images[1]["clean_sha256"] = "0" * 64
    (folder / "images.jsonl").write_text(
        "".join(json.dumps(each) + "\n" for each in images), encoding="utf-8"
    )
    write_png(folder / "restored" / f"{images[1]['image']}.png", PIXELS)
    found = checked(tmp_path / "r", recompute=2)
    assert (found.data, found.pictures, found.method) == ("1/2 hold", "0/2 hold", "1/2 hold")
    said = " ".join(found.problems)
    assert f"{images[0]['image']}: its restored picture scores" in said
    assert f"{images[0]['image']}: restored again," in said
    assert f"{images[1]['image']}: the dataset's pixels are others" in said


def test_a_method_that_is_another_by_now_is_said(toy: Path, tmp_path: Path) -> None:
    shutil.copytree(toy, tmp_path / "r")
    [folder] = run_folders(tmp_path / "r" / "toy")
    record = read_run(folder)
    older = replace(record.header, run=replace(record.header.run, method_sha256="0" * 64))
    moved = create_run(tmp_path / "older" / "toy", older)
    for name in ("images.jsonl", "sessions.jsonl"):
        shutil.copy(folder / name, moved / name)
    found = checked(tmp_path / "older", recompute=1)
    assert found.sound
    assert found.method.startswith("not at hand: what is here has version ")


def test_weights_that_do_not_ship_are_found_by_their_digest(tmp_path: Path) -> None:
    shipped = find_weights(find_method("msfm"), {}, words="rendered-light", dataset=None).path
    (tmp_path / "weights").mkdir()
    other = tmp_path / "weights" / "mine.safetensors"
    shutil.copy(shipped, other)
    words = ["--method", "msfm", "--weights", str(other), "--dataset", "toy", "--limit", "1"]
    assert main(["run", *words, "--results", str(tmp_path / "r")]) == 0
    [folder] = run_folders(tmp_path / "r" / "toy")
    header = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    header["label"] = "msfm@mine"  # what it was called by whoever had the file
    (folder / "run.json").write_text(json.dumps(header), encoding="utf-8")
    assert checked(tmp_path / "r", recompute=1).method.startswith("not at hand: ")
    [found] = verify_results(tmp_path / "r", recompute=1, weights=[tmp_path / "weights"])
    assert (found.method, found.problems) == ("1/1 hold", ())
    with pytest.raises(WeightsError):
        verify_results(tmp_path / "r", weights=[tmp_path / "none"])


def test_the_verbs_answer_in_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record_run(tmp_path / "r", line("a"))
    results, file, into = (str(tmp_path / name) for name in ("r", "r.zip", "into"))
    assert main(["results", "export", "--results", results, "-o", file]) == 0
    assert "1 run and 0 restored pictures" in capsys.readouterr().out
    assert main(["results", "merge", file, results, "--into", into]) == 0
    assert "1 run, 1 of them new, 1 line added" in capsys.readouterr().out
    assert main(["results", "verify", into]) == 0
    assert "whole: nothing is missing" in capsys.readouterr().out
    assert main(["results", "export", "--results", results, "-o", file]) == 2
