from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from rainbench.errors import PluginError, UnknownNameError, UsageError, WeightsError
from rainbench.method import LearnedMethod, Weights
from rainbench.registry import find_method
from rainbench.restorers.at_hand import known_weights
from rainbench.restorers.preparation import build_network, method_settings, prepare_restorer
from rainbench.restorers.weights import save_weights
from rainbench.specification import parse_method

RAIN = np.random.default_rng(0).random((12, 15, 3), dtype=np.float32)


def save(words: str, path: Path, **record: object) -> Path:
    """Save untrained weights of METHOD words, as the suite's own file."""
    method = find_method(parse_method(words).name).value
    assert isinstance(method, LearnedMethod)
    settings = method_settings(method, parse_method(words))
    torch.manual_seed(0)
    state = build_network(method, settings).state_dict()
    save_weights(path, state, {"settings": settings, "trained_on": "noise", **record})
    return path


def test_a_prior_method_needs_nothing() -> None:
    restorer = prepare_restorer("rainy")
    assert restorer.label == "rainy"
    assert restorer.trained_on is None
    assert restorer.parameters is None
    np.testing.assert_array_equal(restorer(RAIN), RAIN)
    with pytest.raises(UsageError, match="learns nothing"):
        prepare_restorer("rainy", weights=Path("w.pth"))


def test_weights_bring_their_settings(tmp_path: Path) -> None:
    file = save("msfm:layers=2,channels=4", tmp_path / "mine.safetensors")
    restorer = prepare_restorer("msfm", weights=file)
    assert restorer.settings["layers"] == 2
    assert restorer.label == "msfm:layers=2,channels=4@mine"
    assert restorer.trained_on == "noise"
    assert restorer.weights_sha256 is not None
    assert restorer(RAIN).shape == RAIN.shape
    same = prepare_restorer(f"msfm@{file}")
    np.testing.assert_array_equal(same(RAIN), restorer(RAIN))


@pytest.mark.parametrize(
    ("file", "kept", "name"),
    [
        ("prenet-rain800/weights.safetensors", "best", "prenet-rain800"),
        ("prenet-rain800/last.safetensors", "last", "prenet-rain800-last"),
        ("sweep/prenet/seed-1/last.safetensors", "last", "prenet-seed-1-last"),
        ("sweep/prenet/seed-1/mine.safetensors", "best", "mine"),
        ("sweep/prenet/seed-1/weights.safetensors", None, "weights"),
        ("a@b:c,d/weights.safetensors", "best", "a-b-c-d"),
    ],
)
def test_weights_of_a_training_run_are_called_by_its_folder(
    tmp_path: Path, file: str, kept: str | None, name: str
) -> None:
    (tmp_path / file).parent.mkdir(parents=True)
    record = {} if kept is None else {"kept": kept}
    weights = save("msfm.light", tmp_path / file, **record)
    assert prepare_restorer("msfm.light", weights=weights).label == f"msfm.light@{name}"


def test_settings_asked_for_must_be_those_of_the_weights(tmp_path: Path) -> None:
    file = save("msfm.light", tmp_path / "light.safetensors")
    assert prepare_restorer("msfm.light", weights=file).label == "msfm.light@light"
    with pytest.raises(WeightsError, match="layers=8"):
        prepare_restorer("msfm:layers=8", weights=file)


def test_a_variant_is_recognised_from_the_shapes(tmp_path: Path) -> None:
    names = {"prn": "PRN6", "r": "PReNet6_r", "gru": "GRU", "": "PReNet6"}
    for variant, name in names.items():
        words = f"prenet.{variant}" if variant else "prenet"
        method = find_method("prenet").value
        assert isinstance(method, LearnedMethod)
        network = build_network(method, method_settings(method, parse_method(words)))
        published = {_published(key): tensor for key, tensor in network.state_dict().items()}
        torch.save(published, tmp_path / f"{name}.pth")
        assert prepare_restorer("prenet", weights=tmp_path / f"{name}.pth").label == (
            f"{words}@{name}"
        )
        assert prepare_restorer("prenet", weights=tmp_path / f"{name}.pth").trained_on == (
            "not stated"
        )


def _published(key: str) -> str:
    layer, _, rest = key.partition(".")
    if layer == "blocks":
        number, place, kind = rest.split(".")
        return f"res_conv{int(number) + 1}.{0 if place == 'first' else 2}.{kind}"
    if layer == "memory":
        gate, kind = rest.split(".")
        return f"conv_{gate}.0.{kind}"
    return {"enter": f"conv0.0.{rest}", "leave": f"conv.0.{rest}"}[layer]


def test_missing_weights_say_how_to_get_them() -> None:
    with pytest.raises(WeightsError, match=r"PReNet6/net_latest\.pth"):
        prepare_restorer("prenet.r")
    with pytest.raises(WeightsError, match=r"and write prenet@FILE"):
        prepare_restorer("prenet@rain1400")
    with pytest.raises(WeightsError, match="rainbench train --method msfm"):
        prepare_restorer("msfm.single")


def test_names_that_nothing_has_are_met_with_near_ones() -> None:
    with pytest.raises(UnknownNameError, match="did you mean light"):
        prepare_restorer("msfm.ligth")
    with pytest.raises(UnknownNameError, match="did you mean rain1400"):
        prepare_restorer("prenet@rain140")
    with pytest.raises(UnknownNameError, match="did you mean channels"):
        prepare_restorer("msfm:chanels=3")
    with pytest.raises(UsageError, match="given once"):
        prepare_restorer("prenet@rain1400", weights=Path("x.pth"))


def test_a_network_that_breaks_as_it_is_built_is_the_plugins_fault() -> None:
    def network() -> nn.Module:
        raise AttributeError("no such layer")

    with pytest.raises(PluginError, match="got AttributeError: no such layer"):
        build_network(LearnedMethod(title="Broken", network=network), {})


def test_settings_no_network_can_have_are_refused() -> None:
    method = find_method("msfm").value
    assert isinstance(method, LearnedMethod)
    for setting in ("dilations=7", "channels=-1", "scales=-1"):
        with pytest.raises(UsageError, match="can be built with"):
            build_network(
                method,
                method_settings(method, parse_method(f"msfm:{setting}")),
            )


def test_weights_that_ship_say_themselves_what_they_are() -> None:
    shipped = known_weights(find_method("msfm"))["rendered-fine"]
    assert "photographs of bsds500, rendered rain" in shipped.trained_on
    assert shipped.settings["channels"] == 10
    with pytest.raises(PluginError, match="words on what theirs was trained on"):
        Weights(source="theirs", sha256="")


def test_advice_on_training_is_for_the_settings_asked_for() -> None:
    with pytest.raises(WeightsError, match=r"train --method msfm:layers=6,dense=false`"):
        prepare_restorer("msfm:dense=false,layers=6")
