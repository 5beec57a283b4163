"""What protocols give a published number: the classes of candidates, and how they are told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from rainbench.counting import counted
from rainbench.errors import UsageError
from rainbench.metrics.candidates import words
from rainbench.metrics.comparison import Score
from rainbench.protocol import PROTOCOLS, Protocol
from rainbench.report import Block, Cell, Column, Note, Table

SHOWN = 12
"""Classes that are printed, and as many more as fit."""


@dataclass(frozen=True)
class Printed:
    """A number as a paper prints it: its digits say how far it may be off."""

    digits: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"\d+(\.\d+)?", self.digits):
            raise UsageError(
                expected="a number as it was printed, like 37.48",
                got=repr(self.digits),
                now="write it with all its digits and nothing else",
            )

    @property
    def unit(self) -> float:
        """What one more in the last digit would be."""
        return float(10.0 ** -len(self.digits.partition(".")[2]))

    def distance(self, value: float) -> float:
        """Tell how far a value is from rounding to these digits, in units; 0: it does."""
        off = abs(value - float(self.digits)) / self.unit
        return max(0.0, off - 0.5 - 1e-9)

    @property
    def decimals(self) -> int:
        """Decimals to print a measured value with: two more than were printed."""
        return len(self.digits.partition(".")[2]) + 2


@dataclass(frozen=True)
class Explained:
    """Protocols that cannot differ on these pictures, and what they score."""

    protocols: tuple[Protocol, ...]
    """Named ones first."""
    score: Score
    distance: float
    """From the digits printed, in units of their last; 0: it rounds to them."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of those that have one."""
        return tuple(each.name for each in self.protocols if each.name in PROTOCOLS)

    @property
    def fits(self) -> bool:
        """Whether the score rounds to the digits printed."""
        return self.distance == 0


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Every class of candidates, the nearest first."""

    psnr: Printed
    ssim: Printed | None
    classes: tuple[Explained, ...]
    images: int
    eight_bit: bool
    """Whether the pictures had met a quantiser before they came here, so that none was tried."""

    @property
    def tried(self) -> int:
        """Protocols that were tried."""
        return sum(len(each.protocols) for each in self.classes)

    @cached_property
    def fitting(self) -> tuple[Explained, ...]:
        """The classes whose scores round to the digits printed."""
        return tuple(each for each in self.classes if each.fits)


def as_blocks(found: Explanation, data: str) -> list[Block]:
    """Tell what fits and what comes near, a row a class, and what was tried."""
    printed = found.psnr.digits + (f" / {found.ssim.digits}" if found.ssim else "")
    columns = (
        Column(title="protocols"),
        Column(title="what they do"),
        Column(title="PSNR (dB)", align="right", decimals=found.psnr.decimals),
        Column(title="SSIM", align="right", decimals=found.ssim.decimals if found.ssim else 4),
        Column(title="off by", unit="last digits", align="right", decimals=1),
    )
    shown = found.classes[: max(SHOWN, len(found.fitting))]
    rows = tuple(_row(each, found.eight_bit) for each in shown)
    title = f"What gives {printed} on {data}"
    notes = [
        f"Tried {found.tried} protocols, which on {counted(found.images, 'image')} make "
        f"{len(found.classes)} classes that can differ at all; {len(found.fitting)} classes "
        f"({sum(len(each.protocols) for each in found.fitting)} protocols) round to {printed}."
    ]
    if found.eight_bit:
        notes.append(
            "The pictures came as 8 bit: how they were quantised before cannot be seen from them. "
            "With --method, quantisers are tried too."
        )
    return [Table(title=title, columns=columns, rows=rows), *map(Note, notes)]


def _row(each: Explained, eight_bit: bool) -> tuple[Cell, ...]:
    plain = min((words(p, eight_bit=eight_bit) for p in each.protocols), key=len)
    named = ", ".join(each.names) or "no name"
    return named, plain, *each.score, "fits" if each.fits else each.distance
