"""How well and how fast `data audit` finds leaks.

Recall and precision are measured on made-up changes of the Kodak photographs, the speed on every
real set there is; both want RAINBENCH_DATA. A figure "missed" or "false" is a share, at best 0.
"""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from rainbench.data.audit import Audit, clean_pictures, compare
from rainbench.data.sight import Sights, look_at, see
from rainbench.image import Pixels

SECONDS = 20.0
BUDGETS = {
    "all audits, seconds": SECONDS,
    "false, of all found": 0.0,
    "audits that miss the truth": 0.0,
}
SETS = ("rain800:train", "rain800:test", "rain100l", "bsds500")
TRUTH = {
    ("rain800:train", "rain100l"): 13,
    ("rain800:test", "rain100l"): 1,
    ("rain800:train", "rain800:test"): 1,
    ("rain800:train", "bsds500"): 9,
    ("rain800:test", "bsds500"): 0,
    ("bsds500", "rain100l"): 0,
    ("rain800:train", "rain800:train"): 368,
    ("rain800:test", "rain800:test"): 76,
    ("rain100l", "rain100l"): 91,
}
"""Training images that leak, and scenes of one set, as all 32x32 thumbnails beside all others found
them."""


def _resized(pixels: Pixels, scale: float) -> Pixels:
    size = (round(pixels.shape[1] * scale), round(pixels.shape[0] * scale))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC))


def _jpeg(pixels: Pixels, quality: int) -> Pixels:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


def _crop(pixels: Pixels, side: float, random: np.random.Generator) -> Pixels:
    height, width = round(pixels.shape[0] * side), round(pixels.shape[1] * side)
    top = int(random.integers(0, pixels.shape[0] - height + 1))
    left = int(random.integers(0, pixels.shape[1] - width + 1))
    return np.ascontiguousarray(pixels[top : top + height, left : left + width])


Change = Callable[[Pixels, np.random.Generator], Pixels]
CHANGES: dict[str, Change] = {
    "flip": lambda p, _: np.ascontiguousarray(p[:, ::-1]),
    "jpeg 30": lambda p, _: _jpeg(p, 30),
    "resize 0.4": lambda p, _: _resized(p, 0.4),
    "resize 1.3": lambda p, _: _resized(p, 1.3),
    "crop 0.9": lambda p, r: _crop(p, 0.9, r),
    "crop 0.7": lambda p, r: _crop(p, 0.7, r),
    "crop 0.5": lambda p, r: _crop(p, 0.5, r),
    "crop 0.7, jpeg 50": lambda p, r: _jpeg(_crop(p, 0.7, r), 50),
    "crop 0.7, resize 0.6": lambda p, r: _resized(_crop(p, 0.7, r), 0.6),
    "crop 0.6, flip": lambda p, r: np.ascontiguousarray(_crop(p, 0.6, r)[:, ::-1]),
}
"""By the share of each side that a crop keeps, the scale, the quality."""


def measure() -> dict[str, float]:
    """Recall and precision on Kodak's photographs, then the time of all real audits."""
    data = os.environ.get("RAINBENCH_DATA")
    if not data:
        print("audit: nothing measured: RAINBENCH_DATA is not set")
        return {}
    return {**found_of_made_up(Path(data)), **time_of_all()}


def found_of_made_up(data: Path) -> dict[str, float]:
    """Change each photograph in each way, and look for it among all of them."""
    random = np.random.default_rng(1)
    photographs = [
        (name, picture.read()) for name, picture in clean_pictures(str(data / "kodak24"))
    ]
    base = Sights("kodak24", tuple(see(name, pixels) for name, pixels in photographs), ())
    figures, every, false = {}, 0, 0
    for change, made in CHANGES.items():
        seen = tuple(see(name, made(pixels, random)) for name, pixels in photographs)
        matches = compare(base, Sights(change, seen, ())).matches
        right = len({match.train for match in matches if match.train == match.test})
        figures[f"missed, {change}"] = 1 - right / len(photographs)
        every += len(matches)
        false += sum(match.train != match.test for match in matches)
    return {**figures, "false, of all found": false / every}


def time_of_all() -> dict[str, float]:
    """Time all audits of the real sets, each set looked at once, and print what they find."""
    begin, cpu = time.perf_counter(), time.process_time()
    sights = {name: look_at(name, clean_pictures(name)) for name in SETS}
    audits: list[Audit] = [compare(sights[one], sights[other]) for one, other in TRUTH]
    seconds, cpu_seconds = time.perf_counter() - begin, time.process_time() - cpu
    for audit in audits:
        print(f"audit       {audit}")
    found = [audit.scenes if audit.inside else audit.leaked[0] for audit in audits]
    wrong = sum(count != truth for count, truth in zip(found, TRUTH.values(), strict=True))
    return {
        "audits that miss the truth": wrong,
        "all audits, seconds": seconds,
        "all audits, CPU seconds": cpu_seconds,
    }
