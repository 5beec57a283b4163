import errno
import json
import math
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image as Pillow
from safetensors.torch import load_file

from rainbench.cli import main
from rainbench.data.look import look
from rainbench.data.manifest import DIGITS
from rainbench.data.scene_index import Known, SceneIndex
from rainbench.errors import (
    ResultsError,
    TrainingError,
    UnknownNameError,
    UsageError,
    WeightsError,
)
from rainbench.image import pixel_sha256
from rainbench.registry import find_method
from rainbench.restorers.weights import file_sha256, read_checkpoint, read_record
from rainbench.streaks.rain import RAIN_STYLES
from rainbench.training import job, loop, record, supply
from rainbench.training.checkpoint import usual_interval
from rainbench.training.effort import effort
from rainbench.training.job import train
from rainbench.training.log import read_log
from rainbench.training.material import WHOLE, as_floats
from rainbench.training.patches import Photograph, Rendered, read_photographs, split
from rainbench.training.sweep import Trial
from rainbench.training.watch import Moment, Watch
from tests.pictures import golden_pair
from tests.training_pairs import photograph

SMALL = "msfm:layers=1,channels=4"
QUICK: Any = {"budget": "steps=3", "batch": 2, "patch": 16, "validation": 1}


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clean")
    draw = np.random.default_rng(5)
    for i in range(5):
        coarse = draw.integers(0, 256, (6, 8, 3), dtype=np.uint8)
        Pillow.fromarray(coarse).resize((64, 48), Pillow.Resampling.BICUBIC).save(
            folder / f"{i}.png"
        )
    return folder


@pytest.fixture
def teach(clean: Path) -> Callable[..., Path]:
    def call(output: Path, **other: object) -> Path:
        arguments = {
            "budget": "steps=12",
            "batch": 2,
            "patch": 16,
            "validation": 1,
            "every": 3,
        } | other
        return train(SMALL, clean=clean, output=output, **arguments)  # type: ignore[arg-type]

    return call


def test_the_same_arguments_end_in_the_same_bits(
    tmp_path: Path, teach: Callable[..., Path]
) -> None:
    first, second = teach(tmp_path / "a"), teach(tmp_path / "b")
    assert first.read_bytes() == second.read_bytes()
    assert first.read_bytes() != teach(tmp_path / "c", seed=1).read_bytes()


def test_a_stop_at_any_checkpoint_changes_no_bit(
    tmp_path: Path, teach: Callable[..., Path]
) -> None:
    whole = teach(tmp_path / "whole").read_bytes()

    def stop_at(step: int) -> Callable[[Moment], None]:
        def stop(moment: Moment) -> None:
            if moment.step == step:
                raise KeyboardInterrupt

        return stop

    for step in (3, 6):
        with pytest.raises(KeyboardInterrupt):
            teach(tmp_path / "stopped", watch=Watch(on_moment=stop_at(step)))
    assert teach(tmp_path / "stopped").read_bytes() == whole


def test_a_training_that_has_ended_keeps_the_record_of_what_made_it(
    tmp_path: Path, teach: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    best = teach(tmp_path / "run")
    files = (best, tmp_path / "run" / "last.safetensors")
    before = [file.read_bytes() for file in files]
    monkeypatch.setattr(record, "find_commit", lambda: "another")
    teach(tmp_path / "run")
    assert [file.read_bytes() for file in files] == before
    # One that is lost or damaged is written anew.
    files[0].write_bytes(b"torn")
    files[1].unlink()
    teach(tmp_path / "run")
    records = [read_record(file) or {} for file in files]
    assert [each["commit"] for each in records] == ["another"] * 2


def test_minutes_of_another_network_in_the_same_folder_are_measured_anew(
    tmp_path: Path, clean: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = iter([20.0, 60.0])
    monkeypatch.setattr("rainbench.training.job.measure_step", lambda *_, **__: next(seconds))
    minute: Any = {**QUICK, "clean": clean, "output": tmp_path / "run", "budget": "minutes=1"}

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(SMALL, watch=Watch(on_step=stop), **minute)
    train("msfm:layers=1,channels=8", **minute)
    assert (read_record(tmp_path / "run" / "weights.safetensors") or {})["steps"] == 1
    # Its checkpoint is safe from the network that was there first, and goes on.
    with pytest.raises(TrainingError, match="a run with the setting channels 8, not 4; give"):
        train(SMALL, **minute)
    train("msfm:layers=1,channels=8", **minute)


def test_a_kill_costs_no_bit(tmp_path: Path, clean: Path, teach: Callable[..., Path]) -> None:
    whole = teach(tmp_path / "whole").read_bytes()
    output = tmp_path / "killed"
    words = (
        "from pathlib import Path; from rainbench.training.job import train; "
        f"train({SMALL!r}, clean=Path({str(clean)!r}), output=Path({str(output)!r}), "
        "budget='steps=12', batch=2, patch=16, validation=1, every=3, "
        "watch=Watch(on_moment=lambda m: print(m.step, flush=True)))"
    )
    for _ in range(2):
        with subprocess.Popen([sys.executable, "-c", words], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            os.kill(process.pid, signal.SIGKILL)
    assert teach(output).read_bytes() == whole


def test_a_log_torn_by_a_power_cut_is_read_once_the_run_went_on(
    tmp_path: Path, teach: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(moment: Moment) -> None:
        if moment.step == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        teach(tmp_path / "run", watch=Watch(on_moment=stop))
    log = tmp_path / "run" / "log.jsonl"
    log.write_bytes(log.read_bytes()[:-20])
    weights = teach(tmp_path / "run")
    assert main(["report", "training", "--with", str(tmp_path / "run")]) == 0
    assert "| run | 12 |" in " ".join(capsys.readouterr().out.split())
    [row] = effort("t", [Trial(variant="a", seed=0, weights=weights)]).rows
    assert row[4] == 12
    assert [entry.step for entry in read_log(log).entries] == [3, 9, 12]


@pytest.mark.parametrize(
    ("steps", "every"), [(1, 1), (12, 3), (144, 29), (1_159, 232), (2_600, 500), (400_000, 500)]
)
def test_a_checkpoint_comes_after_a_fifth_of_the_steps(steps: int, every: int) -> None:
    assert usual_interval(steps) == every


def test_a_short_run_has_checkpoints_where_nobody_says_how_many(
    tmp_path: Path, teach: Callable[..., Path]
) -> None:
    teach(tmp_path / "run", budget="steps=44", every=None)
    assert [e.step for e in read_log(tmp_path / "run" / "log.jsonl").entries] == [9, 18, 27, 36, 44]


def test_a_run_goes_on_with_another_interval_than_it_began_with(
    tmp_path: Path, teach: Callable[..., Path]
) -> None:
    def stop(_: Moment) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        teach(tmp_path / "run", every=5, watch=Watch(on_moment=stop))
    teach(tmp_path / "run", every=None)
    teach(tmp_path / "whole")
    stopped, whole = (load_file(tmp_path / name / "last.safetensors") for name in ("run", "whole"))
    assert all(torch.equal(stopped[name], tensor) for name, tensor in whole.items())
    assert read_log(tmp_path / "run" / "log.jsonl").entries[1].step == 8


def test_a_damaged_checkpoint_falls_back_to_the_one_before(
    tmp_path: Path, teach: Callable[..., Path]
) -> None:
    whole = teach(tmp_path / "run")
    bits = whole.read_bytes()
    last = tmp_path / "run" / "last.pt"
    last.write_bytes(last.read_bytes()[:100])
    warnings: list[str] = []
    assert teach(tmp_path / "run", watch=Watch(on_note=warnings.append)).read_bytes() == bits
    assert "going on from the checkpoint before" in warnings[0]
    assert warnings[1:] == ["going on from step 9"]


def test_another_run_in_the_same_folder_is_refused(
    tmp_path: Path, teach: Callable[..., Path]
) -> None:
    weights = teach(tmp_path / "run").read_bytes()
    with pytest.raises(TrainingError, match=r"got a run with seed \d, not 4; give another --outp"):
        teach(tmp_path / "run", seed=4)
    assert (tmp_path / "run" / "weights.safetensors").read_bytes() == weights


@pytest.mark.parametrize("name", ["weights.safetensors", "last.safetensors", "log.jsonl"])
def test_what_lies_in_the_folder_is_not_written_over(
    tmp_path: Path, clean: Path, name: str
) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(TrainingError, match=f"no {name} in .*, got one; give another --output"):
        train(SMALL, clean=clean, output=tmp_path, **QUICK)
    assert (tmp_path / name).read_text() == "mine"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"learning_rate": -1.0}, "a learning rate above 0, got -1"),
        ({"learning_rate": 0.0}, "a learning rate above 0, got 0"),
        ({"learning_rate": float("nan")}, "a learning rate above 0, got nan"),
        ({"learning_rate": True}, "a learning rate above 0, got True"),
        (
            {"learning_rate": 1e38},
            r"a learning rate of 1e\+30 at most, got 1e\+38; leave --learning",
        ),
        ({"learning_rate": 10**400}, r"a learning rate of 1e\+30 at most"),
        ({"learning_rate": math.inf}, "a learning rate above 0, got inf"),
        ({"seed": 10**22}, f"a whole number from 0 to {2**63 - 1} as seed, got {10**22}"),
        ({"seed": -1}, f"a whole number from 0 to {2**63 - 1} as seed, got -1"),
        ({"batch": 0}, "a whole number from 1 on as batch, got 0; leave --batch out"),
        ({"batch": True}, "a whole number from 1 on as batch, got True"),
        ({"patch": -16}, "a whole number from 1 on as patch, got -16"),
        ({"patch": "16"}, "a whole number from 1 on as patch, got '16'"),
        ({"loss": "ssim"}, "own or mse as loss, got 'ssim'"),
        ({"schedule": "cosin"}, "milestones or cosine as schedule, got 'cosin'"),
        ({"precision": "fp16"}, "float32 or bf16 as precision, got 'fp16'"),
        ({"leave_out": "rain100l"}, "--leave-out with --dataset alone"),
        ({"clean": None, "datasets": ["rain800"], "rain": "did"}, "--rain with --clean alone"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    tmp_path: Path, clean: Path, more: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        train(SMALL, output=tmp_path / "run", **{"clean": clean, **QUICK, **more})
    assert not (tmp_path / "run").exists()


def test_the_weights_know_what_made_them(tmp_path: Path, teach: Callable[..., Path]) -> None:
    file = teach(tmp_path / "run")
    record = read_record(file) or {}
    assert record["steps"] == 12
    assert record["of_steps"] == 400_000
    assert record["milestones"] == [7, 10]  # the paper's shares of the schedule, 60% and 80%
    assert record["settings"]["layers"] == 1
    assert len(record["validation"]) == 1
    assert record["rain_model"]["title"] == RAIN_STYLES["rain100l"].title
    log = (tmp_path / "run" / "log.jsonl").read_text(encoding="utf-8").splitlines()
    best = max(json.loads(line)["validation_db"] for line in log)
    assert record["validation_db"] == best
    method = find_method("msfm").value
    checkpoint = read_checkpoint(method, file)  # type: ignore[arg-type]
    assert checkpoint.settings["channels"] == 4


def test_a_loss_that_is_not_finite_ends_early(tmp_path: Path, teach: Callable[..., Path]) -> None:
    with pytest.raises(TrainingError, match="a finite loss"):
        teach(tmp_path / "run", learning_rate=1e30, budget="steps=60")


def test_more_than_fits_in_memory_is_said_in_a_sentence(
    tmp_path: Path, teach: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "[enforce fail at alloc_cpu.cpp:1] DefaultCPUAllocator: not enough memory"
    for error in (RuntimeError(words), MemoryError()):
        monkeypatch.setattr(loop._Leg, "_step", raises(error))
        with pytest.raises(TrainingError, match="smaller --batch or --patch"):
            teach(tmp_path / "run", arithmetic="torch")
    bug = RuntimeError("more than one element refers to a single memory location")
    monkeypatch.setattr(loop._Leg, "_step", raises(bug))
    with pytest.raises(RuntimeError, match="a single memory location"):
        teach(tmp_path / "run", arithmetic="torch")


def test_a_disk_that_fills_up_leaves_the_checkpoint_before(
    tmp_path: Path, teach: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = teach(tmp_path / "whole").read_bytes()
    full = OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr(os, "fsync", raises(full, after=4))
    with pytest.raises(ResultsError, match=r"room on the disk for .*last\.pt"):
        teach(tmp_path / "run")
    monkeypatch.undo()
    assert sorted(file.name for file in (tmp_path / "run").glob("*.pt")) == [
        "last.pt",
        "previous.pt",
    ]
    assert teach(tmp_path / "run").read_bytes() == whole
    with monkeypatch.context() as patched:
        patched.setattr(job, "save_weights", raises(full))
        with pytest.raises(ResultsError, match=r"room on the disk for .*weights\.safetensors"):
            teach(tmp_path / "other")
    assert teach(tmp_path / "other").read_bytes() == whole


def raises(error: Exception, after: int = 0) -> Callable[..., None]:
    """Make a function that does nothing so often, and raises from then on."""
    calls = count()

    def call(*_: object) -> None:
        if next(calls) >= after:
            raise error

    return call


def test_the_highest_seed_and_a_tiny_rate_are_taken(tmp_path: Path, clean: Path) -> None:
    for name, more in {"seed": {"seed": 2**63 - 1}, "rate": {"learning_rate": 1e-30}}.items():
        train(SMALL, clean=clean, output=tmp_path / name, **QUICK, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("method", ["msfm:layers=1,channels=4", "prenet.prn_r", "rescan"])
def test_weights_that_the_last_step_made_infinite_are_the_trainings_own_fault(
    tmp_path: Path, clean: Path, method: str
) -> None:
    with pytest.raises(TrainingError, match=r"finite validation .* step 1; go on with a lower"):
        train(
            method, clean=clean, output=tmp_path / "run", budget="steps=1", batch=1, patch=32,
            validation=1, learning_rate=1e30,
        )  # fmt: skip
    assert not list((tmp_path / "run").iterdir())


def test_what_cannot_be_trained_is_named(tmp_path: Path, clean: Path) -> None:
    with pytest.raises(TrainingError, match="learned method"):
        train("rainy", clean=clean, output=tmp_path)
    with pytest.raises(UnknownNameError, match="rain100l"):
        train("msfm", clean=clean, output=tmp_path, rain="rain100k")
    with pytest.raises(UnknownNameError, match="weights file of msfm, got 'mine'"):
        train("msfm@mine", clean=clean, output=tmp_path)
    with pytest.raises(TrainingError, match="clean photographs"):
        train("msfm", clean=tmp_path, output=tmp_path)
    with pytest.raises(TrainingError, match="more than the 5"):
        train("msfm", clean=clean, output=tmp_path, validation=5)
    with pytest.raises(TrainingError, match="at least 49x49"):
        train(SMALL, clean=clean, output=tmp_path / "o", patch=49, batch=1, validation=1)


def test_a_batch_depends_on_seed_and_step_alone(clean: Path) -> None:
    photographs = tuple(read_photographs(clean))

    def batch(seed: int, step: int, part: slice = WHOLE) -> tuple[torch.Tensor, torch.Tensor]:
        rendered = Rendered(
            photographs=photographs, kept=(), style=RAIN_STYLES["rain100l"],
            seed=seed, batch=3, patch=16,
        )  # fmt: skip
        return rendered.make(step, part)

    rainy, wanted = batch(1, 2)
    assert rainy.shape == wanted.shape == (3, 16, 16, 3)
    assert rainy.dtype == wanted.dtype == torch.uint8
    assert (rainy >= wanted).all()  # rain adds light
    batch(5, 6)
    assert torch.equal(batch(1, 2)[0], rainy)
    assert not torch.equal(batch(1, 3)[0], rainy)
    assert not torch.equal(batch(2, 2)[0], rainy)
    for mine, whole in zip(batch(1, 2, slice(1, 3)), (rainy, wanted), strict=True):
        assert torch.equal(mine, whole[1:3])


def test_a_batch_of_rendered_rain_is_what_it_always_was() -> None:
    # Recorded with version 0.1.0: the weights that ship were made of such batches.
    recorded = {
        "rain100l": ("3130d963983c18aa", "ecad3929e4c65d64"),
        "rain100l-fine": ("2db62031fe69c0ff", "545ac70b402b7ee1"),
        "rain100h": ("a2b67ed26c1b3ebb", "931a9c50e9ba1f7b"),
    }
    pictures = (golden_pair(97, 131)[1], golden_pair(64, 80)[1])
    photographs = tuple(Photograph(f"{i}.png", pixels) for i, pixels in enumerate(pictures))
    for style, digests in recorded.items():
        rendered = Rendered(
            photographs=photographs, kept=(), style=RAIN_STYLES[style], seed=3, batch=4, patch=48
        )
        made = rendered.make(7)
        assert tuple(pixel_sha256(each.numpy())[:16] for each in made) == digests


def test_rain_meets_a_photograph_as_its_style_says() -> None:
    photograph = Photograph("a.png", golden_pair(97, 131)[1])
    made = {}
    for blend in ("add", "screen"):
        style = replace(RAIN_STYLES["ddn"], blend=blend)
        rendered = Rendered(
            photographs=(photograph,), kept=(), style=style, seed=3, batch=2, patch=48
        )
        made[blend] = rendered.make(7)[0].numpy()
    assert (made["screen"] <= made["add"]).all()
    assert made["screen"].mean() < made["add"].mean() - 1
    ddn = Rendered(
        photographs=(photograph,), kept=(), style=RAIN_STYLES["ddn"], seed=3, batch=2, patch=48
    )
    assert (ddn.make(7)[0].numpy() == made["screen"]).all()


def test_eight_bits_become_floats_as_the_network_takes_them() -> None:
    patches = torch.arange(2 * 3 * 4 * 3, dtype=torch.uint8).reshape(2, 3, 4, 3)
    floats = as_floats(patches)
    assert floats.shape == (2, 3, 3, 4)
    assert floats.is_contiguous(memory_format=torch.channels_last)
    assert floats[1, 2, 0, 3] == np.float32(patches[1, 0, 3, 2].item()) / np.float32(255)


def test_validation_is_kept_apart_whatever_else_is_there() -> None:
    photographs = [Photograph(f"{i}.jpg", photograph(i)) for i in range(50)]
    training, kept = split(photographs, 10)
    assert len(training) == 40
    assert not {p.name for p in training} & {p.name for p in kept}
    fewer = split([p for p in photographs if p.name != training[0].name], 10)[1]
    assert [p.name for p in fewer] == [p.name for p in kept]
    assert math.isclose(len(kept) / len(photographs), 0.2)
    mirrored = Photograph("another name.jpg", kept[0].pixels[:, ::-1])
    assert split([*photographs, mirrored], 10) == (training, kept)  # its scene is kept apart


def test_photographs_of_a_test_sets_scenes_are_told_of(
    clean: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = [
        Known(set="made:test", name=each.name, scene=each.name, digest=digest[:DIGITS], look=looks)
        for each in read_photographs(clean)[:2]
        for digest, looks in [(pixel_sha256(each.pixels), look(each.pixels))]
    ]
    monkeypatch.setattr(supply, "read_scene_index", lambda: SceneIndex(tuple(held), frozenset()))
    told = supply.supply_photographs(clean, "rain100l", 0).notes
    assert told == ("2 of 5 photographs show scenes of made: scores there will be marked as seen",)
    monkeypatch.setattr(supply, "read_scene_index", lambda: SceneIndex((), frozenset()))
    assert supply.supply_photographs(clean, "rain100l", 0).notes == ()


def test_training_goes_on_from_weights(tmp_path: Path, clean: Path) -> None:
    first = train(SMALL, clean=clean, output=tmp_path / "a", **QUICK)
    words = SMALL.replace(":", f"@{first}:")
    # A learning rate so small that nothing moves: what comes out is what went in.
    second = train(words, clean=clean, output=tmp_path / "b", **QUICK, learning_rate=1e-12)
    method: Any = find_method("msfm").value
    begun, ended = (read_checkpoint(method, file).state for file in (first, second))
    assert all(torch.allclose(begun[name], ended[name], atol=1e-7) for name in begun)
    record = read_record(second)
    assert record is not None
    assert record["start"] == file_sha256(first)
    assert record["start_trained_on"] == "4 photographs of the folder clean0, rendered rain"
    with pytest.raises(WeightsError, match="weights made with channels=10, got channels=4"):
        train(f"msfm@{first}", clean=clean, output=tmp_path / "c", **QUICK)
