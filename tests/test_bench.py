"""The bench itself: budgets are held, and figures kept beside their machine."""

import json
import platform
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch

import rainbench
from tests.bench import __main__ as bench
from tests.bench import growth, run
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
