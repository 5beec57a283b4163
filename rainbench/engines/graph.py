"""A network as an ONNX graph of one input and one output, (N, 3, H, W), any height and width."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from rainbench.errors import EngineError, in_words

if TYPE_CHECKING:
    from torch import nn

OPSET = 17
"""Of ONNX 1.12: what every runtime of the last years reads."""

EXAMPLE, ANOTHER = (1, 3, 64, 96), (1, 3, 80, 128)
"""What the network is traced with, and what it must do the same for."""

RAINY, RESTORED = "rainy", "restored"
"""The names of input and output."""

_LONGEST_WORDS = 300


def to_graph(network: nn.Module, said: Mapping[str, str]) -> bytes:
    """Trace a network on the CPU into an ONNX file's content; `said` goes into its metadata.

    What the network decides by an image's size is decided as for EXAMPLE: whoever runs the graph
    must try it on other sizes. Raises EngineError where torch cannot export the network, or where
    it does more at one size than at another, as one that goes from row to row.
    """
    import torch

    network = network.eval().cpu()
    free = {2: "height", 3: "width"}
    content = io.BytesIO()
    try:
        with warnings.catch_warnings(), torch.inference_mode():
            _refuse_changeable(network)
            warnings.simplefilter("ignore")  # of what is decided by sizes, see above
            # torch's newer exporter takes a minute for what this one does in a second.
            torch.onnx.export(
                network,
                (torch.rand(EXAMPLE),),
                content,  # type: ignore[arg-type]
                dynamo=False,
                opset_version=OPSET,
                input_names=[RAINY],
                output_names=[RESTORED],
                dynamic_axes={RAINY: {0: "images", **free}, RESTORED: {0: "images", **free}},
            )
    except EngineError:
        raise
    except Exception as error:
        raise EngineError(
            expected="a network that torch can export as ONNX",
            got=in_words(error)[:_LONGEST_WORDS],
            now="run it by --engine torch",
        ) from error
    model = import_module("onnx").load_from_string(content.getvalue())
    for key, value in said.items():
        model.metadata_props.add(key=key, value=value)
    whole: bytes = model.SerializeToString()
    return whole


def _refuse_changeable(network: nn.Module) -> None:
    """See that a network is one graph for all sizes. Raises EngineError."""
    import torch

    from rainbench.engines.operations import CountingCalls

    counted = []
    for shape in (EXAMPLE, ANOTHER):
        with CountingCalls() as calls:
            network(torch.rand(shape))
        counted.append(calls.count)
    if counted[0] != counted[1]:
        raise EngineError(
            expected="a network that takes the same steps at every size",
            got=f"{counted[0]} for {EXAMPLE[3]}x{EXAMPLE[2]} pixels and {counted[1]} for "
            f"{ANOTHER[3]}x{ANOTHER[2]}",
            now="run it by --engine torch or channels_last",
        )
