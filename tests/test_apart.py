import os
from collections.abc import Callable
from functools import partial

import pytest

from tests.apart import Apart


def _counting(start: int) -> Callable[[], tuple[int, int]]:
    numbers = iter(range(start, start + 9))
    return lambda: (next(numbers), os.getpid())


def _broken() -> Callable[[], object]:
    raise ValueError("no such engine")


def test_work_goes_on_in_its_own_process_and_is_timed() -> None:
    with Apart(partial(_counting, 4)) as work:
        first, second = work.turn(), work.turn()
    assert (first.result[0], second.result[0]) == (4, 5)
    assert first.result[1] == second.result[1] != os.getpid()
    assert first.seconds > 0


def test_what_cannot_be_made_says_why() -> None:
    with pytest.raises(RuntimeError, match="no such engine"):
        Apart(_broken)
