"""What a claim is, and what looking at the evidence can find of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from rainbench import Evidence

Verdict = Literal[
    "supported", "not supported", "not tested", "contradicted by the paper's own tables"
]

SUPPORTED: Verdict = "supported"
NOT_SUPPORTED: Verdict = "not supported"
NOT_TESTED: Verdict = "not tested"
CONTRADICTED: Verdict = "contradicted by the paper's own tables"

PAPER = "MSFM"
"""The paper among published numbers."""


@dataclass(frozen=True)
class Finding:
    """The number that a test gives, and what it says of the sentence."""

    number: str
    verdict: Verdict


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A sentence of the paper that can be false."""

    place: str
    """Where it stands: "section 4.2"."""
    sentence: str
    """In the paper's words as far as they fit."""
    test: str
    """What is looked at, and what must hold."""
    needs: str
    """What brings the evidence, where there is none."""
    look: Callable[[Evidence], Finding | None]
    """None: the evidence does not say."""
