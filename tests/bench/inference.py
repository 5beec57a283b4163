"""MSFM on 512x512 pixels by every engine that is here, in turn on the same image.

Eager torch is timed in its usual memory order, and once more with the concatenations that the
paper draws, each copied into one tensor. The floor is what the products alone would take at the
rate at which this machine multiplies large matrices.
"""

import os
from collections.abc import Callable
from statistics import median, quantiles
from time import perf_counter, process_time

import numpy as np
import torch
from torch import Tensor, nn

from rainbench.errors import RainbenchError
from rainbench.method import LearnedMethod
from rainbench.registry import find_method
from rainbench.restorers.engine import Derain, Network, open_engine
from rainbench.restorers.network import as_derainer
from rainbench.restorers.openvino import REPEATS
from rainbench.restorers.profile import measure_work

SIDE = 512  # pixels
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "9"))
THREADS = int(os.environ.get("BENCH_THREADS", "2"))
ENGINES = ("torch", "channels_last", "onnx", "openvino", "openvino-bf16", "compile")
# A compiler takes minutes for a network of 120 layers; it is asked for, or left out.
LEFT_OUT = () if os.environ.get("BENCH_COMPILE") else ("compile",)

EAGER = "torch"
BUDGETS = {"openvino / torch": 1 / 4, "fastest without openvino / torch": 1 / 1.7}
MATRIX = 2048


def measure() -> dict[str, float]:
    """Medians in milliseconds, quartiles apart, ratios, and differences from eager torch."""
    before = torch.get_num_threads()
    torch.set_num_threads(THREADS)
    try:
        return _measure()
    finally:
        torch.set_num_threads(before)


def _measure() -> dict[str, float]:
    image = np.random.default_rng(0).random((SIDE, SIDE, 3), dtype=np.float32)
    engines = _open()
    for _ in range(REPEATS):  # from then on OpenVINO has compiled for this size
        restored = {name: derain(image) for name, derain in engines.items()}
    seconds: dict[str, list[float]] = {name: [] for name in engines}
    busy: dict[str, list[float]] = {name: [] for name in engines}
    for _ in range(ROUNDS):
        for name, derain in engines.items():
            wall, cpu = perf_counter(), process_time()
            derain(image)
            seconds[name].append(perf_counter() - wall)
            busy[name].append(process_time() - cpu)
    figures: dict[str, float] = {}
    for name, each in seconds.items():
        lower, _, upper = quantiles(each, n=4, method="inclusive")
        figures[f"{name} (ms)"] = 1000 * median(each)
        figures[f"{name}, quartiles apart (ms)"] = 1000 * (upper - lower)
        figures[f"{name}, of processors (ms)"] = 1000 * median(busy[name])
        figures[f"{name}, most that differs"] = float(abs(restored[name] - restored[EAGER]).max())
    return figures | _ratios({name: median(each) for name, each in seconds.items()}, busy)


def _ratios(seconds: dict[str, float], busy: dict[str, list[float]]) -> dict[str, float]:
    others = {name: took for name, took in seconds.items() if name != EAGER}
    figures = {f"{name} / {EAGER}": took / seconds[EAGER] for name, took in others.items()}
    figures |= {
        f"{name} / {EAGER}, of processors": median(busy[name]) / median(busy[EAGER])
        for name in others
    }
    without = [took for name, took in others.items() if not name.startswith("openvino")]
    figures[f"fastest without openvino / {EAGER}"] = min(without) / seconds[EAGER]
    method = find_method("msfm").value
    assert isinstance(method, LearnedMethod)
    operations = 2 * measure_work(method.network, SIDE, SIDE).macs
    peak = _operations_per_second()
    figures["operations (GFLOP)"] = operations / 1e9
    figures["matrix products (GFLOP/s)"] = peak / 1e9
    figures["floor (ms)"] = 1000 * operations / peak
    return figures | {
        f"floor / {name}": operations / peak / took
        for name, took in seconds.items()
        if "-" not in name
    }


def _open() -> dict[str, Derain]:
    method = find_method("msfm").value
    assert isinstance(method, LearnedMethod)

    def network() -> nn.Module:
        torch.manual_seed(0)
        built: nn.Module = method.network()
        return built

    opened: dict[str, Derain] = {}
    for name in ENGINES:
        if name in LEFT_OUT:
            continue
        try:
            opened[name] = open_engine(Network(network(), "cpu", method.size), name).derain
        except RainbenchError as error:
            print(f"inference: {name} left out: {error}")
    drawn = _concatenating(network())
    opened["torch, concatenating"] = as_derainer(drawn, "cpu", method.size, channels_last=False)
    return opened


def _concatenating(network: nn.Module) -> nn.Module:
    """Let every fusion copy its maps into one tensor and convolve that."""
    for module in network.modules():
        if type(module).__name__ == "Fusion":
            module.forward = _concatenated(module)
    return network


def _concatenated(fusion: nn.Module) -> Callable[[list[Tensor]], Tensor]:
    def forward(maps: list[Tensor]) -> Tensor:
        size = maps[0].shape[2:]
        large = [
            each
            if each.shape[2:] == size
            else nn.functional.interpolate(each, size=size, mode="bilinear", align_corners=False)
            for each in maps
        ]
        fused = torch.cat(large, 1)
        for layer in fusion.children():
            fused = layer(fused)
        return fused

    return forward


def _operations_per_second() -> float:
    """Measure the greatest rate of multiplying matrices, of some rounds."""
    left, right = torch.rand(MATRIX, MATRIX), torch.rand(MATRIX, MATRIX)
    best = 0.0
    for _ in range(5):
        start = perf_counter()
        torch.mm(left, right)
        best = max(best, 2 * MATRIX**3 / (perf_counter() - start))
    return best
