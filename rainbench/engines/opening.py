"""The engines there are, and how one is opened by name."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from types import MappingProxyType
from typing import TYPE_CHECKING

from rainbench.engines import starting
from rainbench.engines.agreement import probe
from rainbench.engines.engine import AUTO, EAGER, Derain, Engine, Network, Running
from rainbench.engines.lanes import MOST_LANES, Lanes
from rainbench.engines.network import BFLOAT16, FLOAT32, TF32, as_derainer
from rainbench.errors import EngineError, NotInstalledError, UnknownNameError, UsageError
from rainbench.kernels.library import compiler

if TYPE_CHECKING:
    from torch import nn


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
    module = import_module(f"rainbench.engines.{engine}")
    derain: Derain = module.open_graph(graph, network.size)
    return probe(engine, derain, network, FLOAT32)


def _lanes(network: Network, engine: Engine) -> Lanes | None:
    import torch

    count = min(MOST_LANES, torch.get_num_threads())
    if engine.alone is None or count == 1:
        return None
    return Lanes(count, engine.alone(network, engine))


def _missing(engine: Engine) -> list[str]:
    return [each for each in engine.needs if not _is_installed(each)]


def _is_installed(need: str) -> bool:
    if need == C_COMPILER:
        return compiler() is not None
    if need == COMPILER:
        return sys.platform != "win32" and any(map(shutil.which, ("c++", "g++", "clang++")))
    return find_spec(need) is not None


def _has_kernels(module: nn.Module) -> bool:
    from rainbench.kernels.leaky import has_kernels

    return has_kernels(module)


C_COMPILER, COMPILER = "C compiler", "C++ compiler"
_ONNX, _OPENVINO = ("onnx", "onnxruntime"), ("onnx", "openvino")

ENGINES: Mapping[str, Engine] = MappingProxyType(
    {
        "torch": Engine(starting.start_torch),
        "channels_last": Engine(starting.start_channels_last),
        "channels_last-tf32": Engine(starting.start_channels_last, TF32, ("cuda",)),
        "channels_last-bf16": Engine(starting.start_channels_last, BFLOAT16),
        "native": Engine(
            starting.start_native,
            devices=("cpu",),
            needs=(C_COMPILER,),
            repays=2.0,
            alone=starting.start_native_alone,
            takes=_has_kernels,
        ),
        "compile": Engine(starting.start_compile, needs=(COMPILER,), repays=120.0),
        "compile-tf32": Engine(starting.start_compile, TF32, ("cuda",), needs=(COMPILER,)),
        "compile-bf16": Engine(starting.start_compile, BFLOAT16, needs=(COMPILER,)),
        "onnx": Engine(starting.start_onnx, devices=("cpu",), needs=_ONNX, repays=6.0),
        "openvino": Engine(starting.start_openvino, devices=("cpu",), needs=_OPENVINO, repays=6.0),
        "openvino-bf16": Engine(starting.start_openvino, BFLOAT16, ("cpu",), needs=_OPENVINO),
    }
)
"""Every engine by its name; first eager torch in its usual memory order."""
