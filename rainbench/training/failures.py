"""What ends a training, said in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rainbench.errors import TrainingError, in_words

NO_ROOM = ("out of memory", "not enough memory", "can't allocate memory")
"""What torch says on a GPU and on the CPU where there is no memory left."""

LONGEST = 200
"""Characters at most of another library's words."""


@contextmanager
def within_memory() -> Iterator[None]:
    """Turn a shortage of memory into a TrainingError; other errors pass."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not isinstance(error, MemoryError) and not any(each in str(error) for each in NO_ROOM):
            raise
        raise TrainingError(
            expected="enough memory for a step and for validation",
            got=in_words(error)[:LONGEST],
            now="give a smaller --batch or --patch; what was saved is kept",
        ) from error


def too_far(expected: str, got: str) -> TrainingError:
    """Say that the weights have left what can be computed with, and how to train instead."""
    return TrainingError(
        expected=expected,
        got=got,
        now="go on with a lower --learning-rate in another --output",
    )
