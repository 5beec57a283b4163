"""What a reader must know beside a score."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rainbench.protocol import PROTOCOLS

if TYPE_CHECKING:
    from rainbench.runs.record import RunRecord

NOT_STATED = "not stated"
"""What `trained_on` says of weights whose training data nobody vouches for."""

EIGHT_BIT = "uint8"
"""The `dtype` of a run that scored 8-bit pictures and not a method's unrounded output."""

BELOW_FLOOR = "below the floor"
"""The mark of what scores less than a baseline."""

HARDLY_TRAINED = "hardly trained"
"""The mark of weights that had less than 1 / ENOUGH of their paper's steps, all told: of those
that began with trained weights nobody knows."""

ENOUGH = 100

MARKS = {
    "unseen": "no scored image shows a scene that the weights were trained on, as far as numbers, "
    "pixels and looks tell",
    "seen": "so many of the scored images show a scene that the weights were trained on, under "
    "whatever rain; the mean over the others stands beside it",
    "overlap": "overlap unknown: what the weights were trained on is not stated, or its scenes are "
    "not known",
    "incomplete": "not every image that the dataset's release promises is scored",
    "cross-dataset": "the weights were trained on other data than these",
    HARDLY_TRAINED: "the weights began at random and had less than a hundredth of the steps of the "
    "method's paper: the number says nothing of the method",
    "trained on these images": "the weights saw the very images that they are scored on",
    "from 8-bit": "scored from 8-bit pictures, where the protocol takes unrounded output",
    "tiled, not exact": "restored in tiles by a method that sees further than a tile's margin",
    "mixed machines": "parts of the run were made by differing engines or on differing devices",
    BELOW_FLOOR: "less PSNR over the same images than a baseline beside it, such as the rainy "
    "input or a filter of a few lines",
    "other pixels": "pictures of the same name differ between the rows of this column",
}
"""Every mark that can stand beside a score, and what it says."""


def training_marks(trained_on: str | None, dataset: str, split: str) -> tuple[str, ...]:
    """Say how weights stand to the data they are scored on: nothing, or one mark.

    `trained_on` names datasets as "rain100l:train", several in any wording between; words
    without such a name are another dataset. "not stated" gets no mark, for nothing is known.
    """
    if trained_on is None or trained_on == NOT_STATED:
        return ()
    named = named_splits(trained_on)
    if (dataset, split) in named:
        return ("trained on these images",)
    return () if dataset in {name for name, _ in named} else ("cross-dataset",)


def named_splits(trained_on: str) -> set[tuple[str, str]]:
    """Find the datasets and splits that words about training name: ("rain100l", "train")."""
    return set(re.findall(r"([\w.-]+):(\w+)", trained_on))


def is_hardly_trained(budget: str) -> bool:
    """Whether words such as "30 of 90,000 steps" say less than a hundredth.

    Of steps from trained weights nobody has counted those before.
    """
    said = re.match(r"([\d,]+) of ([\d,]+) steps?\b(?! from trained weights)", budget)
    if said is None:
        return False
    steps, whole = (int(number.replace(",", "")) for number in said.groups())
    return steps * ENOUGH < whole


def training_in_words(trained_on: str | None, budget: str) -> str | None:
    """Say data and budget together: "6,000 of 400,000 steps on rain200h:train"; None: neither."""
    return f"{budget} on {trained_on}" if budget and trained_on else trained_on


def is_from_8_bit(dtype: str, protocol: str) -> bool:
    """Whether a run of this `dtype` scored 8-bit pictures where a protocol takes floats."""
    known = PROTOCOLS.get(protocol)
    return dtype == EIGHT_BIT and known is not None and known.needs_floats


def run_marks(record: RunRecord, images: int) -> tuple[str, ...]:
    """Say what a reader must know beside a run's mean over so many images: keys of MARKS."""
    run = record.header.run
    return (
        *(["incomplete"] if images != record.of else []),
        *training_marks(record.header.trained_on, run.dataset, run.split),
        *([HARDLY_TRAINED] if is_hardly_trained(record.header.budget) else []),
        *([] if record.header.exact else ["tiled, not exact"]),
        *(["mixed machines"] if record.mixed else []),
    )
