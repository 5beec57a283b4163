"""What a method costs: counted twice over, measured, written and read again."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from rainbench.cli import main
from rainbench.costs.machine import PeakMeter, describe_machine
from rainbench.costs.profile import measure_work
from rainbench.costs.profiling import profile_method, write_profile
from rainbench.errors import UsageError
from rainbench.evidence.profile_record import Profile, is_profile, read_profile
from rainbench.method import LearnedMethod
from rainbench.registry import find_method
from rainbench.restorers.preparation import build_network, method_settings
from rainbench.specification import parse_method, parse_size


@pytest.mark.parametrize("words", ["msfm", "msfm.light:pad=none", "ddn", "rescan", "did", "jorder"])
def test_macs_are_those_of_a_second_counter(words: str) -> None:
    specification = parse_method(words)
    method = find_method(specification.name).value
    assert isinstance(method, LearnedMethod)
    settings = method_settings(method, specification)
    counter = FlopCounterMode(display=False)
    with torch.device("meta"), torch.inference_mode(), counter:
        build_network(method, settings).eval()(torch.zeros(1, 3, 64, 96))
    work = measure_work(lambda: build_network(method, settings), 64, 96)
    assert work.macs == counter.get_total_flops() / 2


def test_operations_and_activations_are_those_of_the_layers() -> None:
    def build() -> nn.Module:
        return nn.Sequential(
            nn.Conv2d(3, 8, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(8, 8, 3, stride=2, padding=1, groups=4),
            nn.ConvTranspose2d(8, 4, 2, stride=2),
            nn.Conv2d(4, 3, 1),
        )

    work = measure_work(build, 16, 20)
    assert work.activations == 320 * 8 + 80 * 8 + 320 * 4 + 320 * 3
    assert work.macs == 320 * 8 * 27 + 80 * 8 * 18 + 80 * 8 * 16 + 320 * 3 * 4


def test_a_matrix_product_counts_by_its_inner_side() -> None:
    class Rows(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.last = nn.Linear(20, 5)

        def forward(self, rainy: torch.Tensor) -> torch.Tensor:
            return torch.matmul(self.last(rainy), torch.zeros(5, 7))

    work = measure_work(Rows, 4, 20)
    assert work.macs == 12 * 5 * 20 + 12 * 7 * 5
    assert work.activations == 12 * 5 + 12 * 7


def test_a_profile_is_written_and_read_again(tmp_path: Path) -> None:
    found = profile_method("msfm", height=48, width=64, engine="channels_last", rounds=3, threads=1)
    assert (found.parameters, found.macs) == (35_173, 41_400 * 48 * 64)
    assert (found.engine, found.threads, found.dtype) == ("channels_last", 1, "float32")
    latency = found.latency
    assert 0 < latency.least_s <= latency.lower_quartile_s <= latency.median_s
    assert latency.median_s <= latency.upper_quartile_s
    path = write_profile(found, tmp_path / "profiles")
    assert path.name == "msfm@rendered-fine-long-channels_last-cpu-64x48.json"
    assert is_profile(path)
    assert read_profile(path) == found


def test_a_method_without_a_network_has_a_latency_too() -> None:
    found = profile_method("median", height=16, width=16, rounds=2)
    assert (found.parameters, found.macs, found.activations) == (None, None, None)
    assert found.engine == "numpy"


def test_the_command_prints_and_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "one.json"
    words = ["profile", "rainy", "--size", "20x10", "--rounds", "2", "-o", str(out)]
    assert main(words) == 0
    told = capsys.readouterr()
    assert "latency" in told.out
    assert str(out) in told.err
    assert main([*words, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads(out.read_text(encoding="utf-8"))
    assert (printed["schema"], printed["width"], printed["height"]) == (1, 20, 10)


def test_what_macs_are_is_said_beside_their_number(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--size", "48x48", "--rounds", "2", "--threads", "1", "-o", str(tmp_path)]
    assert main(["profile", "msfm", "--engine", "torch", *words]) == 0
    assert f"MACs are {Profile.MACS}." in capsys.readouterr().out.splitlines()
    [file] = tmp_path.iterdir()
    assert json.loads(file.read_text(encoding="utf-8"))["macs_definition"] == Profile.MACS
    assert main(["profile", "rainy", *words]) == 0
    assert Profile.MACS not in capsys.readouterr().out, "there is no number of it"


def test_sizes_are_read_as_width_by_height() -> None:
    assert parse_size("640x480") == (640, 480)
    for text in ("640", "0x3", "axb", "640x480x3"):
        with pytest.raises(UsageError, match="WIDTHxHEIGHT"):
            parse_size(text)
    with pytest.raises(UsageError, match="2 rounds"):
        profile_method("rainy", rounds=1)


def test_the_peak_is_what_is_held_at_once() -> None:
    peaks = []
    for _ in range(3):  # a system that takes pages of libraries back meanwhile hides what is held
        with PeakMeter() as meter:
            held = np.ones(2**24)
            del held
        peaks.append(meter.peak_bytes)
    assert any(peak is None or 0.9 * 2**27 <= peak < 2**28 for peak in peaks)
    assert describe_machine().cores >= 1
