"""What people call the datasets, and what they get."""

import pytest

from rainbench.errors import UsageError
from rainbench.registry import find_dataset_split


@pytest.mark.parametrize(
    ("typed", "name", "split"),
    [
        ("Rain100H", "rain100h", None),
        ("rain100h-old", "rain100h", None),
        ("RAIN_100_L", "rain100l", None),
        ("Rain100H-new", "rain200h", None),
        ("RainHeavy", "rain200h", None),
        ("rainlight", "rain200l", None),
        ("Rain200H", "rain200h", None),
        ("DID-Data", "rain1200", None),
        ("DDN-Data", "rain1400", None),
        ("DDN", "rain1400", None),
        ("Rain1400", "rain1400", None),
        ("Rain14000", "rain1400", None),
        ("Test100", "rain13k", "test100"),
        ("test-2800", "rain13k", "test2800"),
        ("rain100h-13k", "rain13k", "rain100h"),
        ("Rain100H-1254", "rain100h", "strict"),
        ("SPA-Data", "spa", None),
        ("GT-RAIN", "gtrain", None),
        ("SIRR", "real", None),
    ],
)
def test_a_name_of_the_literature_resolves(typed: str, name: str, split: str | None) -> None:
    plugin, implied = find_dataset_split(typed)
    assert (plugin.name, implied) == (name, split)


def test_a_name_of_two_asks_which_one_and_tells_them_apart() -> None:
    with pytest.raises(UsageError) as caught:
        find_dataset_split("Test1200")
    said = str(caught.value)
    assert "rain1200 (DID-MDN's own release" in said
    assert "rain13k:test1200 (the mixture" in said
    assert "which one?" in said
