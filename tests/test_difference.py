"""Rows compared on the images that both have, scene by scene."""

from dataclasses import replace
from math import inf

import numpy as np
import pytest

from rainbench import Evidence, Measurement, Note, Result, ScoredImage, Table, compare_results
from rainbench.evidence.evidence import gather
from rainbench.evidence.statistics import mean_interval, signed_rank_p
from rainbench.registry import find_report
from rainbench.render import render
from tests.test_evidence import identity, record

NOISE = np.random.default_rng(3).normal(size=200)


def image(number: int, psnr_db: float, pixels: str = "a", rains: int = 1) -> ScoredImage:
    return ScoredImage(
        name=f"{number:03}", scene=f"s{number // rains}", rainy_sha256=pixels, clean_sha256="c",
        psnr_db=psnr_db, ssim=psnr_db / 100,
    )  # fmt: skip


def result(label: str, *images: ScoredImage, **fields: object) -> Result:
    made = Result(
        label=label, title=label, parameters=1, trained_on="rain100l:train", run_id=label,
        images=images,
        measurement=Measurement(
            psnr_db=sum(each.psnr_db for each in images) / max(1, len(images)), ssim=0.9,
            protocol="y-prenet", dataset="rain100l", release="original", split="test",
            images=len(images), of=len(images),
        ),
    )  # fmt: skip
    return replace(made, **fields)  # type: ignore[arg-type]


LOW = result("low", *(image(n, 30 + NOISE[n], rains=2) for n in range(40)))
HIGH = result("high", *(image(n, 31 + NOISE[n] + NOISE[-n], rains=2) for n in range(40)))


def test_differences_are_averaged_within_a_scene_before_all_else() -> None:
    [found] = compare_results([LOW, HIGH])
    by_image = [h.psnr_db - low.psnr_db for h, low in zip(HIGH.images, LOW.images, strict=True)]
    by_scene = [float(np.mean(by_image[n : n + 2])) for n in range(0, 40, 2)]
    assert (found.first, found.second, found.images, found.scenes) == ("high", "low", 40, 20)
    assert found.mean == pytest.approx(np.mean(by_scene))
    assert found.interval == pytest.approx(mean_interval(by_scene))
    assert found.p_value == pytest.approx(signed_rank_p(by_scene))


def test_p_values_are_corrected_over_the_pairs_of_one_dataset() -> None:
    other = replace(LOW, label="other", run_id="o", images=HIGH.images[:20])
    elsewhere = [
        replace(each, measurement=replace(each.measurement, dataset="rain100h"))
        for each in (LOW, HIGH)
    ]
    [alone] = compare_results([LOW, HIGH])
    found = compare_results([LOW, HIGH, other, *elsewhere])
    pairs = {(pair.data, pair.first, pair.second): pair.p_value for pair in found}
    assert pairs["rain100h (original)", "high", "low"] == alone.p_value
    assert len(pairs) == 4
    assert pairs["rain100l (original)", "high", "low"] == pytest.approx(3 * (alone.p_value or 0))


def test_images_that_one_row_lacks_or_has_with_other_pixels_are_left_out_and_said() -> None:
    changed = [replace(each, rainy_sha256="b") for each in HIGH.images[:3]]
    [found] = compare_results([LOW, replace(HIGH, images=(*changed, *HIGH.images[3:30]))])
    assert found.images == 27
    assert found.remarks == (
        "on the 27 of 40 images that both have",
        "3 left out, of one name but of other pixels",
    )


def test_rows_without_a_common_image_or_with_an_exact_one_are_not_compared() -> None:
    strange = replace(HIGH, images=tuple(replace(i, clean_sha256="x") for i in HIGH.images))
    [found] = compare_results([LOW, strange])
    assert (found.mean, found.why_not) == (None, "no image of the same pixels in both")
    exact = replace(HIGH, images=(replace(HIGH.images[0], psnr_db=inf), *HIGH.images[1:]))
    [found] = compare_results([LOW, exact])
    assert (found.p_value, found.why_not) == (None, "restored exactly on 1 of 40 images")
    assert compare_results([LOW, exact], "ssim")[0].mean is not None


def test_runs_of_several_seeds_are_one_row_and_seeds_count() -> None:
    def seeded(row: Result, seed: int) -> Result:
        images = tuple(replace(i, psnr_db=i.psnr_db + seed / 5) for i in row.images)
        return replace(
            row, images=images, run_id=f"{row.label}{seed}", repeats=row.label,
            difference=f"layers=6, seed {seed}",
        )  # fmt: skip

    [alone] = compare_results([LOW, HIGH])
    [found] = compare_results([seeded(row, seed) for row in (LOW, HIGH) for seed in (0, 1, 2)])
    assert (found.first, found.seeds) == ("high (layers=6, 3 seeds)", (3, 3))
    assert found.mean == pytest.approx(alone.mean)
    assert found.interval is not None
    assert alone.interval is not None
    assert found.interval.low < alone.interval.low


def test_small_differences_are_not_of_practical_size() -> None:
    near = replace(LOW, label="near", run_id="n", images=tuple(
        replace(each, psnr_db=each.psnr_db + 0.04) for each in LOW.images
    ))  # fmt: skip
    [found] = compare_results([LOW, near])
    assert found.distinguishable
    assert not found.practical
    assert compare_results([LOW, HIGH])[0].practical


def test_evidence_carries_each_image_with_its_scene() -> None:
    run = record(identity())
    [told] = gather([run]).results
    assert [(each.name, each.scene) for each in told.images] == [("0", "d" * 64), ("1", "d" * 64)]
    # What one run's lines state of a clean picture holds for those of older records.
    lines = {name: replace(line, scene="bsd300-0") for name, line in run.images.items()}
    newer = replace(record(identity(method="lp"), label="lp"), images=lines)
    assert {i.scene for r in gather([run, newer]).results for i in r.images} == {"bsd300-0"}


def test_runs_that_differ_in_their_seed_alone_repeat_each_other() -> None:
    runs = [record(identity(seed=seed)) for seed in (0, 1)]
    runs.append(record(identity(seed=0, weights_sha256="e" * 64)))
    assert len({result.repeats for result in gather(runs).results}) == 2


def test_the_report_says_whose_training_had_seen_the_scenes() -> None:
    def overlapping(result: Result, overlap: str) -> Result:
        return replace(result, measurement=replace(result.measurement, overlap=overlap))

    rows = (overlapping(LOW, "seen 13/40"), overlapping(HIGH, "overlap unknown"))
    blocks = find_report("significance").make(Evidence(protocol="y-prenet", results=rows))
    text = render(blocks, "markdown")
    assert "(40/40, seen 13/40)" in text
    assert "(40/40, overlap unknown)" in text
    notes = " ".join(block.text for block in blocks if isinstance(block, Note))
    assert "seen: so many" in notes


def verdicts(*results: Result) -> list[object]:
    blocks = find_report("significance").make(Evidence(protocol="y-prenet", results=results))
    tables = [block for block in blocks if isinstance(block, Table)]
    return [table.rows[0][-1] for table in tables if "Differences" in table.title]


def test_the_report_says_who_is_better_and_whether_it_matters() -> None:
    assert verdicts(LOW, HIGH)[0] == "high is better"
    near = tuple(replace(each, psnr_db=each.psnr_db + 0.04) for each in LOW.images)
    found = verdicts(LOW, replace(LOW, label="near", run_id="n", images=near))
    assert found[0] == "near is better; not of practical size"
    same = verdicts(LOW, replace(LOW, label="same", run_id="s"))
    assert same == ["not distinguishable; not of practical size"] * 2
