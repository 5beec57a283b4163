"""A learned method as an ONNX file, which any program can run: what `rainbench export` does."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from rainbench.engines.engine import Network
from rainbench.engines.graph import to_graph
from rainbench.engines.opening import check_graph, graph_engine
from rainbench.errors import UsageError
from rainbench.method import LearnedMethod
from rainbench.registry import find_method
from rainbench.restorers.at_hand import check_weights
from rainbench.restorers.preparation import load_network
from rainbench.specification import parse_method

SUFFIX = ".onnx"


@dataclass(frozen=True, kw_only=True)
class Exported:
    """What was written."""

    path: Path
    weights: str
    """Which of the method's, or a file's stem: "rendered-light"."""
    engine: str
    """Which tried the file: "onnx" or "openvino"."""
    apart: float
    """The most that its output differed from eager torch's, image values being in [0, 1]."""


def export_network(
    words: str, out: str | Path, *, weights: Path | None = None, overwrite: bool = False
) -> Exported:
    """Write a learned method's network with its weights as an ONNX file, for any height and width.

    Input and output are (N, 3, H, W) float32, RGB in [0, 1]. The file is tried on images of
    several sizes against eager torch before it appears. Its metadata say what it is: method,
    settings, the weights' SHA-256, what they were trained on, and the size rule.

    Raises UsageError, WeightsError, EngineError where the network cannot be exported or the file
    gives other numbers, and NotInstalledError where nothing is there to try it with.
    """
    out = Path(out)
    _check_place(out, overwrite)
    engine = graph_engine()
    asked = parse_method(words)
    plugin = find_method(asked.name)
    check_weights(plugin, asked, weights)
    method = plugin.value
    if not isinstance(method, LearnedMethod):
        raise UsageError(
            expected="a learned method", got=f"{plugin.name}, which has no network", now="name one"
        )
    loaded = load_network(plugin, method, asked, weights=weights)
    found, network = loaded.found, Network(loaded.network, "cpu", method.size)
    said = {
        "rainbench.method": plugin.name,
        "rainbench.settings": json.dumps(dict(loaded.settings), sort_keys=True),
        "rainbench.weights_sha256": found.sha256,
        "rainbench.trained_on": found.trained_on,
        "rainbench.multiple_of": str(method.size.multiple_of),
        "rainbench.minimum": str(method.size.minimum),
    }
    content = to_graph(network.module, said)
    apart = check_graph(engine, content, network)
    part = out.with_name(out.name + ".part")
    part.write_bytes(content)
    part.replace(out)
    return Exported(path=out, weights=found.name, engine=engine, apart=apart)


def _check_place(out: Path, overwrite: bool) -> None:
    if out.suffix.lower() != SUFFIX:
        raise UsageError(
            expected=f"an output that ends in {SUFFIX}", got=str(out), now="give another name"
        )
    if not out.parent.is_dir():
        raise UsageError(
            expected=f"a folder {out.parent} for the output", got="none", now="make it first"
        )
    if out.exists() and not overwrite:
        raise UsageError(
            expected=f"no file at {out}", got="one", now="give another output, or --overwrite"
        )
