"""Sweeps: read from words and files, trained and evaluated once, told apart by seeds alone."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from rainbench.cli import main
from rainbench.costs.profile import count_parameters
from rainbench.errors import TrainingError, UnknownNameError, UsageError
from rainbench.evidence.published import published_numbers
from rainbench.method import LearnedMethod
from rainbench.registry import find_method
from rainbench.report import Note, Table
from rainbench.restorers.preparation import build_network, method_settings
from rainbench.specification import parse_method
from rainbench.training import sweep as sweeping
from rainbench.training.sweep import Sweep, Trial, Variant, find_sweep, run_sweep, sweep_names
from rainbench.training.verdict import ONE_SEED, sweep_blocks
from tests.training_pairs import draw_pairs

TOML = """
title = "Channels"
reference = "four"
[variants]
four = "msfm:layers=1,channels=4"
two = "msfm:layers=1,channels=2"
"""

OWN = 'title = "t"\nreference = "a"\n[variants]\na = {method = "msfm", %s}'
"""A sweep of one variant, with something of the training for itself."""

TWO = Sweep(
    name="s", title="S", reference="a", variants={"a": Variant("msfm"), "b": Variant("msfm.light")}
)


def parameters(words: str) -> int:
    method = find_method(parse_method(words).name).value
    assert isinstance(method, LearnedMethod)
    return count_parameters(build_network(method, method_settings(method, parse_method(words))))


@pytest.mark.parametrize(
    ("name", "place"),
    [("components", "table 2"), ("scales-dilations", "table 3"), ("layers-channels", "table 4")],
)
def test_the_papers_tables_come_built_in(name: str, place: str) -> None:
    rows = {n.words for n in published_numbers() if (n.key, n.place) == ("MSFM", place)}
    sweep = find_sweep(name)
    assert rows <= {variant.words for variant in sweep.variants.values()}
    assert sweep.variants[sweep.reference].words == "msfm"


def test_controls_have_the_sizes_that_the_architecture_gives_them() -> None:
    variants = find_sweep("components").variants
    controls = {
        "one-scale": 32_693, "one-kernel": 15_573, "unshared": 88_933, "no-dense-wider": 36_908,
    }  # fmt: skip
    assert {name: parameters(variants[name].words) for name in controls} == controls


def test_every_name_is_that_of_a_sweep() -> None:
    assert sweep_names() == ("same-budget", "components", "scales-dilations", "layers-channels")
    with pytest.raises(UnknownNameError, match="did you mean components"):
        find_sweep("component")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title = 3 4", "TOML in"),
        ('title = "t"', "a title, a reference and variants"),
        ('title = "t"\nreference = "b"\n[variants]\na = "msfm"', "which is no variant"),
        ('title = "t"\nreference = "a"\n[variants]\na = 3', "the variant 3"),
        ('title = "t"\nreference = "a"\n[variants]\na = {batch = 2}', "the variant"),
        (
            'title = "t"\nreference = "a"\n[variants]\na = {method = "msfm", seed = 2}',
            "seed = 2 of a variant",
        ),
        (
            OWN % 'loss = "ssim"',
            "own or mse as loss of the variant a in the sweep mine, got 'ssim'",
        ),
        (OWN % 'schedule = "cosin"', "milestones or cosine as schedule of the variant a"),
        (OWN % "batch = 0", "a whole number from 1 on as batch of the variant a"),
        (OWN % "batch = true", "from 1 on as batch of the variant a in the sweep mine, got True"),
        (OWN % "patch = -16", "from 1 on as patch of the variant a in the sweep mine, got -16"),
        (OWN % "patch = 16.0", "from 1 on as patch"),
        (OWN % "learning_rate = nan", "a learning rate above 0 of the variant a"),
        (OWN % "learning_rate = inf", "a learning rate above 0 of the variant a"),
        (OWN % "learning_rate = -1", "a learning rate above 0 of the variant a"),
        (OWN % 'learning_rate = "low"', "a learning rate above 0 of the variant a"),
        ('title = "t"\nreference = "../a"\n[variants]\n"../a" = "msfm"', "a variant called"),
        ('title = "t"\nreference = "a"\n[variants]\na = "msfm@mine"', "without weights"),
    ],
)
def test_what_is_no_sweep_is_refused(
    text: str, said: str, write: Callable[[str, str], Path]
) -> None:
    with pytest.raises(UsageError, match=said):
        find_sweep(str(write("mine.toml", text)))


def test_a_sweep_that_is_none_ends_with_its_own_status_and_trains_nothing(
    tmp_path: Path, write: Callable[[str, str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    file = write("mine.toml", OWN % 'loss = "ssim"')
    assert main(["sweep", str(file), "--dataset", "toy", "--output", str(tmp_path / "runs")]) == 2
    assert "own or mse as loss of the variant a" in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


def test_a_variant_made_in_python_is_read_as_strictly() -> None:
    for training, said in (({"batch": True}, "got True"), ({"seed": 2}, "seed = 2 of a variant")):
        with pytest.raises(UsageError, match=said):
            Sweep(name="s", title="S", variants={"a": Variant("msfm", training)}, reference="a")


def test_a_learning_rate_without_a_point_is_one(write: Callable[[str, str], Path]) -> None:
    found = find_sweep(str(write("mine.toml", OWN % "learning_rate = 1, batch = 1")))
    assert found.variants["a"].training == {"learning_rate": 1, "batch": 1}


def test_a_sweep_is_trained_evaluated_and_told_apart(
    tmp_path: Path,
    write: Callable[[str, str], Path],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pairs = draw_pairs(tmp_path / "made", scenes=5)
    words = [
        "sweep", str(write("channels.toml", TOML)), "--dataset", str(pairs), "--budget", "steps=2",
        "--seeds", "2", "--batch", "2", "--patch", "16", "--validation", "1", "--every", "2",
        "--output", str(tmp_path / "runs"), "--results", str(tmp_path / "results"),
        "--limit", "4",
    ]  # fmt: skip
    assert main(words) == 2
    assert "a test set beside a folder that is trained on" in capsys.readouterr().err
    words += ["--test", str(pairs)]
    assert main(words) == 0
    first = capsys.readouterr().out
    assert "| four" in first
    assert "msfm:layers=1,channels=2" in first
    assert "reference" in first
    assert "Trained: 2 of 400,000 steps on 8 of 10 pairs of the folder made." in first
    assert len(list(tmp_path.glob("runs/*/seed-*/last.safetensors"))) == 4
    assert len(list(tmp_path.glob("results/made/*/images.jsonl"))) == 4
    steps: list[object] = []
    monkeypatch.setattr("rainbench.training.loop._Leg.go", lambda *_: steps.append(1))
    assert main(words) == 0
    assert capsys.readouterr().out == first
    assert steps == []


def test_a_variant_may_have_a_training_of_its_own(
    tmp_path: Path, write: Callable[[str, str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    pairs = str(draw_pairs(tmp_path / "made", scenes=5))
    text = TOML.replace(
        'two = "msfm:layers=1,channels=2"',
        'two = {method = "prenet.prn_r", patch = 24, batch = 1, loss = "mse"}',
    )
    words = [
        "sweep", str(write("own.toml", text)), "--dataset", pairs, "--test", pairs,
        "--budget", "pixels=1200", "--seeds", "1", "--batch", "2", "--patch", "16",
        "--validation", "1", "--output", str(tmp_path / "runs"),
        "--results", str(tmp_path / "results"), "--limit", "1",
    ]  # fmt: skip
    assert main(words) == 0
    table = capsys.readouterr().out.partition("Channels, what training took")[2]
    rows = [
        [c.strip() for c in line.split("|")[1:-2]] for line in table.splitlines() if "|" in line
    ]
    assert rows[2:] == [
        ["four", "mse_loss", "2", "16", "2", "0.001", "0.0"],  # 2 x 2 x 16^2 of 1,200
        ["two", "mse", "1", "24", "2", "0.006", "0.0"],
    ]


def test_trainings_side_by_side_end_in_the_same_bits(
    tmp_path: Path, write: Callable[[str, str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    pairs = str(draw_pairs(tmp_path / "made", scenes=5))
    file = str(write("channels.toml", TOML))
    weights = []
    for jobs in ("1", "2"):
        words = [
            "sweep", file, "--dataset", pairs, "--test", pairs, "--budget", "steps=2",
            "--seeds", "1", "--batch", "2", "--patch", "16", "--validation", "1", "--limit", "1",
            "--output", str(tmp_path / jobs), "--results", str(tmp_path / "results"),
            "--jobs", jobs,
        ]  # fmt: skip
        assert main(words) == 0
        found = sorted((tmp_path / jobs).glob("*/seed-0/last.safetensors"))
        weights.append([load_file(each) for each in found])
        assert ("four, seed 0: trained" in capsys.readouterr().err) == (jobs == "2")
    one, two = weights
    assert len(one) == 2
    for alone, beside in zip(one, two, strict=True):
        assert all(torch.equal(beside[name], tensor) for name, tensor in alone.items())


def test_what_goes_wrong_in_a_process_is_one_trials_problem(tmp_path: Path) -> None:
    pairs = str(draw_pairs(tmp_path / "made", scenes=5))
    small = Variant("msfm:layers=1,channels=2", {"patch": 16})
    wide = Variant("msfm:layers=1,channels=2", {"patch": 4096})
    sweep = Sweep(name="s", title="S", variants={"a": wide, "b": small}, reference="b")
    notes: list[str] = []
    first, second = run_sweep(
        sweep, [pairs], output=tmp_path / "runs", results=tmp_path / "results", tests=[pairs],
        seeds=1, jobs=2, limit=1, on_note=notes.append, budget="steps=1", batch=1, validation=1,
    )  # fmt: skip
    assert "4096x4096 pixels" in first.problem
    assert not second.problem
    assert sorted(notes) == [f"a, seed 0: {first.problem}", "b, seed 0: trained"]


def test_seeds_are_averaged_over_the_images_that_all_have_scored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rainbench.evidence.measurement import Measurement, Result, ScoredImage
    from rainbench.training import verdict

    found, trials = {}, []
    for seed, scores in enumerate(((10.0, 40.0), (12.0,))):
        images = tuple(
            ScoredImage(
                name=str(i), scene=str(i), rainy_sha256="0", clean_sha256="1", psnr_db=score,
                ssim=0.5,
            )
            for i, score in enumerate(scores)
        )  # fmt: skip
        measurement = Measurement(
            psnr_db=sum(scores) / len(scores), ssim=0.5, protocol="y-prenet", dataset="d",
            release="r", split="test", images=len(scores), of=2,
        )  # fmt: skip
        found[tmp_path / str(seed)] = Result(
            label="a", title="a", parameters=1, trained_on="d:train", run_id=str(seed),
            measurement=measurement, images=images,
        )  # fmt: skip
        unit = type("Unit", (), {"folder": tmp_path / str(seed)})
        trials.append(Trial(variant="a", seed=seed, units=(unit,)))  # type: ignore[arg-type]
    monkeypatch.setattr(verdict, "_results", lambda _: found)
    table = next(block for block in sweep_blocks(TWO, trials) if isinstance(block, Table))
    mean, spread = table.rows[0][4:6]
    assert isinstance(mean, Measurement)
    assert (mean.psnr_db, mean.images, spread) == (11.0, 1, 2.0)


def test_what_goes_wrong_with_one_variant_stops_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> Path:
        raise TrainingError(expected="a finite loss", got="nan at step 3", now="look")

    monkeypatch.setattr(sweeping, "train", fail)
    trials = list(run_sweep(TWO, ["toy"], output=tmp_path, results=tmp_path / "results", seeds=1))
    assert [(trial.variant, trial.seed) for trial in trials] == [("a", 0), ("b", 0)]
    notes = [block.text for block in sweep_blocks(TWO, trials) if isinstance(block, Note)]
    assert notes == [f"{name}, seed 0: {trials[0].problem}" for name in ("a", "b")]


def test_test_sets_are_opened_before_anything_is_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained: list[object] = []
    monkeypatch.setattr(sweeping, "train", lambda *_, **__: trained.append(1))
    trials = run_sweep(TWO, ["toy"], output=tmp_path, results=tmp_path / "results", tests=["nope"])
    with pytest.raises(UnknownNameError, match="the name of a dataset, got 'nope'"):
        list(trials)
    assert not trained


def test_a_difference_is_one_only_against_the_spread_over_seeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [verdicts(tmp_path, monkeypatch, gap, 0.3, 3) for gap in (0.1, 5.0, -5.0)] == [
        "not told from the spread",
        "higher",
        "lower",
    ]
    assert verdicts(tmp_path, monkeypatch, 5.0, 0.0, 1) == ONE_SEED


def verdicts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gap: float, spread: float, seeds: int
) -> str:
    """Make runs of two variants whose means are so far apart, and say what is said of them."""
    from rainbench.evidence.measurement import Measurement, Result, ScoredImage
    from rainbench.training import verdict

    draw = np.random.default_rng(3)
    scenes = draw.normal(30, 2, 12)
    found: dict[Path, Result] = {}
    trials = []
    for variant, shift in (("a", 0.0), ("b", gap)):
        for seed in range(seeds):
            values = scenes + shift + spread * (seed - 1) + draw.normal(0, 0.01, 12)
            images = tuple(
                ScoredImage(
                    name=str(i), scene=str(i), rainy_sha256="0" * 64, clean_sha256="1" * 64,
                    psnr_db=float(value), ssim=0.9,
                )
                for i, value in enumerate(values)
            )  # fmt: skip
            measurement = Measurement(
                psnr_db=float(values.mean()), ssim=0.9, protocol="y-prenet", dataset="d",
                release="r", split="test", images=12, of=12,
            )  # fmt: skip
            run = f"{variant}{seed}"
            found[tmp_path / run] = Result(
                label=variant, title=variant, parameters=1, trained_on="d:train", run_id=run,
                # A budget of minutes comes to other steps, and another digest, under each seed.
                measurement=measurement, images=images, repeats=run,
            )  # fmt: skip
            unit = type("Unit", (), {"folder": tmp_path / run})
            trials.append(Trial(variant=variant, seed=seed, units=(unit,)))  # type: ignore[arg-type]
    monkeypatch.setattr(verdict, "_results", lambda _: found)
    table = next(block for block in sweep_blocks(TWO, trials) if isinstance(block, Table))
    assert table.rows[0][-1] == "reference"
    return str(table.rows[1][-1])
