"""What decides a number: the identity of a run, and the names of its files."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from math import isfinite
from typing import TYPE_CHECKING, Protocol

from rainbench.dataset import Given
from rainbench.method import Setting

if TYPE_CHECKING:
    from rainbench.restorers.restorer import Restorer

NUMERICS = 1
"""Bumped by hand when harness code moves numbers: older runs then stand apart from new ones."""

RESTORED_BY = "restored:"
"""Before a name in an identity: pictures that someone sent, which no method of the suite made."""

ID_DIGITS = 12
_LABEL_LENGTH = 64
_STEM_LENGTH = 120

# Windows opens these devices whatever the suffix.
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
# Path separators, control characters, and halves of a pair, which no UTF-8 file can hold.
_UNNAMED = re.compile(r"[/\\\x00-\x1f\x7f\ud800-\udfff]")
_DRIVE = re.compile(r"[A-Za-z]:")


class OpenData(Protocol):
    """What an identity asks of an opened dataset."""

    @property
    def name(self) -> str:
        """The dataset's name."""

    @property
    def release(self) -> str:
        """Which published state of it was found."""

    @property
    def split(self) -> str:
        """The part that was opened."""

    @property
    def input(self) -> Given:
        """Which picture of a pair methods are given."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """All that decides a run's numbers; two runs of one identity agree to 0.001 dB.

    Engine, device, threads, host and folders are not in it: they are in each session's line.
    A field that joins later is left out of `to_json` while it has its default, so that the
    ids of older runs hold.
    """

    method: str
    settings: Mapping[str, Setting]
    """Resolved: every keyword with its value."""
    method_sha256: str
    weights_sha256: str | None
    dataset: str
    release: str
    split: str
    tile: int | None = None
    dtype: str = "float32"
    seed: int = 0
    numerics: int = NUMERICS
    input: Given = "rainy"
    """What the method was given: the rainy picture, or the clean one, to see what it does to it."""

    @property
    def id(self) -> str:
        """Twelve hexadecimal digits of the identity's digest."""
        return digest(self.to_json())

    def to_json(self) -> dict[str, object]:
        """Return the identity as JSON holds it, settings in alphabetical order."""
        settings = {key: _plain(value) for key, value in sorted(self.settings.items())}
        fields = {**vars(self), "settings": settings}
        if self.input == "rainy":
            del fields["input"]
        return fields


def identify(restorer: Restorer, dataset: OpenData, *, seed: int = 0) -> Run:
    """Say which run it is to restore this dataset with this method, settings and weights."""
    return Run(
        method=restorer.method,
        settings=dict(restorer.settings),
        method_sha256=restorer.method_sha256,
        weights_sha256=restorer.weights_sha256,
        dataset=dataset.name,
        release=dataset.release,
        split=dataset.split,
        tile=restorer.tile,
        dtype=restorer.dtype,
        seed=seed,
        input=dataset.input,
    )


def digest(identity: Mapping[str, object]) -> str:
    """Digest an identity as JSON holds it: the first 12 hexadecimal digits of its SHA-256."""
    text = json.dumps(
        identity, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return sha256(text.encode(errors="surrogatepass")).hexdigest()[:ID_DIGITS]


def folder_name(label: str, run_id: str) -> str:
    """Name a run's folder: the label in letters, digits and "._-", then the run's id.

    The label is for people and may be cut or altered; the id alone finds the run.
    """
    safe = re.sub(r"[^A-Za-z0-9._-]+", "-", label)[:_LABEL_LENGTH].strip("-.")
    return f"{safe or 'run'}-{run_id}"


def is_image_name(name: str) -> bool:
    """Whether a record may call an image so: one name, never a path to somewhere."""
    return (
        name.strip() not in ("", ".", "..")
        and _UNNAMED.search(name) is None
        and _DRIVE.match(name) is None
    )


def file_stem(name: str) -> str:
    """Turn an image's or a dataset's name into a file name, without suffix, for any system.

    What had to be altered gets eight digits of the name's own digest, so that two names never
    meet in one file.
    """
    safe = _UNSAFE.sub("_", name)[:_STEM_LENGTH].strip(" .")
    if safe == name and not _DEVICES.fullmatch(name):
        return name
    return f"{safe}-{sha256(name.encode(errors='surrogatepass')).hexdigest()[:8]}"


def _plain(value: Setting) -> Setting:
    # JSON has no infinity; a setting's type is its keyword's, so no text can be mistaken for it.
    return repr(value) if isinstance(value, float) and not isfinite(value) else value
