"""MSFM on 512x512 pixels by every engine that is here, each in its process, in turn on one image.

Eager torch is timed in its usual memory order, and once more with the concatenations that the
paper draws, each copied into one tensor. The floor is what the products alone would take at the
greatest rate at which this machine multiplies large matrices between the rounds.
"""

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from statistics import median, quantiles
from time import perf_counter

import numpy as np
import torch
from torch import Tensor, nn

from rainbench.costs.profile import measure_work
from rainbench.engines.engine import Network
from rainbench.engines.network import as_derainer
from rainbench.engines.opening import open_engine
from rainbench.engines.openvino import REPEATS
from rainbench.image import Image
from rainbench.kernels.leaky import LeakyMix
from rainbench.method import LearnedMethod
from rainbench.registry import find_method
from tests.apart import Apart, Turn

SIDE = 512  # pixels
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "9"))
THREADS = int(os.environ.get("BENCH_THREADS", "2"))
ENGINES = ("torch", "channels_last", "native", "onnx", "openvino", "openvino-bf16", "compile")
# A compiler takes minutes for a network of 120 layers; it is asked for, or left out.
LEFT_OUT = () if os.environ.get("BENCH_COMPILE") else ("compile",)

EAGER, CONCATENATING = "torch", "torch, concatenating"
FASTEST, WITHOUT = f"fastest / {EAGER}", f"fastest without openvino / {EAGER}"
BUDGETS = {f"openvino / {EAGER}": 1 / 4, FASTEST: 1 / 4, WITHOUT: 1 / 1.7}
MATRIX = 2048


def measure() -> dict[str, float]:
    """Medians in milliseconds, quartiles apart, ratios, and differences from eager torch."""
    with ExitStack() as stack:
        engines: dict[str, Apart] = {}
        for name in (*(each for each in ENGINES if each not in LEFT_OUT), CONCATENATING):
            try:
                engines[name] = stack.enter_context(Apart(partial(_start, name)))
            except RuntimeError as error:
                print(f"inference: {name} left out: {error}")
        for _ in range(REPEATS):  # from then on OpenVINO has compiled for this size
            restored = {name: engine.turn().result for name, engine in engines.items()}
        turns: dict[str, list[Turn]] = {name: [] for name in engines}
        torch.set_num_threads(THREADS)
        peak = 0.0
        for _ in range(ROUNDS):
            peak = max(peak, _operations_per_second())
            for name, engine in engines.items():
                turns[name].append(engine.turn())
    seconds = {name: [turn.seconds for turn in each] for name, each in turns.items()}
    busy = {name: [turn.processor_seconds for turn in each] for name, each in turns.items()}
    figures: dict[str, float] = {}
    for name, each in seconds.items():
        lower, _, upper = quantiles(each, n=4, method="inclusive")
        figures[f"{name} (ms)"] = 1000 * median(each)
        figures[f"{name}, quartiles apart (ms)"] = 1000 * (upper - lower)
        figures[f"{name}, of processors (ms)"] = 1000 * median(busy[name])
        figures[f"{name}, most that differs"] = float(abs(restored[name] - restored[EAGER]).max())
    medians = {name: median(each) for name, each in seconds.items()}
    return figures | _ratios(medians, busy) | _floors(medians, peak)


def _ratios(seconds: dict[str, float], busy: dict[str, list[float]]) -> dict[str, float]:
    others = {name: took for name, took in seconds.items() if name != EAGER}
    figures = {f"{name} / {EAGER}": took / seconds[EAGER] for name, took in others.items()}
    figures |= {
        f"{name} / {EAGER}, of processors": median(busy[name]) / median(busy[EAGER])
        for name in others
    }
    # Of what `--engine auto` chooses among: with less than float32 is none of it.
    full = {name: took for name, took in others.items() if "-" not in name}
    without = [took for name, took in full.items() if name != "openvino"]
    figures[FASTEST] = min(full.values()) / seconds[EAGER]
    figures[WITHOUT] = min(without) / seconds[EAGER]
    return figures


def _floors(seconds: dict[str, float], peak: float) -> dict[str, float]:
    """Tell what the products alone would take at `peak` operations a second, and of what part."""
    method = find_method("msfm").value
    assert isinstance(method, LearnedMethod)
    operations = 2 * measure_work(method.network, SIDE, SIDE).macs
    return {
        "operations (GFLOP)": operations / 1e9,
        "matrix products (GFLOP/s)": peak / 1e9,
        "floor (ms)": 1000 * operations / peak,
    } | {
        f"floor / {name}": operations / peak / took
        for name, took in seconds.items()
        if "-" not in name
    }


def _start(name: str) -> Callable[[], Image]:
    """Make ready in this process what restores the image."""
    torch.set_num_threads(THREADS)
    torch.manual_seed(0)
    method = find_method("msfm").value
    assert isinstance(method, LearnedMethod)
    network, size = method.network(), method.size
    if name == CONCATENATING:
        derain = as_derainer(_concatenating(network), "cpu", size, channels_last=False)
    else:
        derain = open_engine(Network(network, "cpu", size), name).derain
    image = np.random.default_rng(0).random((SIDE, SIDE, 3), dtype=np.float32)
    return partial(derain, image)


def _concatenating(network: nn.Module) -> nn.Module:
    """Let every fusion copy its maps into one tensor and convolve that."""
    mixes = [module for module in network.modules() if isinstance(module, LeakyMix)]
    assert mixes
    for module in mixes:
        module.forward = _concatenated(module)  # type: ignore[assignment]
    return network


def _concatenated(fusion: nn.Module) -> Callable[[Sequence[Tensor]], Tensor]:
    def forward(maps: Sequence[Tensor]) -> Tensor:
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
