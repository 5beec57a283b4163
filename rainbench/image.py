"""What an image is, and how a file becomes one without surprises."""

import struct
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from rainbench.errors import ImageError

Image: TypeAlias = NDArray[np.float32]
"""RGB, shape (H, W, 3), float32, values in [0, 1]."""

Pixels: TypeAlias = NDArray[np.uint8]
"""RGB, shape (H, W, 3), 8 bit, values in 0..255."""

Box: TypeAlias = tuple[int, int, int, int]
"""Left, top, right and bottom edge in pixels; right and bottom are outside."""

SUFFIXES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}

# A header may promise any size; nothing in the field comes near 2^28 pixels (16384 x 16384).
MAX_PIXELS = 2**28


@dataclass(frozen=True)
class Picture:
    """A picture file, or a rectangular part of one (side-by-side pairs, crops)."""

    path: Path
    box: Box | None = None

    def read(self) -> Pixels:
        """Decode the picture: RGB, (H, W, 3), 8 bit. Raises ImageError."""
        return read_pixels(self.path, self.box)


def read_size(path: Path) -> tuple[int, int]:
    """Read a picture's (width, height) in pixels from its header alone. Raises ImageError."""
    with _open(path) as file:
        return file.size


def read_pixels(path: Path, box: Box | None = None) -> Pixels:
    """Decode an 8-bit RGB PNG or JPEG: RGB, (H, W, 3).

    Pillow decodes, because OpenCV returns a full-size picture for a cut JPEG and turns
    16 bit into 8 without a word. Stored pixels are returned: no EXIF rotation, no colour
    management. Raises ImageError for everything that is not exactly that.
    """
    with _open(path) as file:
        if box is not None and not _inside(box, file.size):
            raise ImageError(
                expected=f"a picture that holds the box {box}",
                got=f"{path} of {file.size[0]}x{file.size[1]} pixels",
                now="check that the file belongs to this dataset",
            )
        try:
            file.load()
        except (OSError, SyntaxError, ValueError, struct.error) as error:
            raise ImageError(
                expected="a whole picture",
                got=f"{path}, which breaks off or is damaged ({error})",
                now="fetch that file again",
            ) from error
        if file.mode != "RGB":
            raise _not_rgb(path, f"a {file.mode} picture")
        pixels = np.asarray(file if box is None else file.crop(box), dtype=np.uint8)
    return np.ascontiguousarray(pixels)


def write_png(path: Path, pixels: Pixels) -> None:
    """Write 8-bit RGB pixels, (H, W, 3), as a PNG that appears whole or not at all."""
    part = path.with_name(path.name + ".part")
    # Level 1: three times the default's speed for a tenth more bytes.
    Pillow.fromarray(pixels).save(part, format="PNG", compress_level=1)
    part.replace(path)


def to_image(pixels: Pixels) -> Image:
    """Turn 8-bit pixels into an image: (H, W, 3), float32 in [0, 1]."""
    return pixels.astype(np.float32) / np.float32(255)


def pixel_sha256(pixels: Pixels) -> str:
    """Digest the decoded RGB bytes, in hexadecimal.

    Of pixels and not of files: the same picture circulates with differing PNG time stamps.
    """
    return sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest()


def _open(path: Path) -> Pillow.Image:
    promised = SUFFIXES.get(path.suffix.lower())
    if promised is None:
        raise ImageError(
            expected="a .png, .jpg or .jpeg file",
            got=str(path),
            now="convert it without loss, to PNG",
        )
    try:
        file = Pillow.open(path)
    except FileNotFoundError as error:
        raise ImageError(
            expected="a picture file", got=f"nothing at {path}", now="check the path"
        ) from error
    except Pillow.DecompressionBombError as error:
        raise _absurd(path, str(error)) from error
    except (OSError, SyntaxError, ValueError, struct.error) as error:
        raise ImageError(
            expected=f"a {promised} picture",
            got=f"{path}, which is none ({_first_bytes(path)})",
            now="fetch that file again",
        ) from error
    if file.size[0] * file.size[1] > MAX_PIXELS:
        raise _absurd(path, f"a header that says {file.size[0]}x{file.size[1]}")
    if file.format != promised:
        raise ImageError(
            expected=f"a {promised} picture, as the name says",
            got=f"{path}, which holds {file.format}",
            now="give the file the suffix of what it holds",
        )
    if file.format == "PNG":
        _check_png_header(path)
    return file


def _check_png_header(path: Path) -> None:
    # Pillow reads 16-bit RGB as 8-bit RGB without a word, so the header is asked.
    with path.open("rb") as file:
        header = file.read(26)
    depth, colour = header[24], header[25]
    kinds = {0: "grey", 2: "RGB", 3: "palette", 4: "grey with alpha", 6: "RGBA"}
    if (depth, colour) != (8, 2):
        raise _not_rgb(path, f"{depth}-bit {kinds.get(colour, 'unknown')}")


def _not_rgb(path: Path, got: str) -> ImageError:
    return ImageError(
        expected="8-bit RGB pixels",
        got=f"{got} in {path}",
        now="convert the file, or fetch the dataset's original",
    )


def _absurd(path: Path, got: str) -> ImageError:
    return ImageError(
        expected=f"at most {MAX_PIXELS} pixels",
        got=f"{got} in {path}",
        now="fetch that file again",
    )


def _inside(box: Box, size: tuple[int, int]) -> bool:
    left, top, right, bottom = box
    return 0 <= left < right <= size[0] and 0 <= top < bottom <= size[1]


def _first_bytes(path: Path) -> str:
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        return str(error)
    return f"it begins with {head!r}" if head else "it is empty"
