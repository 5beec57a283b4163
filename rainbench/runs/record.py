"""One run on disk: run.json, sessions.jsonl, images*.jsonl, failures.jsonl."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rainbench.metrics.comparison import Score
from rainbench.metrics.pixel_error import PixelErrors
from rainbench.runs.document import (
    Document,
    encode_errors,
    encode_psnr,
)
from rainbench.runs.identity import Run
from rainbench.runs.session import Session

SCHEMA = 1

HEADER = "run.json"
SESSIONS = "sessions.jsonl"
IMAGES = "images.jsonl"
FAILURES = "failures.jsonl"
RESTORED = "restored"


@dataclass(frozen=True, kw_only=True)
class Header:
    """What run.json says: the identity, and what tables print of method and data."""

    run: Run
    label: str
    """What was asked for: "msfm.light", "prenet@rain1400"."""
    title: str
    parameters: int | None = None
    trained_on: str | None = None
    budget: str = ""
    """How long the weights were trained: "6,000 of 400,000 steps"; empty: nobody said."""
    repeats: str = ""
    """The same for weights that were trained alike but for the seed; empty: nobody said."""
    floor: bool = False
    """Whether whatever scores less on the same images is told so."""
    of: int = 0
    """Images that the dataset's release promises for the split."""
    exact: bool = True
    """Whether images were restored as if whole; not so in tiles of a method that sees further."""

    def to_json(self) -> Document:
        """Return the header as run.json holds it."""
        return {
            "schema": SCHEMA,
            "run_id": self.run.id,
            "label": self.label,
            "title": self.title,
            "parameters": self.parameters,
            "trained_on": self.trained_on,
            "budget": self.budget,
            "repeats": self.repeats,
            "floor": self.floor,
            "of": self.of,
            "exact": self.exact,
            "identity": self.run.to_json(),
        }


@dataclass(frozen=True, kw_only=True)
class ImageRecord:
    """A line of images.jsonl: one restored image and its scores, by protocol."""

    image: str
    rainy_sha256: str
    clean_sha256: str | None
    """None: a real photograph without ground truth, restored and not scored."""
    seconds: float | None
    """Of the de-rain call alone; indicative. None: nobody watched the method run."""
    session: int
    scores: Mapping[str, Score]
    clean_look: str | None = None
    """What the clean picture looks like (`rainbench.data.look`); None: an older record, or no such
    picture. By it, training images of the same scene are known."""
    scene: str | None = None
    """What statistics cluster by, as the dataset says; None: an older record."""
    errors: PixelErrors | None = None
    """Where in the picture errors lie; None: an older record, or no clean picture."""

    def to_json(self) -> Document:
        """Return the record as its line holds it."""
        scores = {name: [encode_psnr(s.psnr_db), s.ssim] for name, s in self.scores.items()}
        errors = None if self.errors is None else encode_errors(self.errors)
        return {**vars(self), "scores": scores, "errors": errors}


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A line of failures.jsonl: an image that was tried in vain, to be tried again."""

    image: str
    rainy_sha256: str | None = None
    """None: the pictures could not be read."""
    clean_sha256: str | None = None
    session: int
    error: str
    """The error's class and its sentence."""
    withdrawn: bool = False
    """Whether the dataset no longer holds the image: no failure, but its line counts no more."""

    def to_json(self) -> Document:
        """Return the failure as its line holds it."""
        return dict(vars(self))


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """Everything a run's folder says, with later lines over earlier ones."""

    folder: Path
    header: Header
    sessions: Mapping[int, Session]
    images: Mapping[str, ImageRecord]
    """By name, sorted; cells of several lines about the same pixels are merged."""
    failures: Mapping[str, Failure]
    """By name, sorted: those that no later line made good."""
    mixed: bool = False
    """Whether sessions that differ in engine or device made parts of it."""

    @property
    def of(self) -> int:
        """Images that the dataset promised when it was last opened."""
        stated = [each.of for _, each in sorted(self.sessions.items()) if each.of is not None]
        return stated[-1] if stated else self.header.of
