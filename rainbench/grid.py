"""Rows of pictures in columns of methods: what a visual comparison shows, as a frozen value."""

from __future__ import annotations

from dataclasses import dataclass
from struct import unpack
from typing import TYPE_CHECKING

from rainbench.errors import UsageError

if TYPE_CHECKING:
    from rainbench.image import Pixels

FRAME_COLOURS = ("#e69f00", "#56b4e9", "#d55e00", "#009e73")
"""Of zoom boxes, in order: four of Okabe and Ito's colours, which colour-blind readers tell
apart and which stand out from photographs."""


@dataclass(frozen=True)
class Zoom:
    """A part of every picture of a row, which is framed there and shown enlarged below.

    In pixels, from the top left corner. Raises UsageError for a part without pixels.
    """

    left: int
    top: int
    width: int
    height: int

    def __post_init__(self) -> None:
        if min(self.left, self.top) < 0 or min(self.width, self.height) < 1:
            raise UsageError(
                expected="a box of 1 pixel or more inside the picture, as LEFT,TOP,WIDTH,HEIGHT",
                got=f"{self.left},{self.top},{self.width},{self.height}",
                now="give another box",
            )

    def is_within(self, width: int, height: int) -> bool:
        """Whether a picture of this size has all of it."""
        return self.left + self.width <= width and self.top + self.height <= height


@dataclass(frozen=True)
class Panel:
    """One picture of a grid."""

    png: bytes
    """The picture as a whole PNG file, 8-bit RGB."""
    caption: str = ""
    """What stands under it: "37.48 / 0.9792"."""

    @classmethod
    def of(cls, pixels: Pixels, caption: str = "") -> Panel:
        """Make a panel of 8-bit RGB pixels, (H, W, 3)."""
        from rainbench.image import encode_png

        return cls(encode_png(pixels), caption)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, as the file's header states them."""
        width, height = unpack(">II", self.png[16:24])
        return width, height

    @property
    def pixels(self) -> Pixels:
        """Decode the picture: 8-bit RGB, (H, W, 3)."""
        from rainbench.image import decode_png

        return decode_png(self.png)


@dataclass(frozen=True, kw_only=True)
class GridRow:
    """One image as every column shows it.

    Raises UsageError for a zoom that is within none of the pictures.
    """

    name: str
    """The image's, as its dataset calls it."""
    panels: tuple[Panel | None, ...]
    """One a column; None: there is nothing to show."""
    zooms: tuple[Zoom, ...] = ()
    """The parts shown enlarged, at most one a frame colour."""

    def __post_init__(self) -> None:
        sizes = dict.fromkeys(panel.size for panel in self.panels if panel is not None)
        for zoom in self.zooms:
            if sizes and not any(zoom.is_within(*size) for size in sizes):
                raise UsageError(
                    expected=f"a box within {self.name}, "
                    + " or ".join(f"{width}x{height} pixels" for width, height in sizes),
                    got=f"{zoom.left},{zoom.top},{zoom.width},{zoom.height}",
                    now="give another box, or choose images that have it",
                )


@dataclass(frozen=True, kw_only=True)
class PictureGrid:
    """Pictures side by side; a format that cannot draw prints the captions as a table.

    Raises UsageError for a row of another length than the columns, or of more zooms than there
    are frame colours.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[GridRow, ...]
    captions: str = ""
    """What the captions say: "PSNR (dB) / SSIM, y-prenet"."""
    smooth: bool = True
    """Whether pixels are blended where a picture is enlarged; not so for maps of numbers."""

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row.panels) != len(self.columns) or len(row.zooms) > len(FRAME_COLOURS):
                raise UsageError(
                    expected=f"{len(self.columns)} panels in each row of {self.title!r} and at "
                    f"most {len(FRAME_COLOURS)} zooms",
                    got=f"{len(row.panels)} and {len(row.zooms)} in the row of {row.name}",
                    now="give every column a panel, None where there is nothing",
                )
