"""What `rainbench show` has to say, as values."""

from collections.abc import Callable
from pathlib import Path

import pytest

from rainbench.errors import UsageError
from rainbench.presentation import show

Write = Callable[[str, str], Path]


def test_a_learned_method_shows_what_it_costs() -> None:
    assert show("msfm.light")["parameters"] == 16_843
    assert show("msfm")["macs_per_pixel"] == 42_750
    assert show("rainy")["parameters"] is None


def test_a_bare_module_has_its_parameters_counted(write: Write) -> None:
    file = write("bare.py", "from torch import nn\nMETHOD = nn.Conv2d(3, 3, 1)\n")
    assert show(str(file))["parameters"] == 12


def test_weights_are_nothing_to_look_at_here() -> None:
    with pytest.raises(UsageError, match="leave out '@rain1400'"):
        show("prenet@rain1400")
