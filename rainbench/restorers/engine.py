"""What a network runs on: torch as it is, with our own kernels, compiled, or another runtime.

An engine gives a network's numbers but for the rounding of floating-point sums, and is no part of
a run's identity; arithmetic of less than float32 is, as the run's dtype.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from importlib import import_module
from importlib.util import find_spec
from threading import local
from time import perf_counter, process_time
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

import numpy as np

from rainbench.errors import (
    EngineError,
    NotInstalledError,
    RainbenchError,
    UnknownNameError,
    UsageError,
    in_words,
)
from rainbench.kernels.library import compiler
from rainbench.method import SizeRule
from rainbench.restorers.graph import to_graph
from rainbench.restorers.lanes import MOST_LANES, Lanes
from rainbench.restorers.network import BFLOAT16, FLOAT32, TF32, as_derainer

if TYPE_CHECKING:
    from torch import nn

    from rainbench.image import Image

AUTO = "auto"
EAGER = "channels_last"
"""The engine that is always there, and the one that every other is held against."""

AGREEMENT: Mapping[str, float] = MappingProxyType({FLOAT32: 1e-5, TF32: 0.01, BFLOAT16: 0.05})
"""By how much an engine's output may differ from eager float32, image values being in [0, 1]."""

PROBES = ((33, 54), (46, 39), (51, 40))
"""Heights and widths in pixels, of different remainders by 8: a graph that was traced with one size
must hold for others. A runtime takes time to get ready for each."""

PIECE = 128
"""Pixels a side of what the time that eager torch takes is estimated by."""


@dataclass(frozen=True)
class Network:
    """A network with its weights, on its device."""

    module: nn.Module
    device: str
    size: SizeRule = field(default_factory=SizeRule)


Derain = Callable[["Image"], "Image"]


@dataclass(frozen=True)
class Engine:
    """One way to run a network."""

    start: Callable[[Network, Engine], Derain]
    dtype: str = FLOAT32
    devices: tuple[str, ...] = ("cpu", "cuda")
    needs: tuple[str, ...] = ()
    """Libraries, which an extra of the engine's name brings."""
    repays: float = 0.0
    """Seconds of eager work below which starting it costs more than it saves."""
    alone: Callable[[Network, Engine], Derain] | None = None
    """Starts it so that an image takes one thread, and threads may call side by side; None: it
    cannot."""
    takes: Callable[[nn.Module], bool] = lambda _: True
    """Whether a network is of the kind that it runs."""


@dataclass(frozen=True, kw_only=True)
class Running:
    """A network on an engine."""

    engine: str
    dtype: str
    derain: Derain
    lanes: Lanes | None = None
    gauge: Derain | None = None
    """Eager torch, where the engine's own memory cannot be seen from here; it takes no more."""
    remark: str | None = None
    """Why it is not the fastest engine that is installed."""


def open_engine(network: Network, name: str) -> Running:
    """Start a network on an engine by name; AUTO is EAGER until there is an image to try.

    Raises UsageError for an engine that is not known or not for this device, NotInstalledError,
    and EngineError where the network cannot run on it or gives other numbers than eager.
    """
    name = EAGER if name == AUTO else name
    check_engine(name)
    engine = ENGINES[name]
    kind = network.device.partition(":")[0]
    if kind not in engine.devices:
        raise UsageError(
            expected=f"an engine for {kind}",
            got=f"{name}, which runs on {' and '.join(engine.devices)}",
            now="give another --engine or --device",
        )
    if missing := _missing(engine):
        extra = name.partition("-")[0]
        raise NotInstalledError(
            expected=f"what the engine {name} needs",
            got=f"no {' and no '.join(missing)}",
            now="install one"
            if missing[0].endswith("compiler")
            else f"install it: pip install 'rainbench[{extra}]'",
        )
    if not engine.takes(network.module):
        raise EngineError(
            expected=f"a network that the engine {name} runs",
            got=type(network.module).__name__,
            now=f"run it by --engine {EAGER}",
        )
    derain = engine.start(network, engine)
    gauge = None
    if engine.needs:
        gauge = as_derainer(network.module, network.device, network.size)
    lanes = _lanes(network, engine)
    return Running(engine=name, dtype=engine.dtype, derain=derain, lanes=lanes, gauge=gauge)


def check_engine(name: str) -> None:
    """See that there is an engine of this name. Raises UnknownNameError."""
    if name not in (AUTO, *ENGINES):
        raise UnknownNameError.among("engine", name, (AUTO, *ENGINES))


def choose_engine(network: Network, eager: Running, first: Image, pixels: int) -> Running:
    """Choose the fastest float32 engine installed that repays its start and agrees with `eager`.

    `first` is the first of the images that there are to restore, `pixels` how many pixels they
    have together. An engine that fails or disagrees on it leaves `eager`, with a remark.
    """
    seconds = _seconds_per_pixel(eager, first, network.device) * pixels
    for name in FASTEST_FIRST:
        engine = ENGINES[name]
        here = network.device.partition(":")[0] in engine.devices and not _missing(engine)
        if not here or not engine.takes(network.module) or seconds < engine.repays:
            continue
        try:
            running = open_engine(network, name)
            _agreement(name, running.derain, eager.derain, first, engine.dtype)
        except NotInstalledError:  # a compiler that does not compile
            continue
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, eager torch is there
            why = error if isinstance(error, RainbenchError) else in_words(error)
            return replace(eager, remark=f"runs on {eager.engine} and not on {name}: {why}")
        return running
    return eager


def is_there(name: str) -> bool:
    """Whether what an engine needs is installed."""
    return not _missing(ENGINES[name])


def graph_engine() -> str:
    """Name the engine that a graph can be tried with here. Raises NotInstalledError."""
    for name in ("onnx", "openvino"):
        if is_there(name):
            return name
    raise NotInstalledError(
        expected="ONNX Runtime or OpenVINO, to try what is exported",
        got="neither",
        now="install one: pip install 'rainbench[onnx]'",
    )


def check_graph(engine: str, graph: bytes, network: Network) -> float:
    """Try an exported network on `graph_engine`'s engine; return how far it is from eager torch.

    Raises EngineError where that is too far.
    """
    module = import_module(f"rainbench.restorers.{engine}")
    derain: Derain = module.open_graph(graph, network.size)
    return _probe(engine, derain, network, FLOAT32)


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


def _agreement(name: str, derain: Derain, eager: Derain, image: Image, dtype: str) -> float:
    apart = float(np.abs(derain(image) - eager(image)).max())
    if not apart <= AGREEMENT[dtype]:  # NaN too
        height, width = image.shape[:2]
        raise EngineError(
            expected=f"{name} to agree with eager torch within {AGREEMENT[dtype]:g}",
            got=f"{apart:.2g} on {width}x{height} pixels",
            now=f"run it by --engine {EAGER}",
        )
    return apart


def _missing(engine: Engine) -> list[str]:
    return [each for each in engine.needs if not _is_installed(each)]


def _is_installed(need: str) -> bool:
    if need == C_COMPILER:
        return compiler() is not None
    if need == COMPILER:
        return sys.platform != "win32" and any(map(shutil.which, ("c++", "g++", "clang++")))
    return find_spec(need) is not None


def _lanes(network: Network, engine: Engine) -> Lanes | None:
    import torch

    count = min(MOST_LANES, torch.get_num_threads())
    if engine.alone is None or count == 1:
        return None
    return Lanes(count, engine.alone(network, engine))


def _start_torch(network: Network, engine: Engine) -> Derain:
    device, dtype = network.device, engine.dtype
    return as_derainer(network.module, device, network.size, channels_last=False, dtype=dtype)


def _start_channels_last(network: Network, engine: Engine) -> Derain:
    return as_derainer(network.module, network.device, network.size, dtype=engine.dtype)


def _start_native(network: Network, engine: Engine) -> Derain:
    from rainbench.kernels.calling import natively

    with natively():  # that nothing is missing shows here
        derain = _start_torch(network, engine)

    def derain_natively(rainy: Image) -> Image:
        with natively():
            return derain(rainy)

    return derain_natively


def _start_native_alone(network: Network, engine: Engine) -> Derain:
    from rainbench.kernels.calling import with_threads

    own = local()

    def derain_alone(rainy: Image) -> Image:
        if not hasattr(own, "derain"):
            # A network may keep things in itself while it runs.
            copy = replace(network, module=deepcopy(network.module))
            own.derain = _start_native(copy, engine)
        with with_threads(1):
            restored: Image = own.derain(rainy)
        return restored

    return derain_alone


def _has_kernels(module: nn.Module) -> bool:
    from rainbench.kernels.leaky import has_kernels

    return has_kernels(module)


def _start_compile(network: Network, engine: Engine) -> Derain:
    import torch

    # On a GPU one CUDA graph holds all kernels of an image, which are short.
    mode = "reduce-overhead" if network.device.startswith("cuda") else "default"
    # For each size anew, up to torch's limit of eight; others run as they are. For all sizes at
    # once torch 2.13 cannot work out how much MSFM pads.
    compiled = cast("nn.Module", torch.compile(network.module, mode=mode, dynamic=False))
    return as_derainer(compiled, network.device, network.size, dtype=engine.dtype)


def _start_onnx(network: Network, engine: Engine) -> Derain:
    from rainbench.restorers.onnx import open_graph

    derain = open_graph(to_graph(network.module, {}), network.size)
    _probe("onnx", derain, network, engine.dtype)
    return derain


def _start_openvino(network: Network, engine: Engine) -> Derain:
    from rainbench.restorers.openvino import open_graph

    derain = open_graph(to_graph(network.module, {}), network.size, dtype=engine.dtype)
    _probe("openvino", derain, network, engine.dtype)
    return derain


def _probe(name: str, derain: Derain, network: Network, dtype: str) -> float:
    """Try a graph on images of many remainders; return by how much it differs from eager torch.

    Raises EngineError where that is too much.
    """
    eager = as_derainer(network.module, network.device, network.size)
    images = [
        np.random.default_rng(height).random((height, width, 3), dtype=np.float32)
        for height, width in PROBES
    ]
    return max(_agreement(name, derain, eager, 0.3 + 0.4 * image, dtype) for image in images)


C_COMPILER, COMPILER = "C compiler", "C++ compiler"
_ONNX, _OPENVINO = ("onnx", "onnxruntime"), ("onnx", "openvino")

ENGINES: Mapping[str, Engine] = MappingProxyType(
    {
        "torch": Engine(_start_torch),
        "channels_last": Engine(_start_channels_last),
        "channels_last-tf32": Engine(_start_channels_last, TF32, ("cuda",)),
        "channels_last-bf16": Engine(_start_channels_last, BFLOAT16),
        "native": Engine(
            _start_native,
            devices=("cpu",),
            needs=(C_COMPILER,),
            repays=2.0,
            alone=_start_native_alone,
            takes=_has_kernels,
        ),
        "compile": Engine(_start_compile, needs=(COMPILER,), repays=120.0),
        "compile-tf32": Engine(_start_compile, TF32, ("cuda",), needs=(COMPILER,)),
        "compile-bf16": Engine(_start_compile, BFLOAT16, needs=(COMPILER,)),
        "onnx": Engine(_start_onnx, devices=("cpu",), needs=_ONNX, repays=6.0),
        "openvino": Engine(_start_openvino, devices=("cpu",), needs=_OPENVINO, repays=6.0),
        "openvino-bf16": Engine(_start_openvino, BFLOAT16, ("cpu",), needs=_OPENVINO),
    }
)
"""Every engine by its name, the reference first: eager torch in torch's usual memory order."""

FASTEST_FIRST = ("native", "openvino", "onnx", "compile")
"""What AUTO tries, as far as it is installed."""
