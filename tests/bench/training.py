"""A training step of MSFM, batch 10 of 128x128: the loop people write beside ours, in turn.

The plain loop: eager, contiguous memory, a DataLoader that decodes PNGs anew for every patch. Ours:
pixels mapped from the cache or rain rendered on the fly, batches made ahead, our own kernels; and
the same by torch's kernels, channels last, in float32 and with bf16. Shares of data are of the
step's own time, on one thread that makes batches.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from rainbench.method import LearnedMethod
from rainbench.registry import find_method
from rainbench.restorers.preparation import build_network, method_settings
from rainbench.specification import parse_method
from rainbench.streaks.rain import RAIN_STYLES
from rainbench.training.arithmetic import computing
from rainbench.training.feed import Feed
from rainbench.training.loop import _Leg, _start
from rainbench.training.material import Material
from rainbench.training.patches import Rendered, read_photographs
from rainbench.training.plan import Arithmetic, Plan, Precision, plan
from rainbench.training.recipe import Recipe
from rainbench.training.supply import supply_pairs
from tests.training_pairs import draw_pairs

STEPS, WARM_UP = 20, 3
BATCH, PATCH = 10, 128
THREADS = int(os.environ.get("BENCH_THREADS", "2"))

PLAIN, OURS, TORCH, BF16 = "plain loop", "ours", "ours, torch's kernels", "ours, torch's, bf16"
FASTER = f"{OURS} / {PLAIN}"
DATA = "waiting for pairs / step"
RENDERED = "waiting for rendered rain / step"
BUDGETS = {FASTER: 1 / 3, DATA: 0.05, RENDERED: 0.05}

Step = Callable[[], None]


class Pngs(Dataset[tuple[Tensor, Tensor]]):
    """What people write: two PNGs decoded for every patch."""

    def __init__(self, folder: Path) -> None:
        self.rainy = sorted((folder / "rainy").iterdir())
        self.clean = [folder / "clean" / f"{p.stem.partition('_')[0]}.png" for p in self.rainy]

    def __len__(self) -> int:
        return 100 * BATCH

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        which = index % len(self.rainy)
        pictures = [np.asarray(cv2.imread(str(e[which]))) for e in (self.rainy, self.clean)]
        height, width = pictures[0].shape[:2]
        y, x = np.random.randint(height - PATCH + 1), np.random.randint(width - PATCH + 1)
        rainy, clean = (
            torch.from_numpy(p[y : y + PATCH, x : x + PATCH, ::-1].transpose(2, 0, 1) / 255).float()
            for p in pictures
        )
        return rainy, clean


def measure() -> dict[str, float]:
    """Median seconds a step, and ratios within this one run."""
    with TemporaryDirectory(prefix="rainbench-bench-") as place:
        folder = draw_pairs(Path(place) / "made", scenes=12, height=321, width=481)
        pairs = supply_pairs([str(folder)], patch=PATCH, cache=Path(place)).make(_plan("float32"))
        photographs = tuple(read_photographs(folder / "clean"))
        rendered = Rendered(
            photographs=photographs, kept=(), style=RAIN_STYLES["rain100l"], seed=0,
            batch=BATCH, patch=PATCH,
        )  # fmt: skip
        steps: dict[str, Step] = {
            PLAIN: _plain(folder),
            OURS: _ours(pairs, "float32", "native"),
            TORCH: _ours(pairs, "float32"),
        }
        if torch.ops.mkldnn._is_mkldnn_bf16_supported():  # else it is emulated, and takes minutes
            steps[BF16] = _ours(pairs, "bf16")
        seconds: dict[str, list[float]] = {name: [] for name in steps}
        for _ in range(WARM_UP + STEPS):
            for name, step in steps.items():  # in turn: a busy moment falls on all
                started = perf_counter()
                step()
                seconds[name].append(perf_counter() - started)
        waiting = {DATA: _waiting(pairs), RENDERED: _waiting(rendered)}
    medians = {name: median(values[WARM_UP:]) for name, values in seconds.items()}
    spread = {
        f"{name}, spread": max(values[WARM_UP:]) - min(values[WARM_UP:])
        for name, values in seconds.items()
    }
    return {
        "threads": THREADS,
        **{f"{name} (seconds a step)": value for name, value in (medians | spread).items()},
        **{
            f"{name} / {PLAIN}": took / medians[PLAIN]
            for name, took in medians.items()
            if name != PLAIN
        },
        **waiting,
    }


def _network() -> torch.nn.Module:
    method = find_method("msfm").value
    assert isinstance(method, LearnedMethod)
    return build_network(method, method_settings(method, parse_method("msfm")))


def _plan(precision: Precision, arithmetic: Arithmetic = "torch") -> Plan:
    return plan("msfm", {}, _recipe(), threads=THREADS, precision=precision, arithmetic=arithmetic)


def _plain(folder: Path) -> Step:
    torch.set_num_threads(THREADS)
    network = _network()
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)

    def batches() -> Iterator[tuple[Tensor, Tensor]]:
        while True:
            yield from DataLoader(Pngs(folder), batch_size=BATCH, shuffle=True)

    made = batches()

    def step() -> None:
        rainy, clean = next(made)
        optimiser.zero_grad()
        loss = F.mse_loss(network(rainy), clean)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        loss.item()

    return step


def _ours(material: Material, precision: Precision, arithmetic: Arithmetic = "torch") -> Step:
    feed = Feed(material, range(WARM_UP + STEPS))
    numbers = iter(range(WARM_UP + STEPS))
    take = _steps(feed, _plan(precision, arithmetic))
    return lambda: take(next(numbers), 1)


def _waiting(material: Material) -> float:
    """Measure the share of steps' time that is spent waiting for batches, steps on end."""
    with Feed(material, range(WARM_UP + STEPS // 2)) as feed:
        take = _steps(feed, _plan("float32", "native"))
        take(0, WARM_UP)
        started, before = perf_counter(), feed.waited
        take(WARM_UP, STEPS // 2)
        return (feed.waited - before) / (perf_counter() - started)


def _steps(feed: Feed, course: Plan) -> Callable[[int, int], None]:
    """Give a function that takes so many of our steps, from one on."""
    recipe = _recipe()
    leg = _Leg(course, *_start(course, _network, recipe), recipe.loss)

    def take(first: int, count: int) -> None:
        with computing(course):
            leg.go(feed, range(first, first + count))

    return take


def _recipe() -> Recipe:
    method = find_method("msfm").value
    assert isinstance(method, LearnedMethod)
    assert method.recipe is not None
    return method.recipe
