"""Results that nobody measured: runs on a folder of drawn pairs, as the suite would record them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rainbench.image import Pixels, pixel_sha256, write_png
from rainbench.metrics.comparison import Score
from rainbench.protocol import PROTOCOLS
from rainbench.runs.identity import Run, folder_name
from rainbench.runs.journal import Journal, write_document
from rainbench.runs.record import HEADER, IMAGES, SESSIONS, Header, ImageRecord
from rainbench.runs.recorder import restored_path
from rainbench.runs.session import Session

COMMAND = "rainbench run --method {label} --dataset pairs"


@dataclass(frozen=True, kw_only=True)
class MadeRun:
    """What a made-up run shall be like."""

    label: str
    gain_db: float = 0.0
    """How much more it scores than the rainy input, on average."""
    trained_on: str | None = None
    images: int | None = None
    """Only the first so many; None: all."""
    dtype: str = "float32"
    exact: Sequence[str] = ()
    """Images that it restores exactly."""


@dataclass(frozen=True)
class _Pair:
    name: str
    rainy: Pixels
    clean: Pixels


def make_results(
    place: Path,
    runs: Sequence[MadeRun],
    *,
    names: Sequence[str],
    size: tuple[int, int] = (48, 72),
    dataset: str = "pairs",
) -> Path:
    """Draw a folder of pairs and write runs on it; returns the folder of results.

    size: height and width of a picture in pixels.
    """
    random = np.random.default_rng(7)
    pairs = [_draw(name, size, random) for name in names]
    data = place / dataset
    for pair in pairs:
        for kind, pixels in (("rainy", pair.rainy), ("clean", pair.clean)):
            (data / kind).mkdir(parents=True, exist_ok=True)
            write_png(data / kind / f"{pair.name}.png", pixels)
    input_db = {pair.name: float(random.uniform(22, 30)) for pair in pairs}
    for number, made in enumerate(runs):
        _write(place / "results" / dataset, data, made, number, pairs, input_db)
    return place / "results"


def _draw(name: str, size: tuple[int, int], random: np.random.Generator) -> _Pair:
    height, width = size
    y, x = np.mgrid[:height, :width]
    tone = random.integers(40, 160, 3)
    wave = 40 * np.sin(x / width * random.uniform(3, 9)) + 40 * np.cos(y / height * 5)
    clean = np.clip(wave[..., None] + tone, 0, 255).astype(np.uint8)
    streaks = (random.random((height, width)) > 0.97)[..., None] * 90
    return _Pair(name, np.clip(clean + streaks, 0, 255).astype(np.uint8), clean)


def _write(
    results: Path,
    data: Path,
    made: MadeRun,
    number: int,
    pairs: Sequence[_Pair],
    input_db: dict[str, float],
) -> None:
    run = Run(
        method=made.label.partition("@")[0],
        settings={},
        method_sha256=f"{number:064x}",
        weights_sha256=f"{number + 1:064x}" if made.trained_on else None,
        dataset=data.name,
        release="folder",
        split="test",
        dtype=made.dtype,
    )
    folder = results / folder_name(made.label, run.id)
    folder.mkdir(parents=True)
    header = Header(
        run=run, label=made.label, title=made.label, trained_on=made.trained_on, of=len(pairs),
        parameters=35173 if made.trained_on else None,
    )  # fmt: skip
    write_document(folder / HEADER, header.to_json())
    session = Session(
        number=1, start="2026-11-25T07:00:00+00:00", command=COMMAND.format(label=made.label),
        versions={"rainbench": "0.1.0"}, device="cpu", engine="numpy", of=len(pairs),
        data=str(data),
    )  # fmt: skip
    Journal(folder / SESSIONS).append(session.to_json())
    random = np.random.default_rng(number)
    restored_path(folder, "x").parent.mkdir()
    lines = []
    for pair in pairs[: made.images]:
        gain = made.gain_db + random.normal(0, 1) if made.gain_db else 0.0
        share = min(1.0, max(0.0, made.gain_db / 12))
        mixed = pair.rainy * (1 - share) + pair.clean * share
        write_png(restored_path(folder, pair.name), mixed.astype(np.uint8))
        psnr_db = float("inf") if pair.name in made.exact else input_db[pair.name] + gain
        lines.append(
            ImageRecord(
                image=pair.name,
                rainy_sha256=pixel_sha256(pair.rainy),
                clean_sha256=pixel_sha256(pair.clean),
                seconds=0.1,
                session=1,
                scene=pair.name,
                scores={
                    name: Score(psnr_db - 0.1 * place, min(1.0, psnr_db / 40))
                    for place, name in enumerate(PROTOCOLS)
                },
            )
        )
    _write_lines(folder / IMAGES, lines)


def _write_lines(file: Path, lines: Sequence[ImageRecord]) -> None:
    # At once: a thousand times fsync is a test's worth of time.
    text = "".join(json.dumps(line.to_json()) + "\n" for line in lines)
    file.write_text(text, encoding="utf-8")
