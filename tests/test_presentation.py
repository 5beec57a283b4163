"""What `rainbench show` has to say, as values."""

from collections.abc import Callable
from pathlib import Path

import pytest

from rainbench.cli import main
from rainbench.errors import PluginError, UsageError, WeightsError
from rainbench.method import LearnedMethod
from rainbench.registry import find_method
from rainbench.restorers.preparation import build_network
from rainbench.restorers.weights import save_weights
from rainbench.shelves.presentation import show

Write = Callable[[str, str], Path]


def test_a_learned_method_shows_what_it_costs() -> None:
    assert show("msfm.light")["parameters"] == 16_843
    assert show("msfm")["macs_per_pixel"] == 41_400
    assert show("rainy")["parameters"] is None


def test_a_bare_module_has_its_parameters_counted(write: Write) -> None:
    file = write("bare.py", "from torch import nn\nMETHOD = nn.Conv2d(3, 3, 1)\n")
    assert show(str(file))["parameters"] == 12


def test_weights_that_are_named_show_what_made_them(capsys: pytest.CaptureFixture[str]) -> None:
    found = show("msfm@rendered-light-6x8")
    assert found["parameters"] == 16_843
    assert found["record"]["trained_on"].endswith("rendered rain")
    assert found["record"]["curve"]
    assert "record" not in show("msfm.light")
    assert main(["show", "msfm.light@rendered-light-6x8"]) == 0
    shown = capsys.readouterr().out
    assert " entries" in shown
    assert "sha256: " in shown


def test_weights_bring_their_settings(tmp_path: Path) -> None:
    file = tmp_path / "mine.safetensors"
    method = find_method("msfm").value
    assert isinstance(method, LearnedMethod)
    network = build_network(method, {"layers": 2, "channels": 4})
    record = {"settings": {"layers": 2, "channels": 4}, "trained_on": "noise"}
    save_weights(file, network.state_dict(), record)
    found = show(f"msfm@{file}")
    assert found["settings"]["layers"] == 2
    assert found["parameters"] == sum(each.numel() for each in network.parameters())
    assert found["record"]["file"] == str(file)


def test_weights_that_cannot_be_had_are_refused() -> None:
    with pytest.raises(WeightsError, match="and write prenet@FILE"):
        show("prenet@rain1400")
    with pytest.raises(UsageError, match="learns nothing"):
        show("rainy@x")
    with pytest.raises(WeightsError, match="channels=8"):
        show("msfm.light@rendered-light")


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
