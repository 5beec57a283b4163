"""RESCAN against the published code's own steps, by its names and on its BGR; what it restores."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from rainbench import Comparison, open_dataset
from rainbench.errors import UsageError, WeightsError
from rainbench.image import to_image
from rainbench.method import LearnedMethod
from rainbench.protocol import HEADLINE, find_protocol
from rainbench.registry import find_method
from rainbench.restorers.preparation import build_network, prepare_restorer
from rainbench.restorers.weights import fit, read_checkpoint

Tensors = dict[str, Tensor]
Step = Callable[[Tensors, str, Tensor, list[Tensor]], list[Tensor]]

GATES = {"gru": "zrn", "lstm": "fioj", "rnn": "", "conv": None}


def rescan() -> LearnedMethod:
    method = find_method("rescan").value
    assert isinstance(method, LearnedMethod)
    return method


def published(unit: str, *, se: bool) -> Tensors:
    """Random weights by the names and shapes of the authors' files."""
    tensors: Tensors = {}

    def layer(name: str, *shape: int) -> None:
        tensors[f"{name}.weight"] = 0.1 * torch.randn(shape)
        tensors[f"{name}.bias"] = 0.3 * torch.randn(shape[0])

    def excitation(name: str) -> None:
        if se:
            layer(f"{name}.fc.0", 6, 24)
            layer(f"{name}.fc.2", 24, 6)

    gates = GATES[unit]
    for k in range(5):
        if gates is None:
            layer(f"rnns.{k}.conv", 24, 24 if k else 3, 3, 3)
        for gate in gates or ([""] if gates == "" else []):
            layer(f"rnns.{k}.conv_x{gate}", 24, 24 if k else 3, 3, 3)
            layer(f"rnns.{k}.conv_h{gate}", 24, 24, 3, 3)
        excitation(f"rnns.{k}.se")
    layer("dec.0", 24, 24, 3, 3)
    excitation("dec.1")
    layer("dec.3", 3, 24, 1, 1)
    return tensors


def conv(w: Tensors, name: str, x: Tensor) -> Tensor:
    """Convolve at the dilation that its place asks for; only what sees the input is dilated."""
    seen = re.fullmatch(r"rnns\.(\d)\.conv(_x.?)?", name)
    dilation = (1, 1, 2, 4, 8)[int(seen[1])] if seen else 1
    weight = w[f"{name}.weight"]
    padding = dilation * (weight.shape[2] // 2)
    return F.conv2d(x, weight, w[f"{name}.bias"], padding=padding, dilation=dilation)


def excite(w: Tensors, name: str, x: Tensor) -> Tensor:
    if f"{name}.fc.0.weight" not in w:
        return x
    hidden = F.linear(x.mean((2, 3)), w[f"{name}.fc.0.weight"], w[f"{name}.fc.0.bias"]).relu()
    weights = F.linear(hidden, w[f"{name}.fc.2.weight"], w[f"{name}.fc.2.bias"]).sigmoid()
    return x * weights[:, :, None, None]


def gru(w: Tensors, unit: str, x: Tensor, state: list[Tensor]) -> list[Tensor]:
    def gate(name: str, h: Tensor) -> Tensor:
        return conv(w, f"{unit}.conv_x{name}", x) + conv(w, f"{unit}.conv_h{name}", h)

    if not state:
        z = torch.sigmoid(conv(w, f"{unit}.conv_xz", x))
        return [z * torch.tanh(conv(w, f"{unit}.conv_xn", x))]
    [h] = state
    z, r = torch.sigmoid(gate("z", h)), torch.sigmoid(gate("r", h))
    return [(1 - z) * h + z * torch.tanh(gate("n", r * h))]


def lstm(w: Tensors, unit: str, x: Tensor, state: list[Tensor]) -> list[Tensor]:
    def gate(name: str) -> Tensor:
        seen = conv(w, f"{unit}.conv_x{name}", x)
        return seen + conv(w, f"{unit}.conv_h{name}", state[0]) if state else seen

    i, o, j = torch.sigmoid(gate("i")), torch.sigmoid(gate("o")), torch.tanh(gate("j"))
    if not state:
        return [o * (i * j), i * j]
    c = torch.sigmoid(gate("f")) * state[1] + i * j
    return [o * torch.tanh(c), c]


def rnn(w: Tensors, unit: str, x: Tensor, state: list[Tensor]) -> list[Tensor]:
    seen = conv(w, f"{unit}.conv_x", x)
    return [torch.tanh(seen + conv(w, f"{unit}.conv_h", state[0]) if state else seen)]


def plain(w: Tensors, unit: str, x: Tensor, state: list[Tensor]) -> list[Tensor]:  # noqa: ARG001
    return [conv(w, f"{unit}.conv", x)]


STEPS: dict[str, Step] = {"gru": gru, "lstm": lstm, "rnn": rnn, "conv": plain}


def rains(w: Tensors, bgr: Tensor, step: Step, *, frame: str) -> list[Tensor]:
    """The rain that each of four stages finds, in the authors' order of colours."""
    states: list[list[Tensor]] = [[] for _ in range(5)]
    found: list[Tensor] = []
    x = bgr
    for _ in range(4):
        for k in range(5):
            h, *rest = step(w, f"rnns.{k}", x, states[k])
            x = F.leaky_relu(excite(w, f"rnns.{k}.se", h), 0.2)
            states[k] = [x, *rest]
        x = F.leaky_relu(excite(w, "dec.1", conv(w, "dec.0", x)), 0.2)
        x = conv(w, "dec.3", x)
        if frame == "add" and found:
            x = x + found[-1]
        found.append(x)
        x = bgr - x
    return found


@pytest.mark.parametrize("frame", ["full", "add"])
@pytest.mark.parametrize("se", [True, False])
@pytest.mark.parametrize("unit", STEPS)
def test_published_weights_do_here_what_they_do_in_the_published_code(
    unit: str, se: bool, frame: str, tmp_path: Path
) -> None:
    tensors = published(unit, se=se)
    file = tmp_path / "latest"
    torch.save({"net": tensors, "clock": 20_000, "opt": {"state": {}}}, file)
    checkpoint = read_checkpoint(rescan(), file)
    assert checkpoint.settings == {"unit": unit, "se": se}
    network = build_network(rescan(), {**checkpoint.settings, "frame": frame})
    fit(network, checkpoint.state, file)
    network.double()
    rainy = torch.rand(2, 3, 19, 26, dtype=torch.float64)
    with torch.no_grad():
        stages = network(rainy)
        last = network.eval()(rainy)
    exact = {name: tensor.double() for name, tensor in tensors.items()}
    expected = rains(exact, rainy.flip(1), STEPS[unit], frame=frame)
    assert len(stages) == 4
    for restored, rain in zip(stages, expected, strict=True):
        torch.testing.assert_close(restored, rainy - rain.flip(1), atol=1e-12, rtol=1e-9)
    torch.testing.assert_close(last, stages[-1], atol=0, rtol=0)


def test_the_loss_is_summed_over_the_stages() -> None:
    recipe = rescan().recipe
    assert recipe is not None
    clean, stages = torch.rand(2, 3, 5, 6), torch.rand(3, 2, 3, 5, 6)
    expected = ((stages - clean) ** 2).mean((1, 2, 3, 4)).sum()
    torch.testing.assert_close(recipe.loss(tuple(stages), clean), expected)


def test_rain_added_to_what_was_found_before_draws_no_gradient_through_it() -> None:
    network = build_network(rescan(), {"frame": "add", "unit": "conv", "stages": 2})
    bias = network.get_parameter("decode.3.bias")
    with torch.no_grad():  # the decoder alone speaks: each stage finds the bias
        network.get_parameter("decode.3.weight").zero_()
    first, second = network(torch.rand(1, 3, 4, 4))
    torch.testing.assert_close(first - second, bias.view(1, 3, 1, 1).expand(1, 3, 4, 4))
    second.mean().backward()
    assert bias.grad is not None
    assert bias.grad.sum().item() == pytest.approx(-1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda w: w.pop("dec.3.bias"), "without decode.3.bias"),
        (lambda w: w.update({"rnns.5.se.fc.0.bias": torch.zeros(6)}), "with rnns.5.se.fc.0.bias"),
        (lambda w: w.update({"rnns.0.conv_xz.weight": torch.zeros(24, 1, 3, 3)}), "shape"),
        (lambda w: w.update({"dec.3.bias": torch.tensor(0.0)}), "shape"),
    ],
)
def test_what_does_not_fit_is_refused(
    change: Callable[[Tensors], object], words: str, tmp_path: Path
) -> None:
    tensors = published("gru", se=True)
    change(tensors)
    torch.save(tensors, tmp_path / "w.pth")
    checkpoint = read_checkpoint(rescan(), tmp_path / "w.pth")
    with pytest.raises(WeightsError, match=words):
        fit(build_network(rescan(), checkpoint.settings), checkpoint.state, tmp_path / "w.pth")


def test_no_stage_is_refused() -> None:
    with pytest.raises(UsageError, match="at least one stage"):
        build_network(rescan(), {"stages": 0})


# Measured once with these weights, which have seen these scenes: proof that they load, no result.
# The input has 33.84 and 25.99 dB.
RESTORED = {"rain-003": (41.500869, 0.994897), "rain-010": (39.742744, 0.987876)}


@pytest.mark.parametrize("name", RESTORED)
def test_the_published_checkpoint_restores_named_images_to_the_digit(name: str, data: Path) -> None:
    weights = data / "checkpoints" / "rescan" / "rainlight" / "latest"
    restorer = prepare_restorer("rescan", weights=weights)
    assert restorer.label == "rescan@rainlight"
    assert restorer.trained_on == "rain200l:train, which has all scenes of Rain100L"
    pairs = {pair.name: pair for pair in open_dataset(str(data / "rain100l")).pairs}
    rainy, clean = pairs[name].read()
    assert clean is not None
    found = Comparison(restorer(to_image(rainy)), clean).score(find_protocol(HEADLINE))
    assert found.psnr_db == pytest.approx(RESTORED[name][0], abs=0.001)
    assert found.ssim == pytest.approx(RESTORED[name][1], abs=0.00001)
