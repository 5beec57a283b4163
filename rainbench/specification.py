"""Words on the command line for a method, with its settings, and for a dataset.

    METHOD   NAME[.VARIANT][@WEIGHTS][:KEY=VALUE[,KEY=VALUE...]], or a path ending in .py or .onnx
             for NAME; or the path of a folder of restored pictures
    DATASET  NAME[:SPLIT], or a folder

Lists are separated by commas or made by repeating the flag. A piece KEY=VALUE of a list belongs
to the method before it: `msfm:layers=6,channels=8,prenet` is two methods.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from rainbench.errors import UsageError

# Weights may be a path, so they end where settings begin: at a colon before KEY=.
_METHOD = re.compile(
    r"(?P<name>.*?\.(?:py|onnx)(?=$|[.@:])|[^.@:,=/\\]+)"
    r"(?:\.(?P<variant>[^.@:,=/\\]+))?"
    r"(?:@(?P<weights>.+?))?"
    r"(?::(?P<settings>[A-Za-z_]\w*=.*))?"
)
_SETTING = re.compile(r"(?P<key>[A-Za-z_]\w*)=(?P<value>.*)")
_SEPARATOR = re.compile(r"[/\\]|^\.\.?$")
_SPLIT = re.compile(r"(?P<name>.+):(?P<split>[A-Za-z0-9_-]+)")

ONNX = ".onnx"
"""What ends the path of a network's file."""

GROUPS = ("all", "learned", "prior")
"""Names of METHOD that stand for several methods."""


@dataclass(frozen=True, kw_only=True)
class MethodSpecification:
    """What was asked for as a method: text, to be resolved where the method is at hand."""

    name: str
    """The plug-in's name, or the path of a user's file or folder."""
    variant: str | None = None
    weights: str | None = None
    """The name of weights, or the path of a file."""
    settings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def __str__(self) -> str:
        """Write the words that parse to this very value."""
        settings = ",".join(f"{key}={value}" for key, value in self.settings.items())
        variant = f".{self.variant}" if self.variant else ""
        weights = f"@{self.weights}" if self.weights else ""
        return f"{self.name}{variant}{weights}{':' if settings else ''}{settings}"

    @property
    def is_group(self) -> bool:
        """Whether this names a group of methods and not one."""
        return self.name in GROUPS

    @property
    def is_folder(self) -> bool:
        """Whether this is a folder of pictures that a method made, and not one to run."""
        return _is_folder(self.name)


@dataclass(frozen=True, kw_only=True)
class DatasetSpecification:
    """What was asked for as a dataset: a name, an alias or a path, and perhaps a split."""

    name: str
    split: str | None = None

    def __str__(self) -> str:
        """Write the words that parse to this very value."""
        return f"{self.name}:{self.split}" if self.split else self.name


def parse_methods(texts: Iterable[str]) -> list[MethodSpecification]:
    """Read lists of METHOD words; a method asked for twice is kept once. Raises UsageError."""
    found: dict[str, MethodSpecification] = {}
    for text in texts:
        for words in _join_settings(text):
            specification = _parse_method(words)
            found.setdefault(str(specification), specification)
    return list(found.values())


def parse_method(text: str) -> MethodSpecification:
    """Read the words for exactly one method. Raises UsageError."""
    found = parse_methods([text])
    if len(found) != 1:
        raise UsageError(
            expected="one method", got=f"{len(found)} in {text!r}", now="name one at a time"
        )
    return found[0]


def parse_untrained(text: str) -> MethodSpecification:
    """Read the words for exactly one method, without weights. Raises UsageError."""
    words = parse_method(text)
    if words.weights is not None:
        raise UsageError(
            expected="NAME[.VARIANT][:KEY=VALUE,...] without weights",
            got=repr(text),
            now=f"leave out '@{words.weights}'",
        )
    return words


def parse_datasets(texts: Iterable[str]) -> list[DatasetSpecification]:
    """Read lists of DATASET words; a dataset asked for twice is kept once. Raises UsageError."""
    found: dict[DatasetSpecification, None] = {}
    for text in texts:
        # A folder's name may hold a comma or a colon; what exists is meant.
        pieces = [text] if Path(text).exists() else text.split(",")
        for piece in pieces:
            found[_parse_dataset(piece.strip(), text)] = None
    return list(found)


def parse_size(text: str) -> tuple[int, int]:
    """Read WIDTHxHEIGHT, in pixels: width and height. Raises UsageError."""
    found = re.fullmatch(r"([1-9][0-9]{0,5})x([1-9][0-9]{0,5})", text)
    if found is None:
        raise UsageError(
            expected="a size in pixels, WIDTHxHEIGHT", got=repr(text), now="write 512x512"
        )
    return int(found[1]), int(found[2])


def _join_settings(text: str) -> list[str]:
    """Split a list at its commas, but keep settings with their method."""
    if _is_folder(text):
        return [text]  # its name may hold a comma
    joined: list[str] = []
    for piece in text.split(","):
        if not piece.strip():
            raise _unreadable(text, "an empty name")
        if not _SETTING.fullmatch(piece.strip()):
            joined.append(piece.strip())
        elif joined:
            comma = "," if ":" in joined[-1] else ":"
            joined[-1] += comma + piece.strip()
        else:
            raise _unreadable(text, f"the setting {piece!r} before any method")
    return joined


def _parse_method(words: str) -> MethodSpecification:
    if _is_folder(words):
        return MethodSpecification(name=words)
    match = _METHOD.fullmatch(words)
    if match is None and _SEPARATOR.search(words):
        raise UsageError(
            expected="a path ending in .py or .onnx, or a folder of restored pictures",
            got=f"none at {words!r}",
            now="check the path",
        )
    if match is None:
        raise _unreadable(words, repr(words))
    settings: dict[str, str] = {}
    for piece in (match["settings"] or "").split(","):
        setting = _SETTING.fullmatch(piece)
        if setting is None:
            continue  # only the empty text: _join_settings let nothing else through
        if setting["key"] in settings:
            raise _unreadable(words, f"{setting['key']} twice")
        settings[setting["key"]] = setting["value"]
    return MethodSpecification(
        name=match["name"],
        variant=match["variant"],
        weights=match["weights"],
        settings=MappingProxyType(dict(sorted(settings.items()))),
    )


def _is_folder(words: str) -> bool:
    """Whether a folder's path is meant; a bare word is a name, even beside a folder of it."""
    try:
        return bool(_SEPARATOR.search(words)) and Path(words).is_dir()
    except OSError:  # too long for a path
        return False


def _parse_dataset(piece: str, text: str) -> DatasetSpecification:
    if not piece:
        raise UsageError(
            expected="DATASET[:SPLIT], separated by commas",
            got=f"an empty name in {text!r}",
            now="remove the comma, or name a dataset",
        )
    match = _SPLIT.fullmatch(piece)
    if match is None or Path(piece).exists():
        return DatasetSpecification(name=piece)
    return DatasetSpecification(name=match["name"], split=match["split"])


def _unreadable(text: str, got: str) -> UsageError:
    return UsageError(
        expected="METHOD as NAME[.VARIANT][@WEIGHTS][:KEY=VALUE,...] or a path ending in .py "
        "or .onnx",
        got=got if text in got else f"{got} in {text!r}",
        now="see `rainbench list methods`",
    )
