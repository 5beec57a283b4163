"""JSON from a file that someone may have edited: read strictly, or refused with its place."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, isfinite
from typing import Any, NoReturn, TypeAlias

from rainbench.errors import ResultsError
from rainbench.metrics.pixel_error import PixelErrors, RegionError

Document: TypeAlias = Mapping[str, Any]
"""A JSON object."""

_SHA256 = re.compile(r"[0-9a-f]{64}")


def parse(text: bytes, place: str) -> Document:
    """Read one JSON object: UTF-8, no NaN. Raises ResultsError naming the place."""
    try:
        document = json.loads(text.decode(), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise _broken(place, "a JSON object", f"what is none ({error})") from error
    if not isinstance(document, dict):
        raise _broken(place, "a JSON object", f"a {type(document).__name__}")
    return document


@dataclass(frozen=True)
class Fields:
    """The fields of one JSON object, each taken by the type it must have, or ResultsError."""

    document: Document
    place: str
    """Where it stands, for messages: "results/toy/…/images.jsonl:7"."""

    def text(self, key: str, default: str | None = None) -> str:
        """Take a text."""
        value = self.document.get(key, default)
        return value if isinstance(value, str) else self.refuse(key, "a text")

    def maybe_text(self, key: str) -> str | None:
        """Take a text, or null, or nothing."""
        return None if self.document.get(key) is None else self.text(key)

    def whole(self, key: str, default: int | None = None) -> int:
        """Take a whole number from 0 on."""
        value = self.document.get(key, default)
        good = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63
        return int(value) if good else self.refuse(key, "a whole number from 0 on")

    def maybe_whole(self, key: str) -> int | None:
        """Take a whole number from 0 on, or null, or nothing."""
        return None if self.document.get(key) is None else self.whole(key)

    def number(self, key: str) -> float:
        """Take a finite number."""
        value = _number(self.document.get(key))
        return value if value is not None else self.refuse(key, "a number")

    def psnr_db(self, key: str) -> float:
        """Take a PSNR in dB, which `encode_psnr` has written."""
        return inf if self.document.get(key) == "inf" else self.number(key)

    def seconds(self, key: str) -> float:
        """Take a duration in seconds."""
        value = _number(self.document.get(key))
        return value if value is not None and value >= 0 else self.refuse(key, "seconds")

    def maybe_seconds(self, key: str) -> float | None:
        """Take a duration in seconds, or null, or nothing."""
        return None if self.document.get(key) is None else self.seconds(key)

    def sha256(self, key: str) -> str:
        """Take a SHA-256 in hexadecimal."""
        value = self.text(key)
        return value if _SHA256.fullmatch(value) else self.refuse(key, "64 hexadecimal digits")

    def maybe_sha256(self, key: str) -> str | None:
        """Take a SHA-256 in hexadecimal, or null, or nothing."""
        return None if self.document.get(key) is None else self.sha256(key)

    def mapping(self, key: str, default: Document | None = None) -> Document:
        """Take a JSON object."""
        value = self.document.get(key, default)
        return value if isinstance(value, Mapping) else self.refuse(key, "an object")

    def refuse(self, key: str, expected: str) -> NoReturn:
        """Raise ResultsError: this field is not what it must be."""
        got = f"{self.document[key]!r:.80}" if key in self.document else "nothing"
        raise _broken(self.place, f"{expected} as {key!r}", got)


def decode_score(value: object) -> tuple[float, float] | None:
    """Read [psnr_db, ssim], where an infinite PSNR is written "inf"; None: it is no such thing."""
    if not isinstance(value, list) or len(value) != 2:
        return None
    psnr_db = inf if value[0] == "inf" else _number(value[0])
    ssim = _number(value[1])
    return None if psnr_db is None or ssim is None else (psnr_db, ssim)


def encode_psnr(psnr_db: float) -> float | str:
    """Write a PSNR in dB for JSON, which has no infinity."""
    return "inf" if psnr_db == inf else psnr_db


def decode_errors(value: object) -> PixelErrors | None:
    """Read {"rain": [pixels, mse, mean], "free": …}; None: it is no such thing."""
    if not isinstance(value, Mapping):
        return None
    rain, free = (_decode_region(value.get(name)) for name in ("rain", "free"))
    if rain is None or free is None or rain.pixels + free.pixels == 0:
        return None
    return PixelErrors(rain, free)


def encode_errors(errors: PixelErrors) -> Document:
    """Write errors by pixel for JSON."""
    regions = {"rain": errors.rain, "free": errors.free}
    return {name: [each.pixels, each.mse, each.mean] for name, each in regions.items()}


def _decode_region(value: object) -> RegionError | None:
    if not isinstance(value, list) or len(value) != 3:
        return None
    pixels, mse, mean = map(_number, value)
    if pixels is None or mse is None or mean is None or pixels < 0 or pixels % 1 or mse < 0:
        return None
    return RegionError(int(pixels), mse, mean)


def _number(value: object) -> float | None:
    """Read a finite number; a text of digits or a truth value is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if isfinite(number) else None


def _broken(place: str, expected: str, got: str) -> ResultsError:
    return ResultsError(
        expected=expected,
        got=f"{got} at {place}",
        now="remove that line, or that run's folder, and run again",
    )


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")
