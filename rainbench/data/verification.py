"""What a check of an installed dataset found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal, TypeAlias

from rainbench.data.verdict import Finding
from rainbench.metrics.comparison import Score

# Fingerprints are stated to the third or fourth decimal.
TOLERANCE = Score(psnr_db=0.002, ssim=0.0002)

Proof: TypeAlias = Literal["digests", "fingerprint", "decoding"]
"""What the pictures were held against: published digests, the published score of the rainy input,
or nothing but that they can be decoded."""


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What a check of one split found."""

    dataset: str
    title: str
    release: str
    split: str
    folder: Path
    promised: int | None
    """Pairs that the release promises; None: it promises no number."""
    found: int
    """Pairs that are there."""
    sound: int
    """Pairs of which both pictures are as published, as far as anybody has said how that is."""
    partial: bool
    """Whether less than was promised was asked for."""
    proof: Proof
    findings: tuple[Finding, ...] = ()
    """What is the matter, in order of word and file."""
    fingerprint: Mapping[str, tuple[Score, Score]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    """What the rainy input scores, measured and published, by protocol; empty: not measured."""
    when: str = ""
    """UTC, ISO 8601, in seconds."""

    @property
    def as_published(self) -> bool:
        """Whether nothing is wrong, and nothing missing that was asked for."""
        whole = self.promised is None or self.found == self.promised
        enough = self.found > 0 and (whole or self.partial)
        fits = all(_fits(measured, stated) for measured, stated in self.fingerprint.values())
        harmless = all(finding.harmless for finding in self.findings)
        return enough and fits and harmless and self.sound == self.found

    def __str__(self) -> str:
        """Say how much of the split there is: "complete: 100 of 100, each as published"."""
        whole = "complete: " if self.found == self.promised else ""
        count = f"{whole}{self.found} of {self.promised or 'an unstated number'}"
        each = {
            "digests": "each as published",
            "fingerprint": "each decodes, and the input scores as published",
            "decoding": "each decodes; nothing was published to hold them against",
        }[self.proof]
        if self.sound < self.found:
            return f"{count}, {self.sound} of them as published"
        return f"{count}, {each}"

    def to_json(self) -> dict[str, object]:
        """Return what `data verify --json` prints of it."""
        return {
            **{key: value for key, value in vars(self).items() if key != "folder"},
            "folder": str(self.folder),
            "as_published": self.as_published,
            "findings": [vars(finding) for finding in self.findings],
            "fingerprint": {
                name: {"measured": [*measured], "published": [*stated]}
                for name, (measured, stated) in self.fingerprint.items()
            },
        }


def _fits(measured: Score, stated: Score) -> bool:
    return all(
        abs(got - wanted) <= most
        for got, wanted, most in zip(measured, stated, TOLERANCE, strict=True)
    )
