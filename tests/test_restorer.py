"""What a method may not do to an image, and how it is told."""

import sys
from collections.abc import Callable

import numpy as np
import pytest
import torch

from rainbench import Image, MethodError
from rainbench.restorers.restorer import Restorer

RAINY = np.full((12, 14, 3), 0.5, np.float32)


def leave(_: Image) -> Image:
    sys.exit(0)


def overwrite(rainy: Image) -> Image:
    rainy[:] = 0
    return rainy


def restorer(derain: Callable[[Image], object]) -> Restorer:
    return Restorer(
        method="odd", label="odd", title="Odd", settings={}, method_sha256="0" * 64,
        derain=derain,  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("derain", "message"),
    [
        (lambda rainy: rainy * np.nan, "expected finite values from odd, got 504 NaN"),
        (lambda rainy: rainy[:-1], r"expected shape \(12, 14, 3\) from odd, got \(11, 14, 3\)"),
        (lambda rainy: rainy * 255, "got 127.5 to 127.5; divide by 255"),
        (lambda rainy: rainy - 9, r"got -8.5 to -8.5; return values in \[0, 1\]"),
        (lambda _: None, "got a NoneType; return a numpy array"),
        (lambda rainy: rainy.astype(np.uint8), "got an array of uint8"),
        (torch.from_numpy, "got a Tensor; return a numpy array"),
        (overwrite, "expected its input untouched"),
        (leave, "got SystemExit: 0; mend the method"),
        (lambda _: 1 / 0, "got ZeroDivisionError: division by zero"),
    ],
)
def test_a_broken_contract_is_the_methods_failure(
    derain: Callable[[Image], object], message: str
) -> None:
    with pytest.raises(MethodError, match=message):
        restorer(derain)(RAINY.copy())


def test_overshoot_is_kept_and_doubles_become_singles() -> None:
    restored = restorer(lambda rainy: rainy.astype(np.float64) * 2.5)(RAINY.copy())
    assert restored.dtype == np.float32
    assert (restored == 1.25).all()


def test_an_interruption_is_no_failure_of_the_method() -> None:
    def stop(_: Image) -> Image:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restorer(stop)(RAINY)
