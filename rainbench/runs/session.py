"""One process that worked on a run: when, where, and with what."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

import rainbench
from rainbench.costs.machine import processor as name_processor
from rainbench.runs.hold import command

if TYPE_CHECKING:
    from rainbench.data.opening import OpenDataset
    from rainbench.restorers.restorer import Restorer

# Asked for only where they are loaded: a method without a network needs no torch.
_LIBRARIES = {
    "numpy": "numpy",
    "opencv": "cv2",
    "torch": "torch",
    "onnxruntime": "onnxruntime",
    "openvino": "openvino",
}


@dataclass(frozen=True, kw_only=True)
class Session:
    """A line of sessions.jsonl; each image's line refers to it by number."""

    number: int
    """From 1 on, in order of start."""
    start: str = ""
    """UTC, ISO 8601, in seconds."""
    host: str = ""
    command: str = ""
    versions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    device: str = ""
    engine: str = ""
    processor: str = ""
    """As it calls itself: "AMD EPYC"; empty: an older record."""
    threads: int = 0
    of: int | None = None
    """Images that the dataset promised at the time."""
    data: str = ""
    """The folder its pictures lay in; empty: an older record."""

    @property
    def machine(self) -> tuple[str, str]:
        """What may move the last digits of a number: engine and device."""
        return self.engine, self.device

    def to_json(self) -> dict[str, object]:
        """Return the session as its line holds it."""
        return {**vars(self), "versions": dict(self.versions)}


def begin(number: int, restorer: Restorer, dataset: OpenDataset) -> Session:
    """Describe this process, about to run `restorer` on `dataset`."""
    return Session(
        number=number,
        start=datetime.now(UTC).isoformat(timespec="seconds"),
        host=platform.node(),
        command=command(),
        versions=versions(),
        device=restorer.device,
        engine=restorer.engine,
        processor=name_processor(),
        threads=_threads(),
        of=dataset.promised,
        data=str(dataset.folder.resolve()),
    )


def versions() -> dict[str, str]:
    """Return the versions of what makes numbers: python, rainbench, and the loaded libraries."""
    found = {"python": platform.python_version(), "rainbench": rainbench.__version__}
    for name, module in _LIBRARIES.items():
        if module in sys.modules:
            found[name] = str(sys.modules[module].__version__)
    return found


def _threads() -> int:
    torch = sys.modules.get("torch")
    return int(torch.get_num_threads()) if torch else os.cpu_count() or 1
