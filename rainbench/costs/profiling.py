"""What a method costs on one image, measured: what `rainbench profile` does."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

import numpy as np

from rainbench.costs.machine import PeakMeter, describe_machine, load_average
from rainbench.costs.profile import measure_work
from rainbench.engines.engine import AUTO
from rainbench.engines.network import resolve_device
from rainbench.errors import UsageError
from rainbench.evidence.profile_record import SUFFIX, Latency, Profile
from rainbench.image import Image
from rainbench.method import LearnedMethod
from rainbench.registry import find_method
from rainbench.restorers.preparation import build_network, prepare_restorer
from rainbench.restorers.restorer import Restorer
from rainbench.runs.identity import file_stem
from rainbench.runs.journal import write_document, writing
from rainbench.runs.session import versions
from rainbench.specification import parse_method

WARM_UP = 3
ROUNDS = 20
MANY = 10**12
"""Pixels: so many that every engine repays its start."""


def profile_method(
    method: str,
    *,
    weights: Path | None = None,
    height: int = 512,
    width: int = 512,
    engine: str = AUTO,
    device: str = "auto",
    threads: int | None = None,
    rounds: int = ROUNDS,
) -> Profile:
    """Measure what a method costs on one image of `height` by `width` pixels, batch 1.

    The latency is that of an image in memory to a restored one in memory, over `rounds` after
    three that warm up; on a GPU that includes both transfers, and so waits for it. Nothing else
    should run meanwhile: the load average when it began is part of the profile. The peak is that
    of the first image of this size. `threads` are torch's; None: as many as it takes itself.

    Raises UsageError, and whatever `prepare_restorer` and the method raise.
    """
    if min(height, width, rounds) < 2 or (threads is not None and threads < 1):
        raise UsageError(
            expected="at least 2 pixels a side, 2 rounds and 1 thread",
            got=f"{width}x{height} pixels, {rounds} rounds and {threads} threads",
            now="give more",
        )
    load, image = load_average(), _image(height, width)
    with _threads(threads) as used:
        words = parse_method(method)
        restorer = prepare_restorer(words, weights=weights, device=device, engine=engine)
        restorer = restorer.settled(image[:128, :128].copy(), MANY)
        peak_bytes = _peak_bytes(restorer, image)
        latency = _latency(lambda: restorer(image), rounds)
    plugin = find_method(words.name).value
    work = None
    if isinstance(plugin, LearnedMethod):
        work = measure_work(lambda: build_network(plugin, restorer.settings), height, width)
    return Profile(
        method=restorer.method,
        label=restorer.label,
        title=restorer.title,
        settings=dict(restorer.settings),
        method_sha256=restorer.method_sha256,
        weights_sha256=restorer.weights_sha256,
        height=height,
        width=width,
        parameters=restorer.parameters,
        macs=work.macs if work else None,
        activations=work.activations if work else None,
        latency=latency,
        peak_bytes=peak_bytes,
        engine=restorer.engine,
        device=restorer.device,
        dtype=restorer.dtype,
        threads=used,
        machine=describe_machine(),
        load=load,
        versions=versions(),
        when=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def write_profile(profile: Profile, place: Path) -> Path:
    """Write a profile to a file, or, under a name of its own, into a folder. Raises ResultsError.

    A profile of the same method, weights, engine, device and size is replaced.
    """
    if place.suffix != SUFFIX:
        size = f"{profile.width}x{profile.height}"
        name = f"{profile.label}-{profile.engine}-{profile.device}-{size}"
        place = place / f"{file_stem(name)}{SUFFIX}"
    with writing(place):
        place.parent.mkdir(parents=True, exist_ok=True)
    write_document(place, profile.to_json())
    return place


def _image(height: int, width: int) -> Image:
    """Make soft noise up: what is timed does not depend on what an image shows."""
    random = np.random.default_rng(0).random((height, width, 3), dtype=np.float32)
    return np.asarray(0.4 + 0.2 * random, np.float32)


@contextmanager
def _threads(wanted: int | None) -> Iterator[int]:
    import torch

    before = torch.get_num_threads()
    if wanted is not None:
        torch.set_num_threads(wanted)
    try:
        yield torch.get_num_threads()
    finally:
        torch.set_num_threads(before)


def _peak_bytes(restorer: Restorer, image: Image) -> int | None:
    if restorer.device.startswith("cuda"):
        cuda = sys.modules["torch"].cuda
        device = resolve_device(restorer.device)
        cuda.reset_peak_memory_stats(device)
        before = cuda.memory_allocated(device)
        restorer(image)
        return int(cuda.max_memory_allocated(device) - before)
    with PeakMeter() as meter:
        restorer(image)
    return meter.peak_bytes


def _latency(restore: Callable[[], object], rounds: int) -> Latency:
    for _ in range(WARM_UP):
        restore()
    seconds = []
    for _ in range(rounds):
        start = perf_counter()
        restore()
        seconds.append(perf_counter() - start)
    lower, _, upper = quantiles(seconds, n=4, method="inclusive")
    return Latency(
        median_s=median(seconds),
        lower_quartile_s=lower,
        upper_quartile_s=upper,
        least_s=min(seconds),
        rounds=rounds,
        warm_up=WARM_UP,
    )
