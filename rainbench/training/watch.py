"""Who is told how a training run goes, and what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rainbench.training.checkpoint import State
from rainbench.training.validation import Sample


@dataclass(frozen=True)
class Moment:
    """How far a training run is."""

    step: int
    steps: int
    loss: float
    """Mean over the steps since the last moment."""
    validation_db: float
    """Mean PSNR on the validation pictures, in the headline protocol."""
    patches_per_second: float
    waiting: float = 0.0
    """Share of the steps' time that was spent waiting for batches."""


def _nothing(*_: object) -> None:
    return None


@dataclass(frozen=True, kw_only=True)
class Watch:
    """Who is told how a training run goes: functions, which do nothing unless given."""

    on_note: Callable[[str], None] = _nothing
    """Told what people should know, a sentence each time."""
    on_decoding: Callable[[str, int, int], None] = _nothing
    """Told of a dataset how many pictures are decoded, of how many."""
    on_step: Callable[[int, int, float], None] = _nothing
    """Told of steps done, of how many, and of the last loss."""
    on_moment: Callable[[Moment], None] = _nothing
    on_sample: Callable[[int, Sample], None] = _nothing
    """Told of a validation picture as it is restored after so many steps."""
    on_state: Callable[[State], None] = _nothing
    """Told of every state, once it is safe on the disk."""


UNWATCHED = Watch()
"""Nobody is told anything."""
