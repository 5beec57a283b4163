"""Weights that ship are whole, say what they are, and take rain out."""

from pathlib import Path
from typing import Any

import pytest

from rainbench.data.opening import open_dataset
from rainbench.image import to_image
from rainbench.method import LearnedMethod, Weights
from rainbench.metrics.comparison import Comparison
from rainbench.protocol import HEADLINE, find_protocol
from rainbench.registry import entries, find_method
from rainbench.restorers.preparation import prepare_restorer
from rainbench.restorers.weights import file_sha256, read_record

FOLDER = Path(__file__).parent.parent.parent / "methods" / "weights"


def shipped() -> list[Any]:
    found = []
    for name in entries("methods"):
        method = find_method(name).value
        if isinstance(method, LearnedMethod):
            found += [
                pytest.param(name, weights, entry, id=f"{name}@{weights}")
                for weights, entry in method.weights.items()
                if entry.shipped
            ]
    return found


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
    restorer = prepare_restorer(f"{name}@{weights}")
    headline = find_protocol(HEADLINE)
    gains = []
    for pair in open_dataset("toy").pairs:
        rainy, clean = pair.read()
        assert clean is not None
        restored = Comparison(restorer(to_image(rainy)), clean).score(headline)
        gains.append(restored.psnr_db - Comparison(rainy, clean).score(headline).psnr_db)
    assert restorer.trained_on == entry.trained_on
    assert sum(gains) / len(gains) > 1
