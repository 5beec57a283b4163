"""What SPANet's recurrences cost beside the same ones worked out pixel by pixel.

The loop takes all channels of a pixel at once, in torch; one over channels too would be slower
still. It runs over a crop: its time a pixel does not depend on the size.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import torch
from torch import Tensor, nn

from rainbench.method import LearnedMethod
from rainbench.registry import find_method
from rainbench.restorers.preparation import build_network

HEIGHT, WIDTH = 321, 481  # pixels: Rain100
CROP = 48
ROUNDS = 5
SPEED_UP = 50
BUDGETS = {"scan / loop over pixels": 1 / SPEED_UP}
# Where the pixel before lies, in the order of the outputs.
BEFORE = {"up": (1, 0), "right": (0, -1), "down": (-1, 0), "left": (0, 1)}


def recurrences() -> nn.Module:
    """The first of the attention's two sets, untrained: (N, 32, H, W) to (N, 128, H, W)."""
    method = find_method("spanet").value
    if not isinstance(method, LearnedMethod):
        raise TypeError("SPANet is learned")
    return build_network(method, {}).get_submodule("attention.first").eval()


def loop_over_pixels(irnn: nn.Module, x: Tensor) -> Tensor:
    """The four recurrences, one pixel after the other."""
    found = []
    for where, (down, right) in BEFORE.items():
        weight, bias = irnn.get_parameter(f"weight.{where}"), irnn.get_parameter(f"bias.{where}")
        h = x.relu()
        for i in list(range(x.shape[2]))[:: -down or 1]:
            for j in list(range(x.shape[3]))[:: -right or 1]:
                before_i, before_j = i + down, j + right
                if 0 <= before_i < x.shape[2] and 0 <= before_j < x.shape[3]:
                    carried = weight * h[:, :, before_i, before_j] + bias
                    h[:, :, i, j] = (carried + x[:, :, i, j]).relu()
        found.append(h)
    return torch.cat(found, 1)


def measure() -> dict[str, float]:
    """Nanoseconds a pixel of both, medians of rounds in turns, and their ratio."""
    torch.manual_seed(0)
    irnn = recurrences()
    whole, crop = torch.rand(1, 32, HEIGHT, WIDTH), torch.rand(1, 32, CROP, CROP)
    whole = whole.contiguous(memory_format=torch.channels_last)  # as the harness runs networks
    times: dict[str, list[float]] = {"scan": [], "loop": []}
    with torch.inference_mode():
        torch.testing.assert_close(irnn(crop), loop_over_pixels(irnn, crop))
        for _ in range(ROUNDS):
            times["scan"].append(_nanoseconds(lambda: irnn(whole)) / (HEIGHT * WIDTH))
            times["loop"].append(_nanoseconds(lambda: loop_over_pixels(irnn, crop)) / CROP**2)
    scan, loop = median(times["scan"]), median(times["loop"])
    return {
        "scan (ns a pixel)": scan,
        "loop over pixels (ns a pixel)": loop,
        "scan / loop over pixels": scan / loop,
    }


def _nanoseconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter_ns()
    work()
    return time.perf_counter_ns() - begin
