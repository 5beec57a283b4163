"""What reports are made of: runs on disk, averaged under one protocol, with what made them."""

from __future__ import annotations

import re
from dataclasses import dataclass

NOT_STATED = "not stated"
"""What `trained_on` says of weights whose training data nobody vouches for."""

MARKS = {
    "incomplete": "not every image that the dataset's release promises is scored",
    "cross-dataset": "the weights were trained on other data than these",
    "trained on these images": "the weights saw the very images that they are scored on",
    "from 8-bit": "scored from 8-bit pictures, where the protocol takes unrounded output",
    "mixed machines": "parts of the run were made by differing engines or on differing devices",
}
"""Every mark that can stand beside a score, and what it says."""


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """A mean PSNR and SSIM over a dataset's images: a number that cannot leave its protocol."""

    psnr_db: float
    """In dB; infinite where every image was restored exactly."""
    ssim: float
    protocol: str
    dataset: str
    release: str
    split: str
    images: int
    """Scored images that the mean is over, at least 1."""
    of: int
    """Images that the release promises for the split."""
    marks: tuple[str, ...] = ()
    """What a reader must know beside the number: "cross-dataset", "from 8-bit"."""

    @property
    def data(self) -> str:
        """Name the data, as a column is called: "rain100l", "rain800:train (halves)"."""
        split = "" if self.split == "test" else f":{self.split}"
        return f"{self.dataset}{split} ({self.release})"

    @property
    def whole(self) -> bool:
        """Whether the mean is over every promised image."""
        return self.images == self.of


@dataclass(frozen=True, kw_only=True)
class Result:
    """One run, as tables print it: the method, its weights, and the mean over one dataset."""

    label: str
    """What was asked for: "msfm.light", "prenet@rain1400"."""
    title: str
    difference: str = ""
    """What tells this row from another of the same label: "layers=6", "weights 3f2a91c"."""
    parameters: int | None
    """Trainable numbers in the network; None where nothing is trained or nobody said."""
    trained_on: str | None
    """None: nothing is trained. Else the weights' training data, or "not stated"."""
    seconds_per_image: float | None = None
    """Indicative: the stages of a run overlap."""
    run_id: str
    measurement: Measurement


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Everything a report may show, under one protocol; a report is a function of it."""

    protocol: str
    results: tuple[Result, ...] = ()
    """In order of label, then of data."""


def training_marks(trained_on: str | None, dataset: str, split: str) -> tuple[str, ...]:
    """Say how weights stand to the data they are scored on: nothing, or one mark.

    `trained_on` names datasets as "rain100l:train", several in any wording between; words
    without such a name are another dataset. "not stated" gets no mark, for nothing is known.
    """
    if trained_on is None or trained_on == NOT_STATED:
        return ()
    named = set(re.findall(r"([\w.-]+):(\w+)", trained_on))
    if (dataset, split) in named:
        return ("trained on these images",)
    return () if dataset in {name for name, _ in named} else ("cross-dataset",)
