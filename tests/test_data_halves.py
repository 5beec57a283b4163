from pathlib import Path

import numpy as np
import pytest

from rainbench.data.halves import vote
from rainbench.data.opening import open_dataset
from rainbench.dataset import ImagePair
from rainbench.image import Picture, write_png
from tests.pictures import random_pixels


def pairs(folder: Path, *, swapped: bool) -> list[ImagePair]:
    made = []
    for number in range(6):
        clean = random_pixels(16, 24, number) // 2
        wet = clean + np.where(np.arange(24) % 3 == 0, 90, 0).astype(np.uint8)[None, :, None]
        both = (wet, clean) if swapped else (clean, wet)
        write_png(folder / f"{number}.png", np.concatenate(both, axis=1))
        file = folder / f"{number}.png"
        made.append(ImagePair(str(number), Picture(file, "right"), Picture(file, "left"), ""))
    return made


def test_rain_adds_light_and_edges(tmp_path: Path) -> None:
    as_said = vote(pairs(tmp_path, swapped=False))
    assert (as_said.agree, as_said.disagree, as_said.is_swapped) == (6, 0, False)
    swapped = vote(pairs(tmp_path, swapped=True))
    assert (swapped.agree, swapped.disagree, swapped.is_swapped) == (0, 6, True)


def test_a_broken_file_has_no_vote(tmp_path: Path) -> None:
    made = pairs(tmp_path, swapped=False)
    (tmp_path / "0.png").write_bytes(b"")
    assert vote(made).agree == 5


@pytest.mark.parametrize("split", ["test", "train"])
def test_the_real_rain800_agrees(data: Path, split: str) -> None:
    votes = vote(open_dataset(f"rain800:{split}", root=data).pairs)
    assert votes.agree > 2 * votes.disagree
