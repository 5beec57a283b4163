"""What the shelf's networks cost, kept in the cache: torch takes seconds to get ready to count."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from hashlib import sha256
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import rainbench
from rainbench.costs.profile import PROBE, Cost
from rainbench.data.place import cache_place
from rainbench.method import Setting
from rainbench.shelves.plugin import Plugin


def keep_cost(
    plugin: Plugin[Any], settings: Mapping[str, Setting], measure: Callable[[], Cost]
) -> Cost:
    """Return what `measure` measured of a network, the first time that it was asked.

    Kept for this very source, these settings and this torch, and only of the shelf's methods,
    whose source is all of them: a user's file may build its network from what another file says.
    A cache that cannot be read or written is done without. Raises what `measure` raises.
    """
    if not any(plugin.origin.is_relative_to(folder) for folder in _shelf()):
        return measure()
    file = cache_place() / "costs" / f"{_key(plugin, settings)}.json"
    kept = _read(file)
    if kept is None:
        kept = measure()
        _write(file, kept)
    return kept


def _shelf() -> list[str]:
    return list(import_module("rainbench.methods").__path__)


def _key(plugin: Plugin[Any], settings: Mapping[str, Setting]) -> str:
    versions = rainbench.__version__, version("torch"), PROBE
    decides = json.dumps([plugin.source_sha256, dict(settings), versions])
    return sha256(decides.encode()).hexdigest()


def _read(file: Path) -> Cost | None:
    try:
        found = json.loads(file.read_bytes())
        return Cost(int(found["parameters"]), float(found["macs_per_pixel"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _write(file: Path, cost: Cost) -> None:
    part = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(asdict(cost)), encoding="utf-8")
        part.replace(file)
    except OSError:
        with suppress(OSError):
            part.unlink()
