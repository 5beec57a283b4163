"""Running a method over a dataset: what is recorded, what is redone, and what goes on."""

import errno
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest

import rainbench.runs.evaluate
from rainbench import Image, ImagePair, MethodError, OpenDataset, Picture, Score, score
from rainbench.errors import DatasetError, ResultsError, UsageError
from rainbench.evidence.evidence import gather, read_records
from rainbench.image import read_pixels, to_image, write_png
from rainbench.metrics.comparison import Comparison
from rainbench.protocol import HEADLINE, PROTOCOLS
from rainbench.restorers.restorer import Restorer
from rainbench.runs.evaluate import evaluate
from rainbench.runs.progress import Progress
from rainbench.runs.reading import read_run
from rainbench.runs.results import read_results
from rainbench.runs.summary import UnitSummary

NAMES = ("a", "b", "c", "d")


def darken(rainy: Image) -> Image:
    return rainy * np.float32(0.9) - np.float32(0.01)


class Counting:
    """A method that remembers how often it was called, and breaks when told to."""

    def __init__(self) -> None:
        self.calls = 0
        self.breaks_at: int | None = None
        self.error: BaseException = RuntimeError("out of rain")

    def __call__(self, rainy: Image) -> Image:
        self.calls += 1
        if self.calls == self.breaks_at:
            raise self.error
        return darken(rainy)


def restorer(derain: Callable[[Image], Image] = darken, **fields: object) -> Restorer:
    made = Restorer(
        method="darken", label="darken", title="Darken", settings={}, method_sha256="0" * 64,
        derain=derain,
    )  # fmt: skip
    return replace(made, **fields)  # type: ignore[arg-type]


def make_pairs(folder: Path, names: Sequence[str], *, seed: int = 0) -> tuple[ImagePair, ...]:
    rng = np.random.default_rng(seed)
    folder.mkdir(exist_ok=True)
    pairs = []
    for name in names:
        rainy, clean = folder / f"{name}-rainy.png", folder / f"{name}.png"
        pixels = rng.integers(0, 200, (16, 14, 3), dtype=np.uint8)
        write_png(clean, pixels)
        write_png(rainy, pixels + np.uint8(20))
        pairs.append(ImagePair(name, Picture(rainy), Picture(clean), name))
    return tuple(pairs)


@pytest.fixture
def dataset(tmp_path: Path) -> OpenDataset:
    return OpenDataset(
        name="made", title="Made", release="1", split="test", folder=tmp_path,
        pairs=make_pairs(tmp_path / "pairs", NAMES), promised=len(NAMES),
    )  # fmt: skip


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return tmp_path / "results"


def lines(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def table(results: Path) -> str:
    return read_results(results).drop(columns="seconds").to_csv()


def test_every_image_is_scored_under_every_protocol(dataset: OpenDataset, results: Path) -> None:
    summary = evaluate(restorer(), dataset, results)
    assert (summary.images, summary.of, summary.failures, summary.marks) == (4, 4, 0, ())
    assert list(summary.scores) == list(PROTOCOLS)
    rows = read_results(results)
    assert len(rows) == 4 * len(PROTOCOLS)
    pair = dataset.pairs[0]
    assert pair.clean is not None
    expected = score(darken(to_image(pair.rainy.read())), pair.clean.read())
    first = rows[rows.image == "a"].set_index("protocol")
    assert {name: Score(first.psnr_db[name], first.ssim[name]) for name in first.index} == expected


def test_the_record_has_its_files(dataset: OpenDataset, results: Path) -> None:
    folder = evaluate(restorer(), dataset, results).folder
    assert sorted(path.name for path in folder.iterdir()) == [
        "images.jsonl", "restored", "run.json", "sessions.jsonl",
    ]  # fmt: skip
    assert sorted(path.name for path in (folder / "restored").iterdir()) == [
        f"{name}.png" for name in NAMES
    ]
    assert set(lines(folder / "images.jsonl")[0]) == {
        "image", "rainy_sha256", "clean_sha256", "seconds", "session", "scores",
        "clean_look", "scene", "errors",
    }  # fmt: skip
    [session] = lines(folder / "sessions.jsonl")
    assert set(session) >= {
        "number", "start", "host", "command", "versions", "device", "engine", "threads",
    }  # fmt: skip


def test_restored_pictures_repeat_the_headline(dataset: OpenDataset, results: Path) -> None:
    summary = evaluate(restorer(), dataset, results)
    for pair in dataset.pairs:
        restored = read_pixels(summary.folder / "restored" / f"{pair.name}.png")
        assert pair.clean is not None
        again = score(restored, pair.clean.read())[HEADLINE]
        assert again == read_run(summary.folder).images[pair.name].scores[HEADLINE]


def test_what_is_done_is_kept(dataset: OpenDataset, results: Path) -> None:
    first = evaluate(restorer(), dataset, results)
    method = Counting()
    told: list[Progress] = []
    again = evaluate(restorer(method), dataset, results, on_progress=told.append)
    assert method.calls == 0
    assert again == first
    assert [(each.image, each.kept, each.done) for each in told] == [
        (None, False, 0),
        *((name, True, n + 1) for n, name in enumerate(NAMES)),
    ]
    assert len(lines(first.folder / "sessions.jsonl")) == 1


def test_progress_tells_of_every_image(dataset: OpenDataset, results: Path) -> None:
    told: list[Progress] = []
    evaluate(restorer(), dataset, results, on_progress=told.append)
    assert [each.image for each in told] == [None, *NAMES]
    assert all(each.score is not None and each.seconds is not None for each in told[1:])
    assert (told[-1].done, told[-1].total) == (4, 4)


def test_a_changed_pixel_makes_its_image_work_again(dataset: OpenDataset, results: Path) -> None:
    evaluate(restorer(), dataset, results)
    path = dataset.pairs[2].rainy.path
    pixels = read_pixels(path)
    pixels[0, 0, 0] += 50
    write_png(path, pixels)
    method = Counting()
    summary = evaluate(restorer(method), dataset, results)
    assert method.calls == 1
    assert summary.images == 4
    fresh = results.with_name("fresh")
    evaluate(restorer(), dataset, fresh)
    assert table(results) == table(fresh)


def test_a_new_protocol_adds_only_its_own_cells(
    dataset: OpenDataset, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = {name: PROTOCOLS[name] for name in PROTOCOLS if name != "rgb-gauss"}
    monkeypatch.setattr(rainbench.runs.evaluate, "PROTOCOLS", older)
    folder = evaluate(restorer(), dataset, results).folder
    assert "rgb-gauss" not in lines(folder / "images.jsonl")[0]["scores"]  # type: ignore[operator]
    monkeypatch.setattr(rainbench.runs.evaluate, "PROTOCOLS", PROTOCOLS)
    summary = evaluate(restorer(), dataset, results)
    assert [list(line["scores"]) for line in lines(folder / "images.jsonl")[4:]] == [  # type: ignore[call-overload]
        ["rgb-gauss"]
    ] * 4
    fresh = results.with_name("fresh")
    assert summary.scores == evaluate(restorer(), dataset, fresh).scores
    assert table(results) == table(fresh)


def without_errors(folder: Path) -> None:
    """Let a record be one that does not say where in its pictures errors lie."""
    file = folder / "images.jsonl"
    kept = [{k: v for k, v in line.items() if k != "errors"} for line in lines(file)]
    file.write_text("".join(json.dumps(line) + "\n" for line in kept), encoding="utf-8")


def test_where_errors_lie_is_found_on_restored_pictures(
    dataset: OpenDataset, results: Path
) -> None:
    folder = evaluate(restorer(), dataset, results).folder
    before = read_run(folder)
    without_errors(folder)
    (folder / "restored" / "b.png").unlink()
    write_png(folder / "restored" / "c.png", np.zeros((16, 14, 3), np.uint8))  # no picture of it
    method = Counting()
    evaluate(restorer(method), dataset, results)
    after = read_run(folder)
    assert (method.calls, after.sessions, after.mixed) == (0, before.sessions, False)
    assert {name: line.errors is not None for name, line in after.images.items()} == {
        "a": True, "b": False, "c": False, "d": True,
    }  # fmt: skip
    for name in "ad":
        assert after.images[name] == before.images[name]


def test_what_is_made_of_the_clean_pictures_is_a_run_of_its_own(
    dataset: OpenDataset, results: Path
) -> None:
    rainy = evaluate(restorer(), dataset, results)
    clean = evaluate(restorer(), dataset.given("clean"), results)
    assert clean.run_id != rainy.run_id
    assert (rainy.data, clean.data) == ("made (1)", "made (1), clean pictures")
    pair = dataset.pairs[0]
    assert pair.clean is not None
    pixels = pair.clean.read()
    assert (
        read_run(clean.folder).images["a"].scores
        == Comparison(darken(to_image(pixels)), pixels).score_all()
    )
    evidence = gather(read_records(results))
    assert [result.run_id for result in evidence.results] == [rainy.run_id]
    assert [evidence.on_clean[rainy.run_id].run_id] == [clean.run_id]
    assert set(read_results(results).run_id) == {rainy.run_id}
    assert set(read_results(results, given="clean").run_id) == {clean.run_id}


def test_clean_pictures_that_are_missing_are_asked_for(dataset: OpenDataset) -> None:
    bare = replace(dataset, pairs=(replace(dataset.pairs[0], clean=None), *dataset.pairs[1:]))
    with pytest.raises(DatasetError, match="none for a; leave --input out"):
        bare.given("clean")
    assert bare.given("rainy") is bare


def test_a_protocol_that_lacks_images_has_no_average(dataset: OpenDataset, results: Path) -> None:
    folder = evaluate(restorer(), dataset, results).folder
    file = folder / "images.jsonl"
    document = lines(file)
    del document[0]["scores"]["y-agan"]  # type: ignore[attr-defined]
    file.write_text("".join(json.dumps(line) + "\n" for line in document), encoding="utf-8")
    method = Counting()
    method.breaks_at = 1
    summary = evaluate(restorer(method), dataset, results)
    assert (summary.images, summary.failures) == (4, 1)
    assert set(summary.scores) == set(PROTOCOLS) - {"y-agan"}


def test_a_failing_image_stops_nothing_and_is_tried_again(
    dataset: OpenDataset, results: Path
) -> None:
    method = Counting()
    method.breaks_at = 2
    told: list[Progress] = []
    summary = evaluate(restorer(method), dataset, results, on_progress=told.append)
    assert (summary.images, summary.failures, summary.marks) == (3, 1, ("incomplete",))
    [failure] = lines(summary.folder / "failures.jsonl")
    assert failure["image"] == "b"
    assert "RuntimeError: out of rain" in str(failure["error"])
    assert [each.image for each in told if each.problem] == ["b"]
    again = evaluate(restorer(method), dataset, results)
    assert method.calls == 5
    assert (again.images, again.failures, again.marks) == (4, 0, ())


def test_a_method_that_returns_nonsense_fails_each_image(
    dataset: OpenDataset, results: Path
) -> None:
    summary = evaluate(restorer(lambda rainy: rainy * 255), dataset, results)
    assert (summary.images, summary.failures, summary.scores) == (0, 4, {})
    assert summary.seconds_per_image is None
    assert "divide by 255" in (summary.folder / "failures.jsonl").read_text(encoding="utf-8")


def test_an_unreadable_picture_stops_nothing(dataset: OpenDataset, results: Path) -> None:
    path = dataset.pairs[1].rainy.path
    whole = path.read_bytes()
    evaluate(restorer(), dataset, results)
    path.write_bytes(whole[:-30])
    damaged = evaluate(restorer(), dataset, results)
    # What was measured belonged to pixels that nobody can see any more.
    assert (damaged.images, damaged.failures) == (3, 1)
    assert "b" not in set(read_results(results).image)
    path.write_bytes(whole)
    method = Counting()
    mended = evaluate(restorer(method), dataset, results)
    assert (method.calls, mended.images, mended.failures) == (1, 4, 0)


def test_pictures_too_small_to_score_fail_alone(dataset: OpenDataset, results: Path) -> None:
    tiny = np.zeros((1, 1, 3), dtype=np.uint8)
    pair = dataset.pairs[3]
    assert pair.clean is not None
    write_png(pair.rainy.path, tiny)
    write_png(pair.clean.path, tiny)
    summary = evaluate(restorer(), dataset, results)
    assert (summary.images, summary.failures) == (3, 1)


def test_real_photographs_are_restored_without_scores(dataset: OpenDataset, results: Path) -> None:
    real = replace(dataset, pairs=tuple(replace(pair, clean=None) for pair in dataset.pairs))
    summary = evaluate(restorer(), real, results)
    assert (summary.images, summary.scores, summary.failures) == (4, {}, 0)
    assert read_results(results).empty
    method = Counting()
    (summary.folder / "restored" / "c.png").unlink()
    evaluate(restorer(method), real, results)
    assert method.calls == 1


def test_a_limit_takes_the_first_pairs_and_says_so(dataset: OpenDataset, results: Path) -> None:
    method = Counting()
    summary = evaluate(restorer(method), dataset, results, limit=2)
    assert (method.calls, summary.images, summary.of) == (2, 2, 4)
    assert summary.marks == ("incomplete",)
    assert evaluate(restorer(method), dataset, results).images == 4
    assert method.calls == 4
    assert evaluate(restorer(), dataset, results, limit=2) == summary


def test_a_limit_below_one_is_refused(dataset: OpenDataset, results: Path) -> None:
    with pytest.raises(UsageError, match="a limit of 1 image or more"):
        evaluate(restorer(), dataset, results, limit=0)


def test_a_partial_dataset_says_of_how_many(dataset: OpenDataset, results: Path) -> None:
    summary = evaluate(restorer(), replace(dataset, promised=1400), results)
    assert (summary.images, summary.of) == (4, 1400)
    assert "incomplete" in summary.marks


@pytest.mark.parametrize("name", ["../../x", "/x", r"x\y", "C:x", "", "..", "a"])
def test_pairs_that_cannot_be_filed_are_refused(
    dataset: OpenDataset, results: Path, name: str
) -> None:
    odd = replace(dataset.pairs[3], name=name)
    with pytest.raises(DatasetError, match="a name of its own"):
        evaluate(restorer(), replace(dataset, pairs=(*dataset.pairs[:3], odd)), results)


def test_a_pair_that_left_the_dataset_leaves_the_table(dataset: OpenDataset, results: Path) -> None:
    evaluate(restorer(), dataset, results)
    smaller = replace(dataset, pairs=dataset.pairs[:3], promised=3)
    summary = evaluate(restorer(), smaller, results)
    assert (summary.images, summary.of, summary.failures, summary.marks) == (3, 3, 0, ())
    assert set(read_results(results).image) == set("abc")
    assert evaluate(restorer(), dataset, results).images == 4
    # A partial copy does not say so.
    evaluate(restorer(), replace(smaller, promised=4), results)
    assert set(read_results(results).image) == set(NAMES)


def test_an_interruption_keeps_what_was_measured(dataset: OpenDataset, results: Path) -> None:
    method = Counting()
    method.breaks_at, method.error = 3, KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        evaluate(restorer(method), dataset, results)
    assert set(read_results(results).image) == {"a", "b"}
    assert evaluate(restorer(method), dataset, results).images == 4
    assert method.calls == 5


def test_a_full_disk_is_one_sentence_and_loses_nothing(
    dataset: OpenDataset, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = os.fsync
    calls = iter(range(100))

    def full(file: int) -> None:
        if next(calls) == 4:  # holder, header, session, first image, second image
            raise OSError(errno.ENOSPC, "No space left on device")
        synced(file)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ResultsError, match=r"room on the disk for .*No space left.*free some"):
        evaluate(restorer(), dataset, results)
    monkeypatch.undo()
    assert "a" in set(read_results(results).image)
    assert evaluate(restorer(), dataset, results).images == 4


def test_a_disk_without_room_for_pictures(dataset: OpenDataset, results: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full on this system")
    folder = evaluate(restorer(), dataset, results, limit=2).folder
    link = folder / "restored" / "c.png.part"
    link.symlink_to("/dev/full")
    with pytest.raises(ResultsError, match=r"room on the disk for .*c\.png"):
        evaluate(restorer(), dataset, results)
    assert set(read_results(results).image) >= {"a", "b"}
    link.unlink()
    assert evaluate(restorer(), dataset, results).images == 4


def test_two_spellings_of_one_run_share_a_folder(dataset: OpenDataset, results: Path) -> None:
    first = evaluate(restorer(label="darken.light"), dataset, results)
    method = Counting()
    second = evaluate(restorer(method, label="darken:by=0.9"), dataset, results)
    assert (method.calls, second.folder) == (0, first.folder)


@pytest.mark.parametrize(
    "change",
    [
        {"settings": {"by": 0.5}},
        {"method_sha256": "1" * 64},
        {"weights_sha256": "2" * 64},
        {"tile": 64},
        {"dtype": "float16"},
    ],
)
def test_whatever_decides_a_number_makes_another_run(
    dataset: OpenDataset, results: Path, change: dict[str, object]
) -> None:
    first = evaluate(restorer(), dataset, results)
    assert evaluate(restorer(**change), dataset, results).folder != first.folder  # type: ignore[arg-type]
    assert len(read_results(results)) == 8 * len(PROTOCOLS)


def test_other_engines_mark_the_run(dataset: OpenDataset, results: Path) -> None:
    assert evaluate(restorer(), dataset, results, limit=2).marks == ("incomplete",)
    summary = evaluate(restorer(device="cuda"), dataset, results)
    assert summary.marks == ("mixed machines",)
    assert set(read_results(results).marks) == {"mixed machines"}


def test_weights_from_elsewhere_mark_the_run(dataset: OpenDataset, results: Path) -> None:
    summary = evaluate(restorer(trained_on="rain800:train"), dataset, results)
    assert summary.cross_dataset
    own = evaluate(restorer(trained_on="made:train"), dataset, results.with_name("other"))
    assert not own.cross_dataset


def test_a_bug_of_ours_is_not_hidden(
    dataset: OpenDataset, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> NoReturn:
        raise ZeroDivisionError

    monkeypatch.setattr(rainbench.runs.evaluate, "Comparison", broken)
    with pytest.raises(ZeroDivisionError):
        evaluate(restorer(), dataset, results)


def test_the_json_line_has_the_promised_keys(dataset: OpenDataset, results: Path) -> None:
    summary = evaluate(restorer(lambda rainy: rainy - np.float32(20 / 255)), dataset, results)
    document = json.loads(json.dumps(summary.to_json(), allow_nan=False))
    assert set(document) == {
        "schema", "method", "dataset", "split", "input", "images", "of", "parameters",
        "seconds_per_image", "scores", "from_8_bit",
        "overlap", "unseen_scores", "trained_on", "budget",
    }  # fmt: skip
    assert set(document["scores"]) == set(PROTOCOLS)
    assert document["scores"]["rgb-gauss"] == {"psnr_db": "inf", "ssim": 1.0}
    assert isinstance(summary, UnitSummary)


def test_a_method_error_reaches_the_record_in_words(dataset: OpenDataset, results: Path) -> None:
    def refuse(_: Image) -> NoReturn:
        raise MethodError(expected="rain", got="sun", now="wait")

    folder = evaluate(restorer(refuse), dataset, results, limit=1).folder
    [failure] = lines(folder / "failures.jsonl")
    assert failure["error"] == "MethodError: expected rain, got sun; wait"
