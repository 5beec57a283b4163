"""Which engine a network runs on where nobody names one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import perf_counter, process_time
from typing import TYPE_CHECKING

import numpy as np

from rainbench.engines import opening
from rainbench.engines.agreement import hold_against
from rainbench.engines.engine import Network, Running
from rainbench.errors import NotInstalledError, RainbenchError, in_words

if TYPE_CHECKING:
    from rainbench.image import Image

FASTEST_FIRST = ("native", "openvino", "onnx", "compile")
"""What AUTO tries, as far as it is installed."""

PIECE = 128
"""Pixels a side of what the time that eager torch takes is estimated by."""


def choose_engine(network: Network, eager: Running, first: Image, pixels: int) -> Running:
    """Choose the fastest float32 engine installed that repays its start and agrees with `eager`.

    `first` is the first of the images that there are to restore, `pixels` how many pixels they
    have together. An engine that fails or disagrees on it leaves `eager`, with a remark.
    """
    seconds = _seconds_per_pixel(eager, first, network.device) * pixels
    for name in FASTEST_FIRST:
        engine = opening.ENGINES[name]
        here = network.device.partition(":")[0] in engine.devices and opening.is_there(name)
        if not here or not engine.takes(network.module) or seconds < engine.repays:
            continue
        try:
            running = opening.open_engine(network, name)
            hold_against(name, running.derain, eager.derain, first, engine.dtype)
        except NotInstalledError:  # a compiler that does not compile
            continue
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, eager torch is there
            why = error if isinstance(error, RainbenchError) else in_words(error)
            return replace(eager, remark=f"runs on {eager.engine} and not on {name}: {why}")
        return running
    return eager


def _seconds_per_pixel(eager: Running, first: Image, device: str) -> float:
    import torch

    # On a CPU its own time, which does not tell of what else the machine does.
    clock: Callable[[], float] = process_time if device == "cpu" else perf_counter
    workers = torch.get_num_threads() if device == "cpu" else 1
    piece = np.ascontiguousarray(first[:PIECE, :PIECE])
    eager.derain(piece)  # the first call of all is slow
    start = clock()
    eager.derain(piece)
    seconds = clock() - start
    return float(seconds / (workers * piece.shape[0] * piece.shape[1]))
