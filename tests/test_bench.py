"""The bench itself: budgets are held, and figures kept beside their machine."""

import json
import platform
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch

import rainbench
from rainbench.engines.opening import ENGINES
from tests.bench import __main__ as bench
from tests.bench import gpu, growth, run
from tests.readme_tables import performance


def test_a_figure_above_its_budget_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.show("one", {"a": 1.0, "b": 3.0, "c": 9.0}, {"a": 1.0, "b": 2.0}) == 1
    lines = capsys.readouterr().out.splitlines()
    assert ["EXCEEDED" in line for line in lines] == [False, True, False]


def test_figures_are_kept_with_their_machine_and_others_stay(tmp_path: Path) -> None:
    out = tmp_path / "measured.json"
    bench.keep(out, "inference", {"onnx / torch": 0.51239, "onnx, spread": 1.0}, 0.5, 2)
    bench.keep(out, "growth", {"whole (s)": 2.0}, None, None)
    bench.keep(out, "growth", {"16 megapixels (s)": 3.0}, None, None)
    kept = json.loads(out.read_text(encoding="utf-8"))["benches"]
    assert kept["inference"]["figures"]["onnx / torch"] == 0.5124
    assert kept["inference"]["machine"]["cores"] >= 1
    assert list(kept["growth"]["figures"]) == ["16 megapixels (s)"]
    table = performance(out)
    assert "2 threads, load 0.5 at the start" in table
    assert "| onnx / torch" in table
    assert "0.512" in table
    assert "spread" not in table


def test_versions_are_kept_of_what_other_processes_load() -> None:
    found = bench.installed()
    assert (found["python"], found["rainbench"]) == (
        platform.python_version(),
        rainbench.__version__,
    )
    assert (found["torch"], found["numpy"]) == (torch.__version__, np.__version__)
    assert "scikit-image" in found
    assert {"opencv-python", "opencv-python-headless"} & set(found)
    for name in ("onnx", "onnxruntime", "openvino"):
        assert (name in found) == (find_spec(name) is not None)


def test_ways_to_evaluate_are_compared_by_their_medians_with_their_spread(tmp_path: Path) -> None:
    figures = run.compare({run.SCRIPT: [1.0, 2.0, 9.0], "auto": [0.25, 0.5, 0.75]})
    assert figures == {
        "the script (images a second)": 0.5,
        "the script, quartiles apart (s an image)": 4.0,  # 1.5 to 5.5
        "auto (images a second)": 2.0,
        "auto, quartiles apart (s an image)": 0.25,
        "auto / the script": 0.25,
    }
    out = tmp_path / "measured.json"
    bench.keep(out, "run", figures, None, run.THREADS)
    assert "quartiles" not in performance(out), "a detail, and not of README"


def test_growth_over_threads_is_a_slope_of_speed() -> None:
    slope = "slope over threads (speed-up a thread)"
    assert growth.over_threads({1: 12.0, 2: 6.0, 3: 4.0})[slope] == pytest.approx(1)
    assert growth.over_threads({1: 9.0, 2: 9.0})[slope] == pytest.approx(0)
    assert growth.over_threads({1: 9.0}) == {"four of 0.4 megapixels by 1 of 1 threads (s)": 9.0}


def test_without_a_gpu_nothing_is_measured_or_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    out = tmp_path / "measured.json"
    assert bench.main(["gpu", "-o", str(out)]) == 0
    assert capsys.readouterr().out == "gpu: no GPU is here: not measured\n"
    assert not out.exists()


def test_engines_of_a_card_are_held_against_float64_and_timed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # On the CPU, where compiling takes minutes and TF32 is float32.
    monkeypatch.setattr(torch, "compile", lambda module, **_: module)
    monkeypatch.setattr(gpu, "WARM_UP", 1)
    engines = [name for name, engine in ENGINES.items() if gpu.DEVICE in engine.devices]
    figures = gpu.inference("cpu", engines, side=32, rounds=2)
    assert 0 < figures[gpu.FAR] < 1e-6  # as float32 rounds sums of a hundred products in [0, 1]
    assert 1e-6 < figures["channels_last-bf16, most from float64"] < 0.05
    assert 40 < figures["channels_last-bf16, PSNR to float32 (dB)"] < 100
    assert abs(figures["channels_last-bf16, lost (dB)"]) < 0.1
    full = [name for name in engines if ENGINES[name].dtype == "float32"]
    assert full == ["torch", "channels_last", "compile"]
    assert figures[gpu.FULL] == min(figures[f"{name} (ms)"] for name in full)
    assert all(
        figures[f"{name}{which}, quartiles apart (ms)"] >= 0
        for name in engines
        for which in ("", " with transfers")
    )


def test_an_engine_that_does_not_start_is_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no Triton")

    monkeypatch.setattr(torch, "compile", fail)
    figures = gpu.inference("cpu", ["torch", "compile"], side=48, rounds=2)
    assert capsys.readouterr().out == "gpu: compile left out: no Triton\n"
    assert figures[gpu.FULL] == figures["torch (ms)"]
    assert gpu.REDUCED not in figures


def test_the_fastest_of_less_than_float32_is_one_that_loses_little() -> None:
    names = ["torch", "channels_last-tf32", "channels_last-bf16"]
    times = {f"{name} (ms)": took for name, took in zip(names, (2.0, 1.0, 0.5), strict=True)}

    def found(tf32_db: float, bf16_db: float) -> tuple[float, float]:
        lost = {f"{names[1]}, lost (dB)": tf32_db, f"{names[2]}, lost (dB)": bf16_db}
        figures = gpu.fastest(times | lost, names)
        return figures[gpu.REDUCED], figures[gpu.LOSES]

    assert found(0.001, 0.002) == (0.5, 0.002)
    assert found(0.001, 0.2) == (1.0, 0.001)
    assert found(0.1, 0.2) == (0.5, 0.2), "over the bar, and told so"


def test_floors_are_of_a_card_s_own_rates() -> None:
    figures = gpu.floors("cpu", side=48, matrix=64)
    assert (
        figures["operations (GFLOP)"] == 2 * 41_400 * 48**2 / 1e9
    )  # tests/contract/test_methods.py
    assert all(figure > 0 for figure in figures.values())


def test_training_on_a_card_is_our_own_step() -> None:
    figures = gpu.training("cpu", batch=2, patch=32, steps=2, legs=2)
    assert 0 <= figures["training, waiting for pairs / step"] <= 1
    minutes = 400_000 * figures["training (ms a step)"] / 1000 / 60
    assert figures[gpu.MINUTES] == pytest.approx(minutes)


def test_a_gpu_s_table_names_the_card(tmp_path: Path) -> None:
    out = tmp_path / "measured.json"
    bench.keep(out, "gpu", {gpu.FULL: 1.1, gpu.MINUTES: 25.0}, 0.1, None)
    held = json.loads(out.read_text(encoding="utf-8"))
    held["benches"]["gpu"]["machine"]["accelerator"] = "NVIDIA H200"
    out.write_text(json.dumps(held), encoding="utf-8")
    table = performance(out)
    assert "gpu: NVIDIA H200, " in table
    assert "1.200" in table
    assert "30.000" in table
