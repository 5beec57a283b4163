"""A photograph written as a file, with what it came with."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from secrets import token_hex

import cv2
from PIL import Image as Pillow

from rainbench.image import PHOTO_SUFFIXES
from rainbench.restorers.photograph import Photograph, Samples, cannot

INCH = 0.0254  # metres


def check_output(photograph: Photograph, path: Path) -> None:
    """See that a file of this suffix can hold the photograph. Raises ImageError."""
    kind = PHOTO_SUFFIXES.get(path.suffix.lower())
    if kind is None:
        raise cannot("a .png, .jpg or .tif file to write", str(path), "correct the suffix")
    if kind != "JPEG":
        return
    held = "16-bit samples" if photograph.levels > 255 else "transparency"
    if photograph.levels > 255 or photograph.has_alpha:
        raise cannot(f"a file that can hold {held}", str(path), "give it the suffix .png or .tif")


def write_photograph(photograph: Photograph, path: Path) -> tuple[str, ...]:
    """Write a PNG, JPEG or TIFF file that appears whole or not at all. Raises ImageError, OSError.

    JPEG is written at quality 95, with colours held as in the file they came from. Returns what
    the file could not be given, a sentence each.
    """
    check_output(photograph, path)
    kind = PHOTO_SUFFIXES[path.suffix.lower()]
    part = path.with_name(f".{path.name}.{token_hex(4)}.part")
    try:
        if photograph.levels == 255:
            _save_8(photograph, part, kind)
        elif kind == "PNG":
            part.write_bytes(_png_16(photograph))
        else:
            _save_tiff_16(photograph, part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    if photograph.levels == 255:
        return ()
    return (
        *(
            ["EXIF data are not written into 16-bit TIFF"]
            if kind == "TIFF" and photograph.exif
            else []
        ),
        *(
            ["grey with transparency is written as RGBA"]
            if photograph.samples.shape[2] == 2
            else []
        ),
    )


def _save_8(photograph: Photograph, path: Path, kind: str) -> None:
    samples = photograph.samples
    picture = Pillow.fromarray(samples[..., 0] if samples.shape[2] == 1 else samples)
    beside = {"icc_profile": photograph.icc, "exif": photograph.exif, "dpi": photograph.dpi}
    options: dict[str, object] = {name: value for name, value in beside.items() if value}
    if kind == "JPEG":
        options |= {"quality": 95, "subsampling": photograph.sampling}
    elif kind == "TIFF":
        options |= {"compression": "tiff_adobe_deflate"}
    picture.save(path, format=kind, **options)


def _png_16(photograph: Photograph) -> bytes:
    """Encode by OpenCV, and add the chunks that it does not write (PNG, sections 11.3.3 and on)."""
    samples = _widened(photograph.samples)
    if samples.shape[2] > 1:
        samples = samples[..., [2, 1, 0, 3][: samples.shape[2]]]
    done, encoded = cv2.imencode(".png", samples)
    if not done:
        raise cannot("to write PNG", "a refusal of OpenCV", "give the output the suffix .tif")
    chunks = b""
    for kind, body in (
        (b"pHYs", photograph.dpi and _physical(photograph.dpi)),
        (b"iCCP", photograph.icc and b"ICC profile\0\0" + zlib.compress(photograph.icc)),
        (b"eXIf", photograph.exif and photograph.exif.removeprefix(b"Exif\0\0")),
    ):
        if body:
            check = struct.pack(">I", zlib.crc32(kind + body))
            chunks += struct.pack(">I", len(body)) + kind + body + check
    after_header = 8 + 25  # the signature, and IHDR's 13 bytes in their chunk
    data = encoded.tobytes()
    return data[:after_header] + chunks + data[after_header:]


def _physical(dpi: tuple[float, float]) -> bytes:
    """Say pixels a metre, across and down (PNG, section 11.3.5.3)."""
    return struct.pack(">IIB", *(round(each / INCH) for each in dpi), 1)


def _save_tiff_16(photograph: Photograph, path: Path) -> None:
    import tifffile

    samples = _widened(photograph.samples)
    channels = samples.shape[2]
    tifffile.imwrite(
        path,
        samples if channels > 1 else samples[..., 0],
        photometric="rgb" if channels > 1 else "minisblack",
        planarconfig="contig" if channels > 1 else None,
        extrasamples=["unassalpha"] if channels == 4 else None,
        compression="zlib",
        iccprofile=photograph.icc,
        metadata=None,
        resolution=photograph.dpi,
        resolutionunit=None if photograph.dpi is None else "INCH",
    )


def _widened(samples: Samples) -> Samples:
    # OpenCV writes no PNG, and reads no TIFF, of grey with alpha.
    return samples[..., [0, 0, 0, 1]] if samples.shape[2] == 2 else samples
