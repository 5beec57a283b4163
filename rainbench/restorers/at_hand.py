"""Weights at hand: those that ship with a method, and files that people name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rainbench.errors import UnknownNameError, UsageError, WeightsError
from rainbench.evidence.marks import NOT_STATED, named_splits
from rainbench.method import LearnedMethod, Method, Setting, Weights
from rainbench.restorers.settings import keywords
from rainbench.restorers.weights import file_sha256, read_record
from rainbench.shelves.plugin import Plugin
from rainbench.specification import MethodSpecification
from rainbench.training.budget import budget_in_words
from rainbench.training.checkpoint import BEST_WEIGHTS, LAST_WEIGHTS

Settings = Mapping[str, Setting]


@dataclass(frozen=True)
class FoundWeights:
    """A weights file at hand, and what is known of it."""

    path: Path
    name: str
    """What the row of a table calls them."""
    sha256: str
    trained_on: str
    budget: str = ""
    """How long they were trained: "6,000 of 400,000 steps"; empty: nobody said."""
    repeats: str = ""
    """The same for weights that were trained alike but for the seed; empty: nobody said."""


def check_weights(plugin: Plugin[Method], words: MethodSpecification, weights: Path | None) -> None:
    """See that the weights asked for can be meant; nothing is read. Raises UsageError."""
    if words.weights and weights:
        raise UsageError(
            expected="weights given once", got=f"{words} and {weights}", now="leave one out"
        )
    named = str(weights) if weights else words.weights
    if named is None:
        return
    if not isinstance(plugin.value, LearnedMethod):
        raise UsageError(
            expected=f"no weights for {plugin.name}, which learns nothing",
            got=repr(named),
            now="leave the weights out",
        )
    known = plugin.value.weights
    if named in known or Path(named).is_file():
        return
    if Path(named).suffix or Path(named).exists() or len(Path(named).parts) > 1:
        raise UsageError(
            expected=f"a weights file at {named}",
            got="a folder" if Path(named).is_dir() else "none",
            now="check the path",
        )
    raise UnknownNameError.among(f"weights file of {plugin.name}", named, known)


def find_weights(
    plugin: Plugin[Method], settings: Settings, *, words: str | None, dataset: str | None
) -> FoundWeights:
    """Choose among a method's weights: by name or path, by the dataset, or the first that fit.

    Weights fit when their settings are among `settings`. Raises WeightsError where none are at
    hand.
    """
    known = known_weights(plugin)
    if words is not None:
        if words in known:
            return _at_hand(plugin, words, known[words])
        return _recognised(Path(words), known)
    fitting = {
        name: entry
        for name, entry in known.items()
        if entry.shipped and entry.settings.items() <= settings.items()
    }
    for name, entry in fitting.items():
        if dataset is not None and named_splits(entry.trained_on) == {(dataset, "train")}:
            return _at_hand(plugin, name, entry)
    if fitting:
        return _at_hand(plugin, *next(iter(fitting.items())))
    raise WeightsError(
        expected=f"weights for {plugin.name} with these settings",
        got="none at hand",
        now=_how_to_get(plugin, settings),
    )


def known_weights(plugin: Plugin[Method]) -> dict[str, Weights]:
    """Return a method's weights by name; of those that ship, with what their files say.

    Raises WeightsError for a file that cannot be read.
    """
    method = plugin.value
    known = method.weights if isinstance(method, LearnedMethod) else {}
    return {name: _described(plugin, entry) for name, entry in known.items()}


def _described(plugin: Plugin[Method], entry: Weights) -> Weights:
    if not entry.shipped or entry.trained_on:
        return entry
    said = read_record(_shipped_file(plugin, entry)) or {}
    return replace(
        entry, trained_on=str(said.get("trained_on", NOT_STATED)), settings=said.get("settings", {})
    )


def shipped_budget(plugin: Plugin[Method], entry: Weights) -> str:
    """Say how long weights were trained, as their file says; empty: it is not at hand, or silent.

    Raises WeightsError for a file that cannot be read.
    """
    if not entry.shipped:
        return ""
    return _training(read_record(_shipped_file(plugin, entry)))[0]


def why_untrainable(method: Method, settings: Settings) -> str | None:
    """Say what to do where a method's recipe does not train these settings; None: it does."""
    untrainable = method.untrainable if isinstance(method, LearnedMethod) else {}
    for name, values in untrainable.items():
        if settings[name] in values:
            return values[settings[name]]
    return None


def _how_to_get(plugin: Plugin[Method], settings: Settings) -> str:
    instead = why_untrainable(plugin.value, settings)
    if instead is not None:
        return instead
    known = plugin.value.weights if isinstance(plugin.value, LearnedMethod) else {}
    had = [f"{name} ({entry.source})" for name, entry in known.items() if not entry.shipped]
    return f"train them with `rainbench train --method {_words(plugin, settings)}`" + (
        f", or give --weights with a file: {'; '.join(had)}" if had else ""
    )


def _words(plugin: Plugin[Method], settings: Settings) -> str:
    """Write a learned method and what of its settings is not the default, as METHOD words."""
    method = plugin.value
    usual = keywords(method.network) if isinstance(method, LearnedMethod) else {}
    other = [
        f"{name}={str(value).lower() if isinstance(value, bool) else value}"
        for name, value in settings.items()
        if name in usual and value != usual[name].default
    ]
    return plugin.name + (f":{','.join(other)}" if other else "")


def _at_hand(plugin: Plugin[Method], name: str, entry: Weights) -> FoundWeights:
    if not entry.shipped:
        raise WeightsError(
            expected=f"the weights {name!r} of {plugin.name} at hand",
            got="a file that does not ship with rainbench",
            now=f"fetch {entry.source}, and write {plugin.name}@FILE",
        )
    path = _shipped_file(plugin, entry)
    digest = file_sha256(path)
    if digest != entry.sha256:
        raise WeightsError(
            expected=f"{path} with SHA-256 {entry.sha256}", got=digest, now="reinstall rainbench"
        )
    return FoundWeights(path, name, digest, entry.trained_on, *_training(read_record(path)))


def _shipped_file(plugin: Plugin[Method], entry: Weights) -> Path:
    own = plugin.origin.parent
    # A method of several files is a folder on the shelf.
    shelf = own.parent if plugin.origin.name == "__init__.py" else own
    return shelf / "weights" / entry.source


def _recognised(path: Path, known: Mapping[str, Weights]) -> FoundWeights:
    """Name a user's file by its digest, else by what its own record says."""
    digest = file_sha256(path)
    for name, entry in known.items():
        if entry.sha256 == digest:
            training = _training(read_record(path)) if entry.shipped else ()
            return FoundWeights(path, name, digest, entry.trained_on, *training)
    record = read_record(path) or {}
    trained_on = str(record.get("trained_on", NOT_STATED))
    return FoundWeights(path, _name_of(path, record), digest, trained_on, *_training(record))


def _name_of(path: Path, record: Mapping[str, Any]) -> str:
    """Call a training run's weights by its folder, for their files are called alike."""
    if "kept" not in record or path.name not in (BEST_WEIGHTS, LAST_WEIGHTS):
        return path.stem
    folder = path.resolve().parent
    one_of_several = re.fullmatch(r"seed-\d+", folder.name) and folder.parent.name
    name = f"{folder.parent.name}-{folder.name}" if one_of_several else folder.name
    # What METHOD words part by has no place in a name.
    name = re.sub(r"[^\w.+=-]+", "-", name).strip("-") or path.stem
    return name + ("-last" if path.name == LAST_WEIGHTS else "")


def _training(record: Mapping[str, Any] | None) -> tuple[str, str]:
    """Say from a record how long weights were trained, and what their repetitions share."""
    said = record or {}
    steps, whole = said.get("steps_done", said.get("steps")), said.get("of_steps")
    if not isinstance(steps, int) or not isinstance(whole, int):
        return "", ""
    unfinished = steps != said.get("steps", steps)
    budget = budget_in_words(steps, whole)
    budget += " from trained weights" if said.get("start") else ""
    budget += ", unfinished," if unfinished else ""
    # Weights taken before the end are not trained alike, whatever the plan was.
    return budget, "" if unfinished else str(said.get("repeats", ""))
