"""A training run's state on disk: whole or not at all, with the one before kept."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

from rainbench.errors import RainbenchError, TrainingError
from rainbench.runs.journal import writing
from rainbench.training.log import LOG
from rainbench.training.plan import UNSAID

if TYPE_CHECKING:
    from torch import Tensor

LAST, PREVIOUS = "last.pt", "previous.pt"

BEST_WEIGHTS, LAST_WEIGHTS = "weights.safetensors", "last.safetensors"
"""The weights that validation scored highest, and those of the last step."""

EVERY, SHARES = 500, 5
"""Steps from one checkpoint to the next at most, and into how many parts they part a short
training: each costs a validation, which takes a slow network longer than some steps."""

READABLE = 40
"""Characters at most of a value that an error shows: digests are longer."""


@dataclass(frozen=True)
class State:
    """Everything a stopped run needs to go on to the bit."""

    step: int
    """Steps done."""
    identity: str
    """Digest of what decides the weights; another identity is another run."""
    network: dict[str, Tensor]
    optimiser: dict[str, Any]
    best_psnr_db: float
    best: dict[str, Tensor]
    """The network as it was when validation was highest."""
    best_step: int = 0
    """Steps done then."""
    curve: list[list[float]] = field(default_factory=list)
    """Steps done, mean loss since the last, and validation in dB, at every checkpoint so far."""
    decided_by: str = ""
    """What `identity` is the digest of, as JSON; empty: an older checkpoint."""


def usual_interval(steps: int) -> int:
    """Say how many steps lie between two checkpoints of so many steps, where nobody says it.

    A function of the steps alone, as the weights that score highest are chosen at checkpoints.
    """
    return min(EVERY, -(-steps // SHARES))


def save(folder: Path, state: State) -> None:
    """Write the state so that a kill at any moment leaves this one or the one before.

    Raises ResultsError where the disk does not take it: the one before is there still.
    """
    import torch

    content = io.BytesIO()
    torch.save(vars(state), content)  # to a file that is full it would end in errors of its own
    part = folder / "next.pt"
    with writing(folder / LAST):
        try:
            with part.open("wb") as file:
                file.write(content.getbuffer())
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            part.unlink(missing_ok=True)
            raise
        if (folder / LAST).exists():
            (folder / LAST).replace(folder / PREVIOUS)
        part.replace(folder / LAST)


def digest(decided_by: str) -> str:
    """Make an identity of what decides the weights, as JSON."""
    return sha256(decided_by.encode()).hexdigest()


def has_checkpoint(folder: Path) -> bool:
    """Whether a run in this folder has come to its first checkpoint, sound or not."""
    return any((folder / name).exists() for name in (LAST, PREVIOUS))


def load(folder: Path, decided_by: str) -> tuple[State | None, list[str]]:
    """Read the newest sound state, None for a fresh folder; set aside and name what is damaged.

    `decided_by` is what decides the weights of the run that asks, as JSON.

    Raises TrainingError when the folder holds a run of another identity, or weights or a log
    without any checkpoint: they would be written over.
    """
    damaged: list[Path] = []
    for name in (LAST, PREVIOUS):
        path = folder / name
        if not path.exists():
            continue
        state = _read(path)
        if state is None:
            damaged.append(path)
            with suppress(FileNotFoundError):  # another process of this run was first
                # Where it is, it would take the place of the one before at the next save.
                path.replace(path.with_suffix(".damaged"))
            continue
        if state.identity != digest(decided_by):
            raise TrainingError(
                expected=f"{folder} to hold this run",
                got=f"a run with {_difference(state.decided_by, decided_by)}",
                now="give another --output, or remove that folder",
            )
        return state, _told(damaged, "going on from the checkpoint before")
    if not damaged:
        _refuse_what_is_not_ours(folder)
    return None, _told(damaged, "beginning anew")


def _refuse_what_is_not_ours(folder: Path) -> None:
    """See that a run which begins writes over nothing. Raises TrainingError."""
    if any(folder.glob("*.damaged")):
        return  # this run's own, stopped once more before its first checkpoint
    for name in (BEST_WEIGHTS, LAST_WEIGHTS, LOG):
        if (folder / name).exists():
            raise TrainingError(
                expected=f"no {name} in {folder}, where no checkpoint is to go on from",
                got="one",
                now="give another --output, or move it away",
            )


def _difference(held: str, asked: str) -> str:
    """Say in what the run in a folder differs from the one that asks, both as JSON."""
    if not held:
        return "other data, settings, schedule or kernels (--arithmetic)"
    there, here = _flat(json.loads(held)), _flat(json.loads(asked))
    said = []
    for name in sorted(there.keys() | here.keys()):
        one, two = (str(each.get(name, "none")) for each in (there, here))
        if one != two:
            long = max(len(one), len(two)) > READABLE
            said.append(f"other {name}" if long else f"{name} {one}, not {two}")
    return ", ".join(said)


def _flat(parts: Mapping[str, Any]) -> dict[str, Any]:
    said = {**UNSAID, **{name: value for name, value in parts.items() if name != "settings"}}
    settings = {f"the setting {name}": value for name, value in parts.get("settings", {}).items()}
    return {
        name: "none" if value is None else value for name, value in {**said, **settings}.items()
    }


def _told(damaged: list[Path], what_now: str) -> list[str]:
    return [f"{path} is damaged, and set aside; {what_now}" for path in damaged]


def _read(path: Path) -> State | None:
    import torch

    try:
        with ZipFile(path) as archive:
            if archive.testzip() is not None:  # torch does not look at the checksums
                return None
        return State(**torch.load(path, weights_only=True, map_location="cpu"))
    except (RainbenchError, MemoryError):  # an order to stop, or no room: nothing is damaged
        raise
    except Exception:  # noqa: BLE001 - damage comes to any other error there is
        return None
