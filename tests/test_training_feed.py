import threading
import time

import numpy as np
import pytest
import torch

from rainbench.errors import TrainingError
from rainbench.training.feed import AHEAD, Feed
from rainbench.training.material import WHOLE, Batch, PicturePair


class Numbered:
    """Material whose batches say which step they are of, the later ones sooner made."""

    identity: dict[str, object] = {}

    def __init__(self, bad: int = -1) -> None:
        self.bad = bad
        self.asked: list[int] = []

    def make(self, step: int, part: slice = WHOLE) -> Batch:
        self.asked.append(step)
        if step == self.bad:
            raise TrainingError(expected="a batch", got="none", now="look")
        time.sleep(0.002 * (step % 3 == 0))
        batch = torch.full((4, 1, 1, 3), step, dtype=torch.uint8)[part]
        return batch, batch

    def validation(self) -> list[PicturePair]:
        return [(np.zeros((1, 1, 3), np.uint8),) * 2]


@pytest.mark.parametrize("workers", [1, 3])
def test_batches_come_in_order_whoever_makes_them(workers: int) -> None:
    with Feed(Numbered(), range(5, 25), workers=workers) as feed:
        assert [int(feed.take()[0][0, 0, 0, 0]) for _ in range(20)] == [*range(5, 25)]
        assert feed.waited > 0


def test_no_more_are_made_than_a_few_ahead() -> None:
    material = Numbered()
    with Feed(material, range(1000), part=slice(1, 3)) as feed:
        assert len(feed.take()[0]) == 2
    assert len(material.asked) <= 1 + AHEAD
    assert not [each for each in threading.enumerate() if each.name.startswith("feed")]


def test_what_goes_wrong_is_raised_where_the_batch_is_taken() -> None:
    with Feed(Numbered(bad=1), range(9)) as feed:
        feed.take()
        with pytest.raises(TrainingError, match="a batch"):
            feed.take()
