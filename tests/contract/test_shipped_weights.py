"""Weights that ship are whole, say what they are, and take rain out."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rainbench.data.opening import open_dataset
from rainbench.image import to_image
from rainbench.method import Weights
from rainbench.metrics.comparison import Comparison
from rainbench.protocol import HEADLINE, find_protocol
from rainbench.registry import entries, find_method
from rainbench.restorers.at_hand import known_weights
from rainbench.restorers.preparation import prepare_restorer
from rainbench.restorers.weights import file_sha256, read_record
from rainbench.streaks.rain import RAIN_STYLES, blend_streaks, render_streaks
from rainbench.training.patches import generator

FOLDER = Path(__file__).parent.parent.parent / "methods" / "weights"


def shipped() -> list[Any]:
    return [
        pytest.param(name, weights, entry, id=f"{name}@{weights}")
        for name in entries("methods")
        for weights, entry in known_weights(find_method(name)).items()
        if entry.shipped
    ]


def test_nothing_lies_there_unclaimed() -> None:
    claimed = {case.values[2].source for case in shipped()}
    assert claimed == {path.name for path in FOLDER.glob("*") if path.suffix != ".md"}


@pytest.mark.parametrize(("name", "weights", "entry"), shipped())
def test_the_file_is_the_one_the_method_names(name: str, weights: str, entry: Weights) -> None:
    file = FOLDER / entry.source
    assert file_sha256(file) == entry.sha256
    record = read_record(file)
    assert record is not None
    assert record["method"] == name
    assert record["trained_on"] == entry.trained_on
    assert entry.settings.items() <= record["settings"].items()
    words = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert entry.source in words
    assert entry.sha256 in words
    assert weights


@pytest.mark.parametrize(("name", "weights", "entry"), shipped())
def test_it_takes_rain_out_of_toy(name: str, weights: str, entry: Weights) -> None:
    """Out of toy's photographs under the rain that it was trained on, as far as that is rendered.

    Under toy's own rain, all that is asked of others is a picture.
    """
    record = read_record(FOLDER / entry.source) or {}
    restorer = prepare_restorer(f"{name}@{weights}")
    headline = find_protocol(HEADLINE)
    gains = []
    for number, pair in enumerate(open_dataset("toy").pairs):
        rainy, clean = pair.read()
        assert clean is not None
        if record["rain"]:
            style, (height, width, _) = RAIN_STYLES[record["rain"]], clean.shape
            streaks = render_streaks(height, width, style, generator(11, number))
            rainy = blend_streaks(clean, streaks, style.blend)
        restored = Comparison(restorer(to_image(rainy)), clean).score(headline)
        gains.append(restored.psnr_db - Comparison(rainy, clean).score(headline).psnr_db)
    assert restorer.trained_on == entry.trained_on
    if record["rain"]:
        assert sum(gains) / len(gains) > 1
    assert np.isfinite(gains).all()
