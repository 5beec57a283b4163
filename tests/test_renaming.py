"""Names of tensors are changed by the first pattern that they begin with."""

import pytest

from rainbench import rename

NAMES = (
    (r"conv_([xh])\.", r"gates.\1."),
    (r"conv_", r"other."),
    (r"block(\d)\.", lambda found: f"blocks.{int(found[1]) - 1}."),
)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("conv_x.weight", "gates.x.weight"),
        ("conv_y.weight", "other.y.weight"),
        ("block3.bias", "blocks.2.bias"),
        ("my.conv_x.weight", "my.conv_x.weight"),
        ("enter.conv_x", "enter.conv_x"),
    ],
)
def test_the_first_pattern_that_it_begins_with(theirs: str, ours: str) -> None:
    assert rename(theirs, NAMES) == ours
