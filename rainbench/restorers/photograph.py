"""A photograph as a file holds it: depth, grey or colour, transparency, profile and EXIF data."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import JpegImagePlugin, UnidentifiedImageError

from rainbench.errors import ImageError
from rainbench.image import PHOTO_SUFFIXES, Image, load, open_picture, png_kind

Samples: TypeAlias = NDArray[np.uint8] | NDArray[np.uint16]
"""(H, W, C): grey, grey and alpha, RGB, or RGB and alpha, 8 or 16 bit."""

# Tags of TIFF 6.0, and values of theirs that count.
ORIENTATION, BITS, PHOTOMETRIC, EXTRA, FORMAT = 0x0112, 0x0102, 0x0106, 0x0152, 0x0153
ACROSS, DOWN = 0x011A, 0x011B  # pixels an inch, or a centimetre
WHITE_IS_0 = 0  # of PHOTOMETRIC
ASSOCIATED = 1  # of EXTRA: colours are multiplied by their transparency
WHOLE_NUMBERS = 1  # of FORMAT
MOST_DPI = 65535  # that JPEG can state
MODES = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}
# How each value of the orientation tag is turned upright: transposed, then flipped along axes.
UPRIGHT: dict[int, tuple[bool, tuple[int, ...]]] = {
    2: (False, (1,)), 3: (False, (0, 1)), 4: (False, (0,)), 5: (True, ()),
    6: (True, (1,)), 7: (True, (0, 1)), 8: (True, (0,)),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Photograph:
    """A picture, upright, and what its file says beside the pixels."""

    samples: Samples
    icc: bytes | None = None
    """The colour profile: pixels are restored as they are stored, and mean what they meant."""
    exif: bytes | None = None
    """Without the orientation, which the samples have been given."""
    dpi: tuple[float, float] | None = None
    """Pixels an inch, across and down, 1 to MOST_DPI; None: not said, or out of reach."""
    sampling: int = 0
    """How a JPEG holds its colours, as Pillow counts: 0 in full, 2 at half the size."""
    notes: tuple[str, ...] = ()
    """What the reader should know, a sentence each."""

    @property
    def levels(self) -> int:
        """The greatest value of a sample: 255 or 65535."""
        return int(np.iinfo(self.samples.dtype).max)

    @property
    def colours(self) -> int:
        """How many channels are not transparency: 1 for grey, 3 for RGB."""
        return 1 if self.samples.shape[2] < 3 else 3

    @property
    def has_alpha(self) -> bool:
        """Whether the last channel is transparency."""
        return bool(self.samples.shape[2] > self.colours)

    def image(self, part: tuple[slice, slice]) -> Image:
        """Give a part as an image, (H, W, 3) RGB in [0, 1]; grey in all three channels."""
        colours = self.samples[part][..., : self.colours].astype(np.float32)
        colours /= self.levels
        return np.repeat(colours, 3, axis=2) if self.colours == 1 else colours

    def store(self, restored: Image, place: tuple[slice, slice]) -> None:
        """Round a restored part, (H, W, 3) RGB, into the samples; grey is the channels' mean."""
        grey = self.colours == 1
        colours = restored.mean(axis=2, keepdims=True) if grey else restored
        levels = np.rint(np.clip(colours, 0, 1) * np.float32(self.levels))
        self.samples[place][..., : self.colours] = levels

    def twin(self) -> Photograph:
        """Copy it, samples and all."""
        return replace(self, samples=self.samples.copy())


def read_photograph(path: Path) -> Photograph:
    """Read a PNG, JPEG or TIFF file. Raises ImageError, naming the file and what is wrong.

    8 bit are decoded by Pillow, 16 bit by OpenCV, each at its full precision. A palette becomes
    the colours it stands for, and the orientation of EXIF is carried out. Files of several
    pictures, CMYK and samples of 32 bit, below 0 or floating-point are refused.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # Pillow's, of tags that nobody needs
        with open_picture(path, PHOTO_SUFFIXES) as file:
            return _read(path, file)


def _read(path: Path, file: Pillow.Image) -> Photograph:
    notes = _several(path, file)
    if file.format == "TIFF" and _first(file, FORMAT, WHOLE_NUMBERS) != WHOLE_NUMBERS:
        got = f"{path}, whose samples are floating-point or signed numbers"
        raise cannot("samples that are whole numbers from 0 on", got, "convert it to 16 bit first")
    wide = _bits(path, file) == 16
    samples = _decode_16(path, file) if wide else _decode_8(path, file, notes)
    exif = file.getexif()
    turn = exif.pop(ORIENTATION, 1)
    if wide and file.format == "TIFF" and _opencv_turns():
        turn = 1
    sampling = JpegImagePlugin.get_sampling(file) if file.format == "JPEG" else 0
    return Photograph(
        samples=_upright(samples, turn),
        icc=file.info.get("icc_profile"),
        exif=exif.tobytes() if _says(file, exif) else None,
        dpi=_dpi(file),
        sampling=max(sampling, 0),
        notes=tuple(notes),
    )


def _dpi(file: Pillow.Image) -> tuple[float, float] | None:
    said = file.info.get("dpi")
    if not isinstance(said, tuple) or len(said) != 2:
        return None
    if file.format == "TIFF" and not all(_first(file, tag, None) for tag in (ACROSS, DOWN)):
        return None  # Pillow takes 1 where nothing is said
    across, down = (float(each) for each in said)
    known = min(across, down) >= 1 and max(across, down) <= MOST_DPI
    return (across, down) if known else None


def _says(file: Pillow.Image, exif: Pillow.Exif) -> bool:
    """Whether EXIF data are there: in TIFF, the tags that describe the pixels are none."""
    return bool(len(exif)) and file.format != "TIFF"


def _several(path: Path, file: Pillow.Image) -> list[str]:
    """Refuse a file of several pictures; a telephone's JPEG may hold more than the photograph."""
    frames = int(getattr(file, "n_frames", 1))
    if file.format == "MPO":
        return ["the file holds further pictures, of which none is kept"]
    if frames > 1:
        got = f"{path}, which holds {frames}"
        raise cannot("one picture a file", got, "save the one that is meant by itself")
    return []


def _bits(path: Path, file: Pillow.Image) -> int:
    if file.format == "PNG":
        return png_kind(path)[0]
    if file.format == "TIFF":
        bits = file.tag_v2.get(BITS, (8,))  # type: ignore[attr-defined]
        return max(bits) if isinstance(bits, tuple) else int(bits)
    return 8


def _decode_8(path: Path, file: Pillow.Image, notes: list[str]) -> NDArray[np.uint8]:
    mode = file.mode
    if mode in ("P", "PA"):
        clear = mode == "PA" or "transparency" in file.info
        mode = "RGBA" if clear else "RGB"
        notes.append(f"its palette became {mode}: restored colours are not those of the palette")
    elif mode in ("L", "RGB") and "transparency" in file.info:
        mode = {"L": "LA", "RGB": "RGBA"}[mode]
    elif mode == "1":
        mode = "L"
        notes.append("black and white became grey")
    if mode not in MODES:
        raise cannot("grey or RGB", f"{path} in {mode}", "convert it to RGB first")
    load(path, file)
    converted = file if file.mode == mode else file.convert(mode)
    samples = np.array(converted, dtype=np.uint8)
    return samples.reshape(*samples.shape[:2], MODES[mode])


def _decode_16(path: Path, file: Pillow.Image) -> NDArray[np.uint16]:
    if file.format == "PNG":
        _verify(path)  # OpenCV may fill up what a cut file lacks
    if file.mode not in ("I;16", "I;16B", *MODES):
        raise cannot("grey or RGB", f"{path} in {file.mode}", "convert it to RGB first")
    flags = cv2.IMREAD_UNCHANGED
    samples = cv2.imdecode(np.fromfile(path, np.uint8), flags)
    if samples is None or samples.dtype != np.uint16:
        raise cannot("a whole picture of 16 bit", f"{path}, which is damaged", "fetch it again")
    samples = samples.reshape(*samples.shape[:2], -1)
    if file.format == "TIFF" and _first(file, PHOTOMETRIC, None) == WHITE_IS_0:
        samples = 65535 - samples
    order = [0, -1] if file.mode == "LA" else [2, 1, 0, 3][: samples.shape[2]]
    kept = samples[..., order] if samples.shape[2] > 1 else samples
    if file.format == "TIFF" and kept.shape[2] == 4 and _first(file, EXTRA, None) == ASSOCIATED:
        kept = _apart(kept)
    if kept.shape[2] in (1, 3) and "transparency" in file.info:
        clear = (kept == np.array(file.info["transparency"])).all(axis=2, keepdims=True)
        kept = np.concatenate([kept, np.where(clear, 0, 65535)], axis=2)
    return np.ascontiguousarray(kept, dtype=np.uint16)


def _apart(samples: NDArray[Any]) -> NDArray[np.uint16]:
    """Divide colours, (H, W, 4), by the transparency that they were multiplied by."""
    alpha = samples[..., 3:].astype(np.float64)
    colours = samples[..., :3] * (65535 / np.maximum(alpha, 1))
    whole = np.concatenate([np.rint(colours).clip(0, 65535), alpha], axis=2)
    return whole.astype(np.uint16)


def _first(file: Pillow.Image, number: int, otherwise: object) -> object:
    """Return the first value of a TIFF's tag."""
    found = file.tag_v2.get(number, otherwise)  # type: ignore[attr-defined]
    return found[0] if isinstance(found, tuple) else found


@cache
def _opencv_turns() -> bool:
    """Whether OpenCV brings a 16-bit TIFF upright itself: some of its releases do."""
    import tifffile

    file = BytesIO()
    lying = np.zeros((1, 2), np.uint16)
    tifffile.imwrite(file, lying, extratags=[(ORIENTATION, "H", 1, 6, True)])
    content = np.frombuffer(file.getvalue(), np.uint8)
    decoded = cv2.imdecode(content, cv2.IMREAD_UNCHANGED)
    return decoded is not None and decoded.shape == (2, 1)


def _verify(path: Path) -> None:
    try:
        with Pillow.open(path) as file:
            file.verify()
    except (OSError, SyntaxError, ValueError, EOFError, UnidentifiedImageError) as error:
        got = f"{path}, which breaks off or is damaged ({error})"
        raise cannot("a whole picture", got, "fetch that file again") from error


def _upright(samples: Samples, orientation: int) -> Samples:
    if orientation not in UPRIGHT:
        return samples
    transposed, flips = UPRIGHT[orientation]
    turned: Samples = samples.transpose(1, 0, 2) if transposed else samples
    for axis in flips:
        turned = turned[::-1] if axis == 0 else turned[:, ::-1]
    return turned.copy()


def cannot(expected: str, got: str, now: str) -> ImageError:
    """Make the error of a file that cannot be read, or written, as asked."""
    return ImageError(expected=expected, got=got, now=now)
