"""What a plug-in must hold to, tried out on it: one verdict a check."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rainbench.conformance.verdict import Conformance
from rainbench.errors import UnknownNameError, UsageError
from rainbench.registry import entries, find_dataset_plugin
from rainbench.shelves.plugin import CONSTANTS
from rainbench.shelves.source import describe
from rainbench.specification import parse_method


def check(words: str, *, weights: Path | None = None) -> Conformance:
    """Try everything that a method or a dataset must hold to, on made-up pictures.

    Takes and raises what `prepare_check` does.
    """
    return prepare_check(words, weights=weights)()


def prepare_check(words: str, *, weights: Path | None = None) -> Callable[[], Conformance]:
    """Find a method or a dataset and make ready to try what it must hold to.

    Args:
        words: METHOD as on the command line, a dataset's name or alias, or a .py file of either.
        weights: a file for a learned method; None: those at hand, or the network as it is built.

    Raises what finding it, and reading its weights, raises; what it does wrong is in a verdict.
    """
    from rainbench.conformance.dataset import prepare_dataset
    from rainbench.conformance.method import prepare_method

    if _is_dataset(words):
        if weights is not None:
            raise UsageError(
                expected=f"no weights for the dataset {words}", got=str(weights), now="leave it out"
            )
        return prepare_dataset(words)
    return prepare_method(words, weights=weights)


def _is_dataset(words: str) -> bool:
    """Whether a dataset is meant: a file that says so, or a name that no method has."""
    if words.endswith(".py"):
        return describe(Path(words), CONSTANTS["datasets"]).problem is None
    if parse_method(words).name in entries("methods"):
        return False
    try:
        find_dataset_plugin(words)
    except UnknownNameError:
        return False
    return True
