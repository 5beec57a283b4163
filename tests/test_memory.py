"""What restoring takes: arrays and tensors counted at their height, and given back."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import nn

from rainbench.costs.memory import working_bytes_per_pixel
from rainbench.engines.network import as_derainer
from rainbench.image import Image
from rainbench.method import SizeRule


def test_numpys_arrays_are_counted_at_their_height() -> None:
    def derain(rainy: Image) -> Image:
        for _ in range(5):
            wide = np.repeat(rainy, 10, axis=2)  # 120 bytes a pixel, one at a time but two
            del wide
        return rainy.copy()

    assert working_bytes_per_pixel(derain) == pytest.approx(120, rel=0.02)


class Wide(nn.Module):
    """Makes maps, 4 bytes each a pixel, of which some live together."""

    def forward(self, rainy: torch.Tensor) -> torch.Tensor:
        maps = rainy.repeat(1, 20, 1, 1)  # 60
        view = maps[:, :30].view(1, 30, -1)  # no more: it shares them
        more = maps * 2 + view.sum() * 0  # 60 twice, for a moment
        del maps
        small = more[:, :3].clone()
        del more, view
        return small.repeat(1, 5, 1, 1)[:, :3]


def test_torchs_tensors_are_counted_once_however_they_are_viewed() -> None:
    found = working_bytes_per_pixel(as_derainer(Wide(), "cpu", SizeRule()))
    # Three times 60 maps, or two and a scalar's work; the image and its array beside them.
    assert 4 * 2 * 60 <= found <= 4 * 3 * 60 + 100


def test_what_is_measured_does_not_grow_with_repetition() -> None:
    derain = as_derainer(nn.Conv2d(3, 3, 3, padding=1), "cpu", SizeRule())
    assert working_bytes_per_pixel(derain) == pytest.approx(
        working_bytes_per_pixel(derain), rel=0.05
    )


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc is Linux's")
def test_large_blocks_go_back_to_the_system() -> None:
    """In a process of its own, for the setting stays: freed blocks are no longer resident."""
    script = """
import re, sys
from pathlib import Path
from rainbench.costs.memory import give_back_large_blocks
import numpy as np
def resident():
    return int(re.search(r"VmRSS:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024
if sys.argv[1] == "yes":
    give_back_large_blocks()
np.ones(31 * 2**17)  # 31 MiB: freed, and the default threshold has grown to it
before, large = resident(), [np.ones(20 * 2**17) for _ in range(8)]
last = large.pop()  # at the end of the heap, which can only be cut there
del large
print(resident() - before)
"""
    command = [sys.executable, "-c", script]
    kept = [
        int(subprocess.run([*command, told], check=True, capture_output=True, text=True).stdout)
        for told in ("no", "yes")
    ]
    assert kept[1] < 30 < 100 < kept[0]  # the last, or all eight of 20 MiB
