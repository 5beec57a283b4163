"""From records to evidence: averages, marks, and rows told apart."""

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from rainbench import Evidence, Score, Setting
from rainbench.errors import ResultsError, UnknownNameError, UsageError
from rainbench.evidence.evidence import explain_marks, gather, read_records
from rainbench.evidence.marks import EIGHT_BIT, is_hardly_trained
from rainbench.runs.identity import Run
from rainbench.runs.record import Failure, Header, ImageRecord, RunRecord
from rainbench.runs.session import Session

BOTH = {"y-prenet": Score(30.0, 0.9), "rgb-skimage": Score(29.0, 0.8)}


def identity(**fields: object) -> Run:
    run = Run(
        method="msfm", settings={}, method_sha256="a" * 64, weights_sha256="b" * 64,
        dataset="rain100l", release="original", split="test",
    )  # fmt: skip
    return replace(run, **fields)  # type: ignore[arg-type]


def record(
    run: Run,
    *,
    label: str = "msfm",
    trained_on: str | None = "rain100l:train",
    of: int = 2,
    images: int = 2,
    scores: Mapping[str, Score] = BOTH,
    pixels: str = "c",
    mixed: bool = False,
    floor: bool = False,
    budget: str = "900 of 90,000 steps",
) -> RunRecord:
    return RunRecord(
        folder=Path(f"{label}-{run.id}"),
        header=Header(
            run=run, label=label, title=label, parameters=35173, trained_on=trained_on, of=of,
            floor=floor, budget=budget,
        ),
        sessions={1: Session(number=1, of=of)},
        images={
            str(n): ImageRecord(
                image=str(n), rainy_sha256=pixels * 64, clean_sha256="d" * 64, seconds=0.5,
                session=1, scores=scores,
            )
            for n in range(images)
        },
        failures={},
        mixed=mixed,
    )  # fmt: skip


def only(evidence: Evidence) -> tuple[str, ...]:
    [result] = evidence.results
    return result.measurement.marks


def test_scores_are_averaged_over_images() -> None:
    run = record(identity())
    images = dict(run.images)
    images["1"] = replace(images["1"], scores={"y-prenet": Score(40.0, 1.0)}, seconds=1.5)
    [result] = gather([replace(run, images=images)]).results
    assert (result.measurement.psnr_db, result.seconds_per_image) == (35.0, 1.0)
    assert (result.measurement.images, result.measurement.of) == (2, 2)
    assert result.measurement.marks == ()


def test_another_protocol_counts_only_its_own_cells() -> None:
    run = record(identity())
    images = dict(run.images)
    images["1"] = replace(images["1"], scores={"y-prenet": Score(40.0, 1.0)})
    [result] = gather([replace(run, images=images)], protocol="rgb-skimage").results
    assert (result.measurement.psnr_db, result.measurement.images) == (29.0, 1)
    assert "incomplete" in result.measurement.marks


def test_one_perfect_image_makes_the_mean_infinite() -> None:
    run = record(identity(), scores={"y-prenet": Score(math.inf, 1.0)})
    assert gather([run]).results[0].measurement.psnr_db == math.inf


@pytest.mark.parametrize(
    ("run", "mark"),
    [
        (record(identity(), of=3), "incomplete"),
        (record(identity(), trained_on="rain100h:train"), "cross-dataset"),
        (record(identity(), trained_on="rain100l:test"), "trained on these images"),
        (record(identity(), mixed=True), "mixed machines"),
        (record(identity(), budget="30 of 90,000 steps"), "hardly trained"),
    ],
)
def test_what_a_reader_must_know_stands_beside_the_number(run: RunRecord, mark: str) -> None:
    assert only(gather([run])) == (mark,)


@pytest.mark.parametrize(
    ("budget", "hardly"),
    [
        ("30 of 90,000 steps", True),
        ("1 of 40,000 steps, unfinished,", True),
        ("900 of 90,000 steps", False),
        ("90,000 steps", False),
        ("2,400 of 400,000 steps from trained weights", False),
        ("", False),
    ],
)
def test_who_is_hardly_trained(budget: str, hardly: bool) -> None:
    assert is_hardly_trained(budget) == hardly


def test_pictures_are_marked_only_under_protocols_that_need_floats() -> None:
    run = record(identity(dtype=EIGHT_BIT, method="restored:x"))
    assert only(gather([run])) == ()
    assert only(gather([run], protocol="rgb-skimage")) == ("from 8-bit",)


def test_rows_that_saw_other_pixels_are_marked() -> None:
    runs = [record(identity()), record(identity(method="lp"), label="lp", pixels="e")]
    assert all(r.measurement.marks == ("other pixels",) for r in gather(runs).results)


def test_who_scores_less_than_a_floor_is_told_so() -> None:
    low = {"y-prenet": Score(28.0, 0.99), "rgb-skimage": Score(29.5, 0.8)}
    floor = record(identity(method="median"), label="median", floor=True)
    below = record(identity(method="lp"), label="lp", scores=low)
    above = record(identity(method="ddn"), label="ddn", scores={"y-prenet": Score(30.1, 0.5)})
    lower_floor = record(identity(method="rainy"), label="rainy", scores=low, floor=True)
    evidence = gather([floor, below, above, lower_floor])
    marks = {each.label: each.measurement.marks for each in evidence.results}
    assert marks == {"median": (), "rainy": (), "ddn": (), "lp": ("below the floor",)}
    assert any(
        words.startswith("below the floor: less PSNR over the same images than a baseline")
        for words in explain_marks(evidence.results)
    )
    # Under another protocol it is not.
    assert not any(
        each.measurement.marks for each in evidence.under["rgb-skimage"] if each.label == "lp"
    )


def test_a_floor_counts_over_the_images_that_both_have_and_on_no_other_data() -> None:
    floor = record(identity(method="median"), label="median", floor=True)
    images = dict(record(identity()).images)
    images["1"] = replace(images["1"], scores={"y-prenet": Score(50.0, 0.9)})
    images["0"] = replace(images["0"], scores={"y-prenet": Score(29.0, 0.9)})
    above = replace(record(identity()), images=images)
    first = replace(floor, images={"0": floor.images["0"]})
    [_, result] = gather([floor, above]).results
    assert result.label == "msfm" or "below the floor" not in result.measurement.marks
    marks = {r.label: r.measurement.marks for r in gather([first, above]).results}
    assert "below the floor" in marks["msfm"]
    elsewhere = replace(
        first, header=replace(first.header, run=identity(method="median", dataset="rain800"))
    )
    assert not any(
        "below the floor" in r.measurement.marks for r in gather([elsewhere, above]).results
    )


def test_other_releases_may_hold_other_pixels() -> None:
    copy = record(identity(release="480x320"), pixels="e")
    assert all(not r.measurement.marks for r in gather([record(identity()), copy]).results)


LIGHT: Mapping[str, Setting] = {"layers": 6, "channels": 8}


def test_runs_of_one_label_are_told_apart_by_what_differs() -> None:
    runs = [
        record(identity(settings=LIGHT)),
        record(identity(settings={**LIGHT, "layers": 7}, weights_sha256="f" * 64)),
        record(identity(dataset="rain100h", settings=LIGHT)),
        record(identity(method="lp"), label="lp"),
    ]
    said = {(r.label, r.difference) for r in gather(runs).results}
    assert said == {
        ("lp", ""),
        ("msfm", "layers=6, weights bbbbbbb"),
        ("msfm", "layers=7, weights fffffff"),
    }


def test_runs_alike_but_for_their_data_need_no_telling_apart() -> None:
    runs = [record(identity()), record(identity(dataset="rain100h"))]
    assert {r.difference for r in gather(runs).results} == {""}


def test_a_run_without_a_score_is_named_and_not_hidden() -> None:
    failure = Failure(image="0", session=1, error="MethodError: no")
    evidence = gather([replace(record(identity(), images=0), failures={"0": failure})])
    assert evidence.results == ()
    assert evidence.unscored == (
        "msfm on rain100l: no image of 2 is scored under y-prenet; 1 failed.",
    )


def test_only_what_is_asked_for_is_gathered() -> None:
    runs = [
        record(identity()),
        record(identity(dataset="rain800", split="train")),
        record(identity(method="prenet"), label="prenet@rain1400"),
    ]
    assert len(gather(runs, datasets=["rain100l"]).results) == 2
    assert len(gather(runs, datasets=["rain800:train"], methods=["msfm"]).results) == 1
    assert len(gather(runs, methods=["prenet"]).results) == 1
    with pytest.raises(UnknownNameError, match="did you mean rain100l"):
        gather(runs, datasets=["rain100"])
    with pytest.raises(UnknownNameError, match="name of a protocol"):
        gather(runs, protocol="psnr")


def test_the_same_run_twice_is_an_error_that_names_both() -> None:
    run = record(identity())
    with pytest.raises(ResultsError, match="here and msfm-"):
        gather([replace(run, folder=Path("here")), run])


def test_the_order_of_arrival_changes_nothing() -> None:
    runs = [record(identity(dataset=name)) for name in ("b", "a", "c")]
    assert gather(runs) == gather(reversed(runs))


def test_without_results_the_command_that_makes_them_is_named(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(UsageError, match="rainbench run --method"):
            list(read_records(folder))
