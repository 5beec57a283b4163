"""MSFM on a GPU: an image of 512x512 pixels by every engine for CUDA, in turn, and training.

An image's time is that of the network alone, batch 1, between two waits for the card, the image on
it already; with both transfers, as `run` has it, it stands beside. How far each engine is from
float64 on the CPU comes first, and for arithmetic of less than float32 how far from float32, and
what that loses against the clean picture. A training step is the paper's, 10 patches of 128x128,
as `rainbench train` takes it without --precision: in float32. The bars are for a card of the
H200's class, and mean little on another. Where there is no GPU nothing is measured.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import log10
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
import torch
from torch import Tensor, nn

from rainbench.costs.profile import measure_work
from rainbench.engines.agreement import AGREEMENT
from rainbench.engines.engine import Derain, Network
from rainbench.engines.network import FLOAT32, _computing, as_derainer
from rainbench.engines.opening import ENGINES, is_there
from rainbench.engines.starting import compiled
from rainbench.image import Image
from rainbench.method import LearnedMethod
from rainbench.registry import find_method
from rainbench.restorers.preparation import load_network
from rainbench.specification import parse_method
from rainbench.streaks.rain import RAIN_STYLES, add_streaks, render_streaks
from rainbench.training.feed import Feed
from rainbench.training.job import _laid
from rainbench.training.loop import CHECKED
from rainbench.training.plan import plan
from rainbench.training.supply import supply_pairs
from tests.bench.training import _recipe, _steps
from tests.training_pairs import draw_pairs, photograph

DEVICE = "cuda"
SIDE = 512  # pixels
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "100"))
WARM_UP = 5  # the first compiles, or tries cuDNN's algorithms; the next record a CUDA graph
LEGS = 10
MATRIX = 8192

EAGER = "torch"
FULL, REDUCED = "fastest of float32 (ms)", "fastest of less than float32 (ms)"
LOSES = "fastest of less than float32 loses (dB)"
FAR = "float32, farthest from float64"
MINUTES = "the paper's steps of training (minutes)"
MOST_LOST = 0.01  # dB
BUDGETS = {
    FULL: 1.2,
    REDUCED: 0.5,
    LOSES: MOST_LOST,
    FAR: AGREEMENT[FLOAT32],
    MINUTES: 30.0,
}


def measure() -> dict[str, float]:
    """Milliseconds an image, differences, floors, and a training step; nothing without a GPU."""
    if not torch.cuda.is_available():
        print("gpu: no GPU is here: not measured")
        return {}
    engines = [name for name, engine in ENGINES.items() if DEVICE in engine.devices]
    there = [name for name in engines if is_there(name)]
    for name in sorted(set(engines) - set(there)):
        print(f"gpu: {name} left out: what it needs is not installed")
    return inference(DEVICE, there) | floors(DEVICE) | training(DEVICE)


@dataclass(frozen=True)
class Started:
    """The network on one engine and one image, all on the device."""

    alone: Callable[[], Tensor]
    """Restores the image that lies on the device already."""
    whole: Derain
    """Restores an image, with both transfers."""


def inference(
    device: str, engines: Sequence[str], *, side: int = SIDE, rounds: int = ROUNDS
) -> dict[str, float]:
    """Compare engines on one image of `side` pixels: what they give, then how long they take."""
    rainy, clean = _images(side)
    started: dict[str, Started] = {}
    restored: dict[str, Image] = {}
    for name in engines:
        try:
            one = _start(name, device, rainy)
            restored[name] = one.whole(rainy)
        except RuntimeError as error:  # a compiler that does not compile
            print(f"gpu: {name} left out: {error}")
            continue
        started[name] = one
    figures = _differences(restored, rainy, clean)
    works: dict[str, Callable[[], object]] = {name: one.alone for name, one in started.items()}
    works |= {f"{n} with transfers": partial(one.whole, rainy) for n, one in started.items()}
    for name, seconds in _in_turn(works, device, rounds).items():
        figures[f"{name} (ms)"] = 1000 * median(seconds)
        figures[f"{name}, quartiles apart (ms)"] = 1000 * _quartiles_apart(seconds)
    return figures | fastest(figures, list(started))


def fastest(figures: Mapping[str, float], engines: Sequence[str]) -> dict[str, float]:
    """Tell the least time of float32, and of less, of what loses no more than may be."""
    took = {name: figures[f"{name} (ms)"] for name in engines}
    reduced = [name for name in engines if ENGINES[name].dtype != FLOAT32]
    found = {FULL: min(took[name] for name in engines if name not in reduced)}
    if reduced:
        good = [name for name in reduced if figures[f"{name}, lost (dB)"] <= MOST_LOST]
        best = min(good or reduced, key=lambda name: took[name])
        found |= {REDUCED: took[best], LOSES: figures[f"{best}, lost (dB)"]}
    return found


def floors(device: str, *, side: int = SIDE, matrix: int = MATRIX) -> dict[str, float]:
    """Tell what an image would take at the card's own rates: of products, and of memory.

    The bytes are those of layers that are not fused, each map written once and read once.
    """
    work = measure_work(_method().network, side, side)
    operations, bytes_ = 2 * work.macs, 2 * 4 * work.activations
    left, right = torch.rand(2, matrix, matrix, device=device).unbind()
    made = torch.empty_like(left)
    # torch multiplies matrices in float32 proper unless it is told otherwise.
    product = _least_seconds(lambda: torch.mm(left, right, out=made), device)
    copy = _least_seconds(lambda: made.copy_(left), device)
    rate, flow = 2 * matrix**3 / product, 2 * left.nbytes / copy
    return {
        "operations (GFLOP)": operations / 1e9,
        "matrix products in float32 (TFLOP/s)": rate / 1e12,
        "floor of operations in float32 (ms)": 1000 * operations / rate,
        "bytes of unfused layers (GB)": bytes_ / 1e9,
        "memory (TB/s)": flow / 1e12,
        "floor of bytes of unfused layers (ms)": 1000 * bytes_ / flow,
    }


def training(
    device: str,
    *,
    batch: int | None = None,
    patch: int | None = None,
    steps: int = CHECKED,
    legs: int = LEGS,
) -> dict[str, float]:
    """Time a step of ours, the wait for its batch included, over legs of some steps each.

    A leg ends by asking for its losses, as in training. The first warms up.
    """
    recipe = _recipe()
    course = plan(
        "msfm", {}, recipe, batch=batch, patch=patch, device=device, threads=torch.get_num_threads()
    )
    seconds = []
    with TemporaryDirectory(prefix="rainbench-bench-") as place:
        folder = draw_pairs(Path(place) / "made", scenes=12, height=321, width=481)
        supply = supply_pairs([str(folder)], patch=course.patch, cache=Path(place))
        with Feed(_laid(supply, course), range((1 + legs) * steps), device=device) as feed:
            take = _steps(feed, course)
            for leg in range(1 + legs):
                seconds.append(_seconds(partial(take, leg * steps, steps), device) / steps)
            waited = feed.waited
    return {
        "training (ms a step)": 1000 * median(seconds[1:]),
        "training, quartiles apart (ms a step)": 1000 * _quartiles_apart(seconds[1:]),
        "training, waiting for pairs / step": waited / (steps * sum(seconds)),
        MINUTES: recipe.steps * median(seconds[1:]) / 60,
    }


def _method() -> LearnedMethod:
    method = find_method("msfm").value
    assert isinstance(method, LearnedMethod)
    return method


def _network() -> nn.Module:
    """Build the network with the weights that ship: chance ones tell nothing of a loss in dB."""
    return load_network(find_method("msfm"), _method(), parse_method("msfm")).network.eval()


def _images(side: int) -> tuple[Image, Image]:
    """Draw a picture, rainy and clean, (side, side, 3) in [0, 1]."""
    clean = photograph(0, side, side)
    draw = np.random.default_rng(0)
    rainy = add_streaks(clean, render_streaks(side, side, RAIN_STYLES["rain100l"], draw))
    return np.asarray(rainy / 255, np.float32), np.asarray(clean / 255, np.float32)


def _start(name: str, device: str, rainy: Image) -> Started:
    """Start an engine as `open_engine` does, but so that the network can be called by itself."""
    engine, size = ENGINES[name], _method().size
    module = _network().to(device)
    if name.startswith("compile"):
        module = compiled(Network(module, device, size))
    last = name != EAGER
    whole = as_derainer(module, device, size, channels_last=last, dtype=engine.dtype)
    # In the very order that `whole` has it: another would be compiled for anew.
    batch = torch.from_numpy(rainy.transpose(2, 0, 1)[None]).to(device)
    batch = batch if last else batch.contiguous()

    def alone() -> Tensor:
        with torch.inference_mode(), _computing(engine.dtype, device):
            restored: Tensor = module(batch)
        return restored

    return Started(alone, whole)


def _differences(restored: Mapping[str, Image], rainy: Image, clean: Image) -> dict[str, float]:
    """Hold what engines gave against float64; less than float32 against float32 as well."""
    with torch.inference_mode():
        batch = torch.from_numpy(rainy.transpose(2, 0, 1)[None].astype(np.float64))
        exact = _network().double()(batch)[0].permute(1, 2, 0).numpy()
    far = {name: float(abs(image - exact).max()) for name, image in restored.items()}
    figures = {f"{name}, most from float64": each for name, each in far.items()}
    full = [name for name in restored if ENGINES[name].dtype == FLOAT32]
    figures[FAR] = max(far[name] for name in full)
    float32 = restored[EAGER]
    for name in restored:
        if name not in full:
            image = restored[name]
            figures[f"{name}, PSNR to float32 (dB)"] = _psnr_db(image, float32)
            figures[f"{name}, lost (dB)"] = _psnr_db(float32, clean) - _psnr_db(image, clean)
    return figures


def _psnr_db(image: Image, other: Image) -> float:
    """Tell the PSNR of two images in [0, 1], clipped to that; 150 dB at the most, as of equals."""
    apart = np.clip(image, 0, 1).astype(np.float64) - np.clip(other, 0, 1)
    return -10 * log10(max(float(np.mean(apart**2)), 1e-15))


def _in_turn(
    works: Mapping[str, Callable[[], object]], device: str, rounds: int
) -> dict[str, list[float]]:
    """Time each work once a round, so that a busy moment falls on all; the first do not count."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(WARM_UP + rounds):
        for name, work in works.items():
            seconds[name].append(_seconds(work, device))
    return {name: each[WARM_UP:] for name, each in seconds.items()}


def _seconds(work: Callable[[], object], device: str) -> float:
    """Time work from a card that has nothing to do to one that has done it."""
    _wait(device)
    started = perf_counter()
    work()
    _wait(device)
    return perf_counter() - started


def _least_seconds(work: Callable[[], object], device: str) -> float:
    return min(_seconds(work, device) for _ in range(10))


def _wait(device: str) -> None:
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)


def _quartiles_apart(seconds: Sequence[float]) -> float:
    lower, _, upper = quantiles(seconds, n=4, method="inclusive")
    return upper - lower
