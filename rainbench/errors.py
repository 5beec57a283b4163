"""Every error raised on purpose.

    RainbenchError
    ├── UsageError              what was asked for cannot be understood
    │   └── UnknownNameError    no method, dataset, report or protocol of that name
    ├── ImageError              a file is not a picture the suite accepts
    ├── DatasetError            a dataset is missing, incomplete or not what it says
    │   ├── MissingDatasetError it is not on this machine: how it can be had, in three lines
    │   └── DiskError           the disk is full or refuses, and the dataset is not at fault
    ├── PluginError             a plug-in breaks its contract before it runs
    ├── NotInstalledError       a command or a library that a method needs is not there
    ├── EngineError             a network does not run as it should on an engine
    ├── MethodError             a method broke its contract on an image
    ├── WeightsError            weights cannot be read, or do not fit the network
    ├── ProtocolError           numbers of different protocols were about to be mixed
    ├── ResultsError            a results folder cannot be trusted
    │   └── RunHeldError        another process is writing this run
    └── TrainingError           a training run cannot start or go on

Each is one sentence in three parts: what was expected, what was got, what to do now.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class RainbenchError(Exception):
    """The base of every error rainbench raises on purpose.

    Args (keywords only, each part of one sentence, without a full stop):
        expected: what should have been there.
        got: what was there instead, naming the file, the field or the value.
        now: what the reader can do about it.
    """

    exit_status = 1

    def __init__(self, *, expected: str, got: str, now: str) -> None:
        super().__init__(f"expected {expected}, got {got}; {now}")
        self.expected = expected
        self.got = got
        self.now = now

    def __reduce__(self) -> tuple[object, ...]:
        # Keyword-only arguments do not survive the default pickling between processes.
        return _rebuild, (type(self), self.expected, self.got, self.now)


def _rebuild(kind: type[RainbenchError], expected: str, got: str, now: str) -> RainbenchError:
    return kind(expected=expected, got=got, now=now)


def in_words(error: BaseException) -> str:
    """Say an error of other people's code: its class, and its words where it has any."""
    return ": ".join(part for part in (type(error).__name__, str(error)) if part)


class UsageError(RainbenchError):
    """What was asked for cannot be understood."""

    exit_status = 2


class UnknownNameError(UsageError):
    """No method, dataset, report or protocol has this name."""

    @classmethod
    def among(cls, kind: str, name: str, known: Iterable[str]) -> "UnknownNameError":
        """Build the error for an unknown `name`, with the nearest known names offered."""
        names = sorted(known)
        near = get_close_matches(name, names, n=3, cutoff=0.5)
        offer = (
            f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(names) or 'none'}"
        )
        return cls(expected=f"the name of a {kind}", got=f"{name!r}", now=offer)


class ImageError(RainbenchError):
    """A file is not a picture the suite accepts."""


class DatasetError(RainbenchError):
    """A dataset is missing, incomplete or not what it says it is."""


class MissingDatasetError(DatasetError):
    """A dataset is not on this machine; `now` says on lines of their own how it can be had."""


class DiskError(DatasetError):
    """The disk is full, or refuses; the dataset is not at fault."""


class PluginError(RainbenchError):
    """A plug-in breaks its contract before it runs."""


class NotInstalledError(RainbenchError):
    """A command or a library that a method needs is not installed."""


class EngineError(RainbenchError):
    """A network cannot run on an engine, or gives other numbers on it."""


class MethodError(RainbenchError):
    """A method broke its contract on an image."""


class WeightsError(RainbenchError):
    """Weights cannot be read safely, or do not fit the network."""


class ProtocolError(RainbenchError):
    """Numbers of different protocols were about to be mixed."""


class ResultsError(RainbenchError):
    """A results folder cannot be trusted."""


class RunHeldError(ResultsError):
    """Another process is writing this run."""


class TrainingError(RainbenchError):
    """A training run cannot start or go on."""
