"""An ONNX graph run by ONNX Runtime, on the CPU or a GPU: the extra `rainbench[onnx]`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rainbench.engines.network import around
from rainbench.errors import MethodError, NotInstalledError, PluginError, UsageError, in_words
from rainbench.method import SizeRule

if TYPE_CHECKING:
    import onnxruntime

    from rainbench.image import Image

_LONGEST_WORDS = 300
_CPU, _CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"


def open_graph(graph: bytes, size: SizeRule) -> Callable[[Image], Image]:
    """Make a function of one image out of a graph in memory, on the CPU.

    As many threads as torch has. Raises NotInstalledError and PluginError.
    """
    import torch

    session, _ = start_session(graph, "an exported network", "cpu", threads=torch.get_num_threads())
    return around(Graph("the exported network", session), size)


@dataclass(frozen=True)
class Graph:
    """A session whose input and output are as they must be: a function of batches."""

    name: str
    session: onnxruntime.InferenceSession

    def __post_init__(self) -> None:
        for kind, ends in (
            ("input", self.session.get_inputs()),
            ("output", self.session.get_outputs()),
        ):
            if len(ends) != 1:
                names = ", ".join(each.name for each in ends) or "none"
                raise self._unfit(f"one {kind}", f"{len(ends)} ({names})")
            shape = ends[0].shape
            if ends[0].type != "tensor(float)":
                raise self._unfit(f"a float32 {kind}", str(ends[0].type))
            if len(shape) != 4 or not _may_be(shape[0], 1) or not _may_be(shape[1], 3):
                raise self._unfit(f"an {kind} of shape (N, 3, H, W)", f"{_shown(shape)}")

    def __call__(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Restore a batch, (1, 3, H, W). Raises MethodError."""
        self._check_size(batch.shape)
        name = self.session.get_inputs()[0].name
        try:
            restored: Any = self.session.run(None, {name: np.ascontiguousarray(batch)})[0]
        except Exception as error:
            raise MethodError(
                expected=f"{self.name} to restore {batch.shape[3]}x{batch.shape[2]} pixels",
                got=in_words(error)[:_LONGEST_WORDS],
                now="if it takes certain sizes alone, say so in its metadata "
                "(rainbench.multiple_of, rainbench.minimum)",
            ) from error
        if restored.shape != batch.shape:
            raise MethodError(
                expected=f"shape {batch.shape} from {self.name}, as its input",
                got=f"{restored.shape}",
                now="export the network so that it returns the restored image alone",
            )
        return np.asarray(restored)

    def _check_size(self, shape: tuple[int, ...]) -> None:
        fixed = self.session.get_inputs()[0].shape
        if not (_may_be(fixed[2], shape[2]) and _may_be(fixed[3], shape[3])):
            raise MethodError(
                expected=f"an image of {_side(fixed[3])}x{_side(fixed[2])} pixels, which is all "
                f"that {self.name} takes",
                got=f"{shape[3]}x{shape[2]}",
                now="export it with dynamic height and width",
            )

    def _unfit(self, expected: str, got: str) -> PluginError:
        return PluginError(
            expected=f"{expected} of the network in {self.name}",
            got=got,
            now="export it as (N, 3, H, W) float32 to the same",
        )


def start_session(
    graph: str | bytes, name: str, device: str, *, threads: int = 0
) -> tuple[onnxruntime.InferenceSession, str]:
    """Read a file, or its content; return the session, and the device that it is on."""
    runtime = _import_runtime(name)
    providers = _providers(device, runtime.get_available_providers())
    options = runtime.SessionOptions()
    options.log_severity_level = 4  # what goes wrong comes as an exception
    options.intra_op_num_threads = threads
    try:
        session = runtime.InferenceSession(graph, options, providers=providers)
    except Exception as error:
        raise PluginError(
            expected=f"an ONNX network in {name}",
            got=in_words(error)[:_LONGEST_WORDS],
            now="export it again",
        ) from error
    # ONNX Runtime falls back to the CPU without a word.
    there = session.get_providers()
    if _CUDA in there:
        return session, "cuda" if device == "auto" else device
    if device.startswith("cuda"):
        raise _no_cuda(device, there)
    return session, "cpu"


def _import_runtime(name: str) -> ModuleType:
    try:
        return import_module("onnxruntime")
    except ImportError as error:
        raise NotInstalledError(
            expected=f"ONNX Runtime, to run {name}",
            got=f"none ({error})",
            now="install it: pip install 'rainbench[onnx]'",
        ) from error


def _providers(device: str, there: Sequence[str]) -> list[Any]:
    """Say what to run on, the best first; "auto" takes a GPU where ONNX Runtime has one."""
    kind, _, index = device.partition(":")
    if kind == "cuda" and _CUDA not in there:
        raise _no_cuda(device, there)
    if kind == "cpu" or _CUDA not in there:
        return [_CPU]
    return [(_CUDA, {"device_id": index or "0"}), _CPU]


def _no_cuda(device: str, there: Sequence[str]) -> UsageError:
    return UsageError(
        expected=f"an ONNX Runtime that can use {device}",
        got=f"one with {', '.join(there)}",
        now="give --device auto, or install onnxruntime-gpu",
    )


def _may_be(dimension: object, length: int) -> bool:
    """Whether an axis may be so long: one of any length has a name, or none, for its length."""
    return not isinstance(dimension, int) or dimension == length


def _side(dimension: object) -> str:
    return str(dimension) if isinstance(dimension, int) else "any"


def _shown(shape: Sequence[object]) -> str:
    return "(" + ", ".join(map(_side, shape)) + ")"
