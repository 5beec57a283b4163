"""What `rainbench show` has to say, as values."""

from collections.abc import Callable
from pathlib import Path

import pytest

from rainbench.errors import PluginError, UsageError
from rainbench.shelves.presentation import show

Write = Callable[[str, str], Path]


def test_a_learned_method_shows_what_it_costs() -> None:
    assert show("msfm.light")["parameters"] == 16_843
    assert show("msfm")["macs_per_pixel"] == 41_400
    assert show("rainy")["parameters"] is None


def test_a_bare_module_has_its_parameters_counted(write: Write) -> None:
    file = write("bare.py", "from torch import nn\nMETHOD = nn.Conv2d(3, 3, 1)\n")
    assert show(str(file))["parameters"] == 12


def test_weights_are_nothing_to_look_at_here() -> None:
    with pytest.raises(UsageError, match="leave out '@rain1400'"):
        show("prenet@rain1400")


def test_a_network_that_looks_at_numbers_is_measured_all_the_same(write: Write) -> None:
    file = write(
        "bright.py",
        """
        from torch import nn
        from rainbench import LearnedMethod

        class Bright(nn.Module):
            def __init__(self):
                super().__init__()
                self.conv = nn.Conv2d(3, 3, 1, bias=False)

            def forward(self, x):
                return self.conv(x) if x.mean().item() < 2 else x

        METHOD = LearnedMethod(title="Bright", network=Bright)
        """,
    )
    found = show(str(file))
    assert (found["parameters"], found["macs_per_pixel"]) == (9, 9)


def test_a_network_that_takes_no_image_is_told_of(write: Write) -> None:
    file = write(
        "broken.py",
        """
        from torch import nn
        from rainbench import LearnedMethod
        METHOD = LearnedMethod(title="Broken", network=lambda: nn.Conv2d(4, 3, 1))
        """,
    )
    with pytest.raises(PluginError, match="Broken to take an image of 128x128"):
        show(str(file))
