"""An ONNX graph run by OpenVINO on the CPU: the extra `rainbench[openvino]`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rainbench.engines.network import BFLOAT16, FLOAT32, around
from rainbench.errors import EngineError, MethodError, in_words

if TYPE_CHECKING:
    from rainbench.image import Image
    from rainbench.method import SizeRule

HINTS = {FLOAT32: "f32", BFLOAT16: "bf16"}

REPEATS = 4
"""Compiled for its size a graph is faster by a fifth, which repays itself after so many images."""

SIZES = 2
"""Sizes compiled for at a time, for each holds memory: upright and lying, as in most datasets."""

LARGEST = 1024 * 1024
"""Pixels above which nothing is compiled for a size, for want of memory."""


def open_graph(graph: bytes, size: SizeRule, *, dtype: str = FLOAT32) -> Callable[[Image], Image]:
    """Make a function of one image out of a graph of any height and width.

    As many threads as torch has. Raises EngineError where OpenVINO cannot run the graph, or not
    in this dtype on this processor.
    """
    import torch

    return around(_Compiled(graph, dtype, torch.get_num_threads()), size)


class _Compiled:
    """A graph compiled for any size, and for those that come again and again."""

    def __init__(self, graph: bytes, dtype: str, threads: int) -> None:
        import openvino

        self._hints = {
            # Left to itself it computes in less than float32 wherever the processor can.
            "INFERENCE_PRECISION_HINT": HINTS[dtype],
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": threads,
        }
        self._core = openvino.Core()
        try:
            # The reader of ONNX and nothing of openvino.tools, which reports on its users.
            self._model = self._core.read_model(graph)
            self._any = self._compile(self._model)
        except RuntimeError as error:
            raise EngineError(
                expected="a graph that OpenVINO can run",
                got=in_words(error)[:300],
                now="give another --engine",
            ) from error
        if f"'{dtype}'" not in str(self._precision()):
            raise EngineError(
                expected=f"a processor that computes in {dtype}",
                got="one that does not",
                now="leave the reduced precision out",
            )
        self._seen: Counter[tuple[int, ...]] = Counter()
        self._for_size: dict[tuple[int, ...], Any] = {}

    def __call__(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Restore a batch, (1, 3, H, W)."""
        try:
            request = self._request(batch.shape)
            request.infer({0: np.ascontiguousarray(batch)})
            restored: NDArray[np.float32] = request.get_output_tensor(0).data.copy()
        except RuntimeError as error:
            raise MethodError(
                expected=f"OpenVINO to restore {batch.shape[3]}x{batch.shape[2]} pixels",
                got=in_words(error)[:300],
                now="give another --engine",
            ) from error
        return restored

    def _request(self, shape: tuple[int, ...]) -> Any:  # noqa: ANN401 - OpenVINO states no types
        self._seen[shape] += 1
        if self._seen[shape] == REPEATS and shape[2] * shape[3] <= LARGEST:
            model = self._model.clone()
            model.reshape(list(shape))
            self._for_size[shape] = self._compile(model)
            if len(self._for_size) > SIZES:
                del self._for_size[next(iter(self._for_size))]
        return self._for_size.get(shape, self._any)

    def _compile(self, model: Any) -> Any:  # noqa: ANN401
        return self._core.compile_model(model, "CPU", self._hints).create_infer_request()

    def _precision(self) -> object:
        return self._any.get_compiled_model().get_property("INFERENCE_PRECISION_HINT")
