"""A photograph's look is its own, whatever is done to the file."""

import io

import cv2
import numpy as np
from PIL import Image

from rainbench.data.look import ALIKE, bits, distances, look
from rainbench.image import Pixels
from tests.test_data_audit import photograph


def apart(one: Pixels, other: Pixels) -> int:
    return int(distances(look(one), bits([look(other)]))[0])


def test_a_look_is_sixty_four_hexadecimal_digits() -> None:
    assert len(look(photograph(1))) == 64
    assert bits([look(photograph(1))] * 3).shape == (3, 32)


def test_resized_re_coded_and_mirrored_photographs_look_alike() -> None:
    pixels = photograph(1)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=30)
    assert apart(pixels, np.asarray(Image.open(file))) <= ALIKE
    small = np.asarray(cv2.resize(pixels, (180, 120), interpolation=cv2.INTER_AREA), np.uint8)
    assert apart(pixels, small) <= ALIKE
    assert apart(pixels, np.ascontiguousarray(pixels[:, ::-1])) <= ALIKE


def test_other_photographs_look_otherwise() -> None:
    looks = [look(photograph(seed)) for seed in range(20)]
    for place, one in enumerate(looks[:-1]):
        assert distances(one, bits(looks[place + 1 :])).min() > ALIKE


def test_a_flat_picture_has_a_look_too() -> None:
    assert len(look(np.full((40, 60, 3), 7, np.uint8))) == 64
