"""A network in an ONNX file, run by ONNX Runtime.

Its one input and its one output are (N, 3, H, W) float32, RGB in [0, 1]; overshoot is kept. What
else there is to know may stand in the file's metadata, under the keys of METADATA.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from rainbench.engines.network import around
from rainbench.engines.onnx import Graph, start_session
from rainbench.errors import PluginError
from rainbench.evidence.marks import NOT_STATED
from rainbench.method import SizeRule
from rainbench.restorers.bare import BareNetwork, OpenNetwork
from rainbench.restorers.weights import file_sha256

METADATA = {
    "rainbench.multiple_of": "height and width must divide by this, in pixels",
    "rainbench.minimum": "the smallest height and width, in pixels",
    "rainbench.trained_on": 'the training data: "rain100l:train"',
    "rainbench.method": "the method that it is",
    "rainbench.settings": "the method's settings, as JSON",
    "rainbench.weights_sha256": "the digest of the weights file that it was made of",
}
"""What a file may say of itself."""

# An entry of the file's protobuf that names a file beside it, in which large tensors lie
# (onnx.proto, TensorProto.external_data): the key "location", then the value's length and text.
_SIDE_FILE = re.compile(rb"\x0a\x08location\x12([\x01-\x7f])")


@dataclass(frozen=True)
class OnnxNetwork(BareNetwork):
    """A network in an ONNX file."""

    path: Path

    def open(self, device: str) -> OpenNetwork:
        """Make it ready on a device. Raises NotInstalledError too."""
        session, device = start_session(str(self.path), str(self.path), device)
        said = session.get_modelmeta().custom_metadata_map
        return OpenNetwork(
            derain=around(Graph(self.path.name, session), _size_rule(self.path, said)),
            engine="onnxruntime",
            device=device,
            weights_sha256=self.sha256,
            trained_on=said.get("rainbench.trained_on", NOT_STATED),
        )

    @property
    def sha256(self) -> str:
        """Digest the file, and the files beside it that hold its larger tensors."""
        whole = file_sha256(self.path)
        content = self.path.read_bytes()
        ends = ((m.end(), content[m.start(1)]) for m in _SIDE_FILE.finditer(content))
        names = {content[end : end + length].decode(errors="replace") for end, length in ends}
        files = {name: self.path.parent / name for name in names}
        beside = [f"{name} {file_sha256(files[name])}" for name in files if files[name].is_file()]
        return sha256("\n".join([whole, *sorted(beside)]).encode()).hexdigest() if beside else whole


def _size_rule(path: Path, said: Mapping[str, str]) -> SizeRule:
    numbers = []
    for key in ("rainbench.multiple_of", "rainbench.minimum"):
        text = said.get(key, "1")
        if not re.fullmatch(r"[1-9][0-9]{0,4}", text):
            raise PluginError(
                expected=f"a whole number from 1 on as {key} in {path}",
                got=repr(text),
                now="correct the file's metadata",
            )
        numbers.append(int(text))
    return SizeRule(*numbers)
