"""The paper's claims: every verdict can be reached, and none without evidence."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rainbench import (
    Audit,
    Evidence,
    FeatureFile,
    FeatureSet,
    PixelErrors,
    Result,
    ScoredImage,
)
from rainbench.data.audit import Match
from rainbench.errors import ResultsError
from rainbench.evidence.attachment import attach
from rainbench.evidence.published import published_numbers
from rainbench.evidence.published_method import with_methods
from rainbench.evidence.view import View
from rainbench.metrics.pixel_error import RegionError
from rainbench.registry import find_report
from rainbench.report import Table
from tests.test_report_tables import SCORE

REPORT = find_report("claims")
NUMBERS = published_numbers()
BARE = with_methods(Evidence(protocol="y-prenet", published=NUMBERS), NUMBERS, REPORT.words)
RNG = np.random.default_rng(0)


def verdicts(**fields: object) -> dict[str, tuple[str, str]]:
    """Say of each claim its number and its verdict, by the beginning of the sentence."""
    evidence = replace(BARE, **fields)  # type: ignore[arg-type]
    tables = [block for block in REPORT.make(evidence) if isinstance(block, Table)]
    rows = [row for table in tables for row in table.rows]
    assert len(rows) == 30
    return {str(row[1]): (str(row[3]), str(row[4])) for row in rows}


def of(found: dict[str, tuple[str, str]], sentence: str) -> tuple[str, str]:
    [key] = [key for key in found if sentence in key]
    return found[key]


def result(words: str, gain: float, spread: float = 0.1, **fields: object) -> Result:
    scores = 30 + gain + RNG.normal(0, spread, 40)
    images = tuple(
        ScoredImage(
            name=str(n), scene=str(n), rainy_sha256="r", clean_sha256="c", psnr_db=float(score),
            ssim=0.9,
        )
        for n, score in enumerate(scores)
    )  # fmt: skip
    mean = replace(SCORE, psnr_db=float(scores.mean()))
    made = Result(
        label=words, title=words, parameters=1, trained_on="photographs", run_id=f"{words}{gain}",
        measurement=mean, method=words.partition(".")[0].partition(":")[0],
        settings=BARE.settings[words], images=images,
    )  # fmt: skip
    return replace(made, **fields)  # type: ignore[arg-type]


def test_counts_and_the_papers_own_tables_need_no_run() -> None:
    found = verdicts()
    assert of(found, "reduced by 91 percent") == (
        "35,173 of 372,839: 90.6% fewer",
        "supported",
    )
    assert of(found, "greatly reduced") == ("35,173 of 88,933: 60% fewer", "supported")
    assert of(found, "Single is the network")[0].endswith("has 32,693")
    assert of(found, "single common convolution")[0].endswith("has 15,573")
    contradicted = {key for key, (_, verdict) in found.items() if "contradicted" in verdict}
    assert len(contradicted) == 6
    assert of(found, "without dense connections")[0] == "table 2: No-dense 25.33, Single 26.25 dB"
    assert of(found, "default network obtains the highest") == (
        "27.08 dB, 0.85; the best of the others 26.40 dB, 0.83", "supported"
    )  # fmt: skip
    assert of(found, "unsatisfactory") == (
        "msfm:scales=2,dilations=3: 26.66 dB against 27.01", "supported"
    )  # fmt: skip
    assert of(found, "more satisfactory") == (
        "higher in 27 of 27 pairs of which one is larger", "supported"
    )  # fmt: skip
    untested = [key for key, (number, verdict) in found.items() if verdict == "not tested"]
    assert len(untested) == 16
    assert all(found[key][0] for key in untested)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("msfm.single", "default network obtains"),
        ("msfm:scales=2,dilations=2", "unsatisfactory"),
        ("msfm:layers=6,channels=10", "more satisfactory"),
    ],
)
def test_a_score_that_stood_otherwise_in_a_table_would_contradict(
    words: str, sentence: str
) -> None:
    high = tuple(replace(n, psnr_db=29.0) if n.words == words else n for n in NUMBERS)
    assert "contradicted" in of(verdicts(published=high), sentence)[1]


def test_sharing_loses_nothing_only_where_the_interval_excludes_a_loss() -> None:
    shared, own = "msfm", "msfm:share=false"
    sentence = "sharing loses nothing"
    equal = verdicts(results=(result(shared, 0.0, 0.02), result(own, 0.0, 0.02)))
    assert of(equal, sentence)[1] == "supported"
    unsure = verdicts(results=(result(shared, 0.0, 1.0), result(own, 0.0, 1.0)))
    assert of(unsure, sentence)[1] == "not supported"
    number, verdict = of(verdicts(results=(result(shared, -0.5), result(own, 0.0))), sentence)
    assert verdict == "not supported"
    assert number.startswith("rain200h (2018): -0.")
    assert "40 scenes" in number


def test_a_part_helps_where_the_gain_is_sure_and_of_practical_size() -> None:
    sentence = "dense connections greatly"
    better = verdicts(results=(result("msfm", 0.5), result("msfm.no_dense", 0.0)))
    assert of(better, sentence)[1] == "supported"
    worse = verdicts(results=(result("msfm", -0.5), result("msfm.no_dense", 0.0)))
    assert of(worse, sentence)[1] == "not supported"
    small = verdicts(results=(result("msfm", 0.02, 0.001), result("msfm.no_dense", 0.0, 0.001)))
    assert of(small, sentence)[1] == "not supported"


def test_weights_of_other_training_sets_are_not_compared() -> None:
    other = result("msfm.no_dense", 0.0, trained_on="other photographs")
    found = verdicts(results=(result("msfm", 0.5), other))
    assert of(found, "dense connections greatly")[1] == "not tested"


def test_a_contradiction_in_the_papers_tables_stays_one_whatever_is_measured() -> None:
    results = (result("msfm.no_dense", 0.5), result("msfm.single", 0.0))
    number, verdict = of(verdicts(results=results), "without dense connections")
    assert verdict == "contradicted by the paper's own tables"
    assert "table 2: No-dense 25.33" in number
    assert "rain200h (2018): +0." in number


def test_the_best_is_as_high_as_every_other_in_domain() -> None:
    own = [("msfm", 1.0), ("did", 0.5), ("prenet", 2.0)]
    results = [result(words, gain, trained_on="rain200h:train") for words, gain in own]
    results.append(result("rescan", 5.0))
    found = verdicts(results=tuple(results))
    assert of(found, "superior to DID")[1] == "supported"
    number, verdict = of(found, "outperforms the state")
    assert (number[:33], verdict) == ("as high in PSNR in 1 of 2 cells o", "not supported")


def features(distance: float, untrained: float, left: float) -> FeatureFile:
    base = RNG.normal(size=(3, 40, 40)).astype(np.float32)
    base += np.arange(3, dtype=np.float32).reshape(3, 1, 1) * 5

    def made(rain: str, moved: float, size: float, trained: bool) -> FeatureSet:
        kernels = {"dilation 1": base, "fused": base * np.float32(size**0.5)}
        scales = {"scale 1": base, "scale 2": base + np.float32(moved)}
        groups = {"kernels": kernels, "scales": scales}
        return FeatureSet(image="1", rain=rain, trained=trained, groups=groups)  # type: ignore[arg-type]

    sets = (
        made("rainy", distance, 1, True),
        made("rainy", untrained, 1, False),
        made("clean", distance, left, True),
    )
    return FeatureFile(method="msfm@mine", trained_on="x", sets=sets)


def test_scales_are_alike_only_below_both_controls() -> None:
    sentence = "features at different scales"
    assert of(verdicts(features=(features(0.2, 1.0, 0),)), sentence)[1] == "supported"
    number, verdict = of(verdicts(features=(features(0.4, 0.3, 0),)), sentence)
    assert verdict == "not supported"
    assert number.startswith("msfm@mine, 1 picture: scale 2 0.4")
    assert of(verdicts(features=(features(9.0, 20.0, 0),)), sentence)[1] == "not supported"


def test_gradients_are_held_against_the_same_controls() -> None:
    sentence = "gradients at different scales"
    alike = features(0.2, 1.0, 0)  # moved values have the gradients that they had
    assert of(verdicts(features=(alike,)), sentence)[1] == "not supported"
    trained, untrained, clean = alike.sets
    scales = untrained.groups["scales"]
    steep = {"scale 1": scales["scale 1"], "scale 2": 3 * scales["scale 2"]}
    untrained = replace(untrained, groups={**untrained.groups, "scales": steep})
    found = verdicts(features=(replace(alike, sets=(trained, untrained, clean)),))
    assert of(found, sentence)[1] == "supported"


@pytest.mark.parametrize(("left", "verdict"), [(1.0, "supported"), (0.25, "not supported")])
def test_a_dilation_sees_one_of_two_where_it_keeps_all_or_nothing(
    left: float, verdict: str
) -> None:
    file = features(0, 0, 0)
    rainy, untrained, clean = file.sets
    kernels = {**clean.groups["kernels"]}
    kernels["dilation 1"] = kernels["dilation 1"] * np.float32(left**0.5)
    clean = replace(clean, groups={**clean.groups, "kernels": kernels})
    found = verdicts(features=(replace(file, sets=(rainy, untrained, clean)),))
    assert of(found, "either background or rain")[1] == verdict


def test_the_fusion_sees_rain_alone_where_nothing_is_left_without() -> None:
    sentence = "only focus on rain"
    assert of(verdicts(features=(features(0, 0, 0.01),)), sentence)[1] == "supported"
    assert of(verdicts(features=(features(0, 0, 0.9),)), sentence)[1] == "not supported"


@pytest.mark.parametrize(
    ("by", "verdict"), [(-3.0, "supported"), (-0.43, "not supported"), (2.0, "not supported")]
)
def test_jorder_is_darker_where_every_picture_is(by: float, verdict: str) -> None:
    errors = PixelErrors(RegionError(10, by**2, by), RegionError(90, by**2, by))
    run = result("jorder", 0)
    told = tuple(replace(image, errors=errors) for image in run.images)
    number, found = of(verdicts(results=(replace(run, images=told),)), "JORDER are always darker")
    assert found == verdict
    assert f"{by:+.2f} levels" in number


def test_datasets_are_disjoint_only_where_all_four_are() -> None:
    def audit(name: str, *matches: Match) -> Audit:
        return Audit(train=f"{name}:train", test=f"{name}:test", images=(9, 5), matches=matches)

    four = [audit(name) for name in ("rain200l", "rain200h", "rain1200", "rain1400")]
    sentence = "different background images"
    assert of(verdicts(audits=tuple(four)), sentence)[1] == "supported"
    assert of(verdicts(audits=tuple(four[:3])), sentence)[1] == "not tested"
    leaking = audit("rain200l", Match("1", "2", "exact", 1.0))
    number, verdict = of(verdicts(audits=(leaking,)), sentence)
    assert (number, verdict) == ("rain200l: 1 of 5 test scenes shared", "not supported")


def test_a_kept_audit_is_read_as_it_was_printed(tmp_path: Path) -> None:
    import json

    audit = Audit(
        train="a:train", test="a", images=(9, 5), matches=(Match("1", "2", "exact", 1.0),)
    )
    file = tmp_path / "audit.json"
    file.write_text(json.dumps({"schema": 1, "audits": [audit.to_json()]}), encoding="utf-8")
    assert attach(Evidence(protocol="y-prenet"), [file], View()).audits == (audit,)
    file.write_text('{"schema": 1, "audits": [{"train": 3}]}', encoding="utf-8")
    with pytest.raises(ResultsError, match="data audit --json"):
        attach(Evidence(protocol="y-prenet"), [file], View())


def test_the_papers_time_is_tested_on_the_papers_card_alone(tmp_path: Path) -> None:
    from tests.test_report_efficiency import profile

    sentence = "0.030 seconds"
    own, cpu = profile(tmp_path), profile(tmp_path, device="cpu")
    assert of(verdicts(profiles=(own,)), sentence)[1] == "supported"
    other = replace(own, machine=replace(own.machine, accelerator="NVIDIA H100"))
    assert of(verdicts(profiles=(other, cpu)), sentence)[1] == "not tested"
    slow = replace(own, latency=replace(own.latency, median_s=0.05))
    number, verdict = of(verdicts(profiles=(slow,)), sentence)
    assert (number, verdict) == (
        "0.050 s on NVIDIA GeForce GTX 1080 Ti by torch",
        "not supported",
    )
