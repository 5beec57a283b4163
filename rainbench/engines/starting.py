"""How a network is started on each engine."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from threading import local
from typing import TYPE_CHECKING, cast

from rainbench.engines.agreement import probe
from rainbench.engines.engine import Derain, Engine, Network
from rainbench.engines.graph import to_graph
from rainbench.engines.network import as_derainer

if TYPE_CHECKING:
    from torch import nn

    from rainbench.image import Image


def start_torch(network: Network, engine: Engine) -> Derain:
    """Start torch as it is, in its usual memory order."""
    device, dtype = network.device, engine.dtype
    return as_derainer(network.module, device, network.size, channels_last=False, dtype=dtype)


def start_channels_last(network: Network, engine: Engine) -> Derain:
    """Start torch in channels-last memory."""
    return as_derainer(network.module, network.device, network.size, dtype=engine.dtype)


def start_native(network: Network, engine: Engine) -> Derain:
    """Start our own kernels. Raises NotInstalledError without them."""
    from rainbench.kernels.calling import natively

    with natively():  # that nothing is missing shows here
        derain = start_torch(network, engine)

    def derain_natively(rainy: Image) -> Image:
        with natively():
            return derain(rainy)

    return derain_natively


def start_native_alone(network: Network, engine: Engine) -> Derain:
    """Start our own kernels so that an image takes the thread that calls, and no other."""
    from rainbench.kernels.calling import with_threads

    own = local()

    def derain_alone(rainy: Image) -> Image:
        if not hasattr(own, "derain"):
            # A network may keep things in itself while it runs.
            copy = replace(network, module=deepcopy(network.module))
            own.derain = start_native(copy, engine)
        with with_threads(1):
            restored: Image = own.derain(rainy)
        return restored

    return derain_alone


def start_compile(network: Network, engine: Engine) -> Derain:
    """Start what torch compiles."""
    return as_derainer(compiled(network), network.device, network.size, dtype=engine.dtype)


def compiled(network: Network) -> nn.Module:
    """Let torch compile a network, each size of image at its first call."""
    import torch

    # On a GPU one CUDA graph holds all kernels of an image, which are short.
    mode = "reduce-overhead" if network.device.startswith("cuda") else "default"
    # For each size anew, up to torch's limit of eight; others run as they are. For all sizes at
    # once torch 2.13 cannot work out how much MSFM pads.
    return cast("nn.Module", torch.compile(network.module, mode=mode, dynamic=False))


def start_onnx(network: Network, engine: Engine) -> Derain:
    """Start ONNX Runtime. Raises EngineError where it gives other numbers."""
    from rainbench.engines.onnx import open_graph

    derain = open_graph(to_graph(network.module, {}), network.size)
    probe("onnx", derain, network, engine.dtype)
    return derain


def start_openvino(network: Network, engine: Engine) -> Derain:
    """Start OpenVINO. Raises EngineError where it gives other numbers."""
    from rainbench.engines.openvino import open_graph

    derain = open_graph(to_graph(network.module, {}), network.size, dtype=engine.dtype)
    probe("openvino", derain, network, engine.dtype)
    return derain
