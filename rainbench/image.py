"""What an image is, and how a file becomes one without surprises."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Literal, TypeAlias

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

Half: TypeAlias = Literal["left", "right"]
"""One half of a side-by-side picture, which is split at width // 2."""

SUFFIXES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}
PHOTO_SUFFIXES = {**SUFFIXES, ".tif": "TIFF", ".tiff": "TIFF"}
"""What a photograph may be besides: datasets hold no TIFF."""

SIGNATURES = {
    "PNG": (b"\x89PNG\r\n\x1a\n",),
    "JPEG": (b"\xff\xd8\xff",),
    "TIFF": (b"II*\0", b"MM\0*"),
}

# A header may promise any size; nothing in the field comes near 2^26 pixels (8192 x 8192).
MAX_PIXELS = 2**26


@dataclass(frozen=True)
class Picture:
    """A picture file, or a rectangular part of one (side-by-side pairs, crops)."""

    path: Path
    box: Box | Half | None = None
    by_content: bool = False
    """Whether the file is read by what it holds, for its suffix may lie (JPEG called .png)."""

    def read(self) -> Pixels:
        """Decode the picture: RGB, (H, W, 3), 8 bit. Raises ImageError."""
        return read_pixels(self.path, self.box, by_content=self.by_content)

    def read_size(self) -> tuple[int, int]:
        """Read the picture's own (width, height) in pixels from the header. Raises ImageError."""
        size = read_size(self.path, by_content=self.by_content)
        if self.box is None:
            return size
        left, top, right, bottom = _edges(self.path, self.box, size)
        return right - left, bottom - top


def read_size(path: Path, *, by_content: bool = False) -> tuple[int, int]:
    """Read a file's (width, height) in pixels from its header alone. Raises ImageError."""
    with open_picture(path, by_content=by_content) as file:
        _check_png_kind(path, file)
        return file.size


def read_pixels(path: Path, box: Box | Half | None = None, *, by_content: bool = False) -> Pixels:
    """Decode an 8-bit RGB PNG or JPEG, or the part of it inside `box`: RGB, (H, W, 3).

    Pillow decodes, because OpenCV returns a full-size picture for a cut JPEG and turns
    16 bit into 8 without a word. Stored pixels are returned: no EXIF rotation, no colour
    management. Raises ImageError for everything that is not exactly that, and, unless
    `by_content`, for a file that holds another format than its suffix says.
    """
    with open_picture(path, by_content=by_content) as file:
        _check_png_kind(path, file)
        edges = None if box is None else _edges(path, box, file.size)
        load(path, file)
        if file.mode != "RGB":
            raise _not_rgb(path, f"a {file.mode} picture")
        part = file if edges is None else file.crop(edges)
        return np.array(part, dtype=np.uint8)


def write_png(path: Path, pixels: Pixels) -> None:
    """Write 8-bit RGB pixels, (H, W, 3), as a PNG that appears whole or not at all."""
    part = path.with_name(path.name + ".part")
    # Level 1: three times the default's speed for a tenth more bytes.
    Pillow.fromarray(pixels).save(part, format="PNG", compress_level=1)
    part.replace(path)


def encode_png(pixels: Pixels) -> bytes:
    """Encode 8-bit RGB pixels, (H, W, 3), as a whole PNG file."""
    file = BytesIO()
    Pillow.fromarray(pixels).save(file, format="PNG", optimize=True)
    return file.getvalue()


def decode_png(png: bytes) -> Pixels:
    """Decode a PNG file that `encode_png` made: RGB, (H, W, 3), 8 bit."""
    with Pillow.open(BytesIO(png), formats=["PNG"]) as file:
        return np.array(file.convert("RGB"), dtype=np.uint8)


def to_image(pixels: Pixels) -> Image:
    """Turn 8-bit pixels into an image: (H, W, 3), float32 in [0, 1]."""
    return pixels.astype(np.float32) / np.float32(255)


def pixel_sha256(pixels: Pixels) -> str:
    """Digest the decoded RGB bytes, in hexadecimal.

    Of pixels and not of files: the same picture circulates with differing PNG time stamps.
    """
    return sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest()


def open_picture(
    path: Path, suffixes: Mapping[str, str] = SUFFIXES, *, by_content: bool = False
) -> Pillow.Image:
    """Open a picture file of the kind that its suffix names, decoding nothing but its header.

    `by_content`: of the kind that it holds, if a suffix of that kind is among `suffixes`.

    Raises ImageError where the file is not what it says, or promises more than MAX_PIXELS.
    """
    promised = suffixes.get(path.suffix.lower())
    if promised is None:
        *others, last = suffixes
        raise ImageError(
            expected=f"a {', '.join(others)} or {last} file",
            got=str(path),
            now="convert it without loss, to PNG",
        )
    head = _first_bytes(path)
    held = _held(head)
    if by_content and held is not None and held in suffixes.values():
        promised = held
    _check_head(path, promised, head)
    try:
        file = Pillow.open(path, formats=[promised])
    except (Pillow.DecompressionBombError, Pillow.DecompressionBombWarning) as error:
        raise _absurd(path, str(error)) from error
    except (OSError, SyntaxError, ValueError, EOFError, struct.error) as error:
        raise ImageError(
            expected=f"a {promised} picture",
            got=f"{path}, whose header is damaged or of a kind that is not read here",
            now="fetch that file again, or convert it to 8 or 16 bit",
        ) from error
    if file.size[0] * file.size[1] > MAX_PIXELS:
        file.close()
        raise _absurd(path, f"a header that says {file.size[0]}x{file.size[1]}")
    return file


def load(path: Path, file: Pillow.Image) -> None:
    """Decode an opened picture's pixels. Raises ImageError for a file that breaks off."""
    try:
        file.load()
    except (OSError, SyntaxError, ValueError, EOFError, struct.error) as error:
        raise ImageError(
            expected="a whole picture",
            got=f"{path}, which breaks off or is damaged ({error})",
            now="fetch that file again",
        ) from error


def png_kind(path: Path) -> tuple[int, int]:
    """Read the (bits a sample, colour type) that a PNG's header states."""
    # Asked beside Pillow, which reads 16-bit RGB as 8-bit RGB without a word.
    depth, colour = _first_bytes(path)[24:26]
    return depth, colour


def _first_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(26)
    except OSError as error:
        raise ImageError(
            expected="a picture file",
            got=f"{path}, which cannot be read ({error.strerror})",
            now="check the path and who may read it",
        ) from error


def _held(head: bytes) -> str | None:
    return next((kind for kind, signs in SIGNATURES.items() if head.startswith(signs)), None)


def _check_head(path: Path, promised: str, head: bytes) -> None:
    held = _held(head)
    if held is None:
        begins = f"begins with {head[:16]!r}" if head else "is empty"
        raise ImageError(
            expected=f"a {promised} picture",
            got=f"{path}, which {begins}",
            now="fetch that file again",
        )
    if held != promised:
        raise ImageError(
            expected=f"a {promised} picture, as the name says",
            got=f"{path}, which holds {held}",
            now="give the file the suffix of what it holds",
        )
    if held == "PNG" and len(head) == 26:
        width, height = struct.unpack(">II", head[16:24])
        if width * height > MAX_PIXELS:
            raise _absurd(path, f"a header that says {width}x{height}")


def _check_png_kind(path: Path, file: Pillow.Image) -> None:
    if file.format != "PNG":
        return
    depth, colour = png_kind(path)
    kinds = {0: "grey", 2: "RGB", 3: "palette", 4: "grey with alpha", 6: "RGBA"}
    if (depth, colour) != (8, 2):
        raise _not_rgb(path, f"{depth}-bit {kinds.get(colour, 'unknown colour')}")


def _edges(path: Path, box: Box | Half, size: tuple[int, int]) -> Box:
    width, height = size
    middle = width // 2
    halves: dict[str, Box] = {
        "left": (0, 0, middle, height),
        "right": (middle, 0, 2 * middle, height),
    }
    edges = halves[box] if isinstance(box, str) else box
    left, top, right, bottom = edges
    if not (0 <= left < right <= width and 0 <= top < bottom <= height):
        raise ImageError(
            expected=f"a picture that holds the part {box}",
            got=f"{path} of {width}x{height} pixels",
            now="check that the file belongs to this dataset",
        )
    return edges


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
