"""What a reader asks to see of the evidence: which images, which parts of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rainbench.errors import UsageError
from rainbench.grid import Zoom


@dataclass(frozen=True, kw_only=True)
class View:
    """What a report of pictures is to show; as it stands, the report chooses."""

    images: tuple[str, ...] = ()
    """Names, in the order of the rows."""
    boxes: tuple[Zoom, ...] = ()
    """The parts shown enlarged, of every row alike."""
    error_maps: bool = False
    """Whether a row shows how far each picture is from the clean one."""


def parse_boxes(words: Sequence[str]) -> tuple[Zoom, ...]:
    """Read boxes, each LEFT,TOP,WIDTH,HEIGHT in pixels. Raises UsageError for what is none."""
    boxes = []
    for word in words:
        parts = word.split(",")
        if len(parts) != 4 or not all(part.strip().isascii() and _is_count(part) for part in parts):
            raise UsageError(
                expected="a box as LEFT,TOP,WIDTH,HEIGHT in pixels",
                got=f"{word!r}",
                now="say for example --box 120,80,64,48",
            )
        boxes.append(Zoom(*map(int, parts)))
    return tuple(boxes)


def _is_count(text: str) -> bool:
    return text.strip().isdigit()
