"""SPANet against the published code's own steps, by its names and on its BGR; what it restores."""

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rainbench import Comparison, mean_ssim, open_dataset
from rainbench.errors import WeightsError
from rainbench.image import to_image
from rainbench.method import LearnedMethod
from rainbench.protocol import HEADLINE, find_protocol
from rainbench.registry import find_method
from rainbench.restorers.preparation import build_network, prepare_restorer
from rainbench.restorers.weights import fit, read_checkpoint

Tensors = dict[str, Tensor]
# How far each direction's recurrence steps: in rows, in columns.
STEPS = {"up": (1, 0), "right": (0, -1), "down": (-1, 0), "left": (0, 1)}


def spanet() -> LearnedMethod:
    method = find_method("spanet").value
    assert isinstance(method, LearnedMethod)
    return method


def published() -> Tensors:
    """Random weights by the names and shapes of the authors' files."""
    shapes: dict[str, tuple[int, ...]] = {
        "conv_in.0.weight": (32, 3, 3, 3),
        "SAM1.conv_in.weight": (32, 32, 3, 3),
        "SAM1.conv2.weight": (32, 128, 3, 3),
        "SAM1.conv3.weight": (32, 128, 3, 3),
        "SAM1.conv_out.weight": (1, 32, 1, 1),
        "conv_out.0.weight": (3, 32, 3, 3),
    }
    for irnn in (1, 2):
        for where in STEPS:
            shapes[f"SAM1.irnn{irnn}.{where}_weight.weight"] = (32, 1, 1, 1)
            shapes[f"SAM1.irnn{irnn}.{where}_weight.bias"] = (32,)
    for k, kernel in ((1, (16, 32, 3, 3)), (2, (16, 16, 3, 3)), (3, (4, 16, 1, 1))):
        shapes[f"SAM1.attention_layer.conv{k}.weight"] = kernel
        shapes[f"SAM1.attention_layer.conv{k}.bias"] = kernel[:1]
    for k in range(1, 18):
        for part, side in ((1, 1), (2, 3), (3, 1)):
            shapes[f"res_block{k}.group1.conv{part}.weight"] = (32, 32, side, side)
    return {
        name: torch.randn(shape) * min(0.3, 2 * np.prod(shape[1:], initial=1.0) ** -0.5)
        for name, shape in shapes.items()
    }


def conv(x: Tensor, weight: Tensor, dilation: int = 1) -> Tensor:
    return F.conv2d(x, weight, padding=dilation * (weight.shape[2] // 2), dilation=dilation)


def recur(x: Tensor, weight: Tensor, bias: Tensor, step: tuple[int, int]) -> Tensor:
    """One direction of the IRNN, pixel by pixel."""
    _, _, height, width = x.shape
    h = torch.zeros_like(x)
    rows = range(height) if step[0] <= 0 else range(height - 1, -1, -1)
    columns = range(width) if step[1] <= 0 else range(width - 1, -1, -1)
    for i in rows:
        for j in columns:
            before = i + step[0], j + step[1]
            value = x[:, :, i, j]
            if 0 <= before[0] < height and 0 <= before[1] < width:
                value = weight.flatten() * h[:, :, before[0], before[1]] + bias + value
            h[:, :, i, j] = value.relu()
    return h


def irnn(w: Tensors, name: str, x: Tensor) -> Tensor:
    four = [
        recur(x, w[f"{name}.{where}_weight.weight"], w[f"{name}.{where}_weight.bias"], step)
        for where, step in STEPS.items()
    ]
    return torch.cat(four, 1)


def attend(w: Tensors, x: Tensor) -> Tensor:
    x = irnn(w, "SAM1.irnn1", conv(x, w["SAM1.conv_in.weight"]))
    x = irnn(w, "SAM1.irnn2", conv(x, w["SAM1.conv2.weight"]))
    return conv(conv(x, w["SAM1.conv3.weight"]).relu(), w["SAM1.conv_out.weight"]).sigmoid()


def block(w: Tensors, k: int, x: Tensor) -> Tensor:
    one, two, three = (w[f"res_block{k}.group1.conv{part}.weight"] for part in (1, 2, 3))
    return conv(conv(conv(x, one).relu(), two, 2).relu(), three)


def restore(w: Tensors, bgr: Tensor) -> tuple[Tensor, Tensor]:
    """The restored image and the first attention, by the authors' steps."""
    x = conv(bgr, w["conv_in.0.weight"]).relu()
    for k in (1, 2, 3):
        x = (block(w, k, x) + x).relu()
    attentions = []
    for group in ((4, 5, 6), (7, 8, 9), (10, 11, 12), (13, 14, 15)):
        attentions.append(attend(w, x))
        for k in group:
            x = (block(w, k, x) * attentions[-1] + x).relu()
    for k in (16, 17):
        x = (block(w, k, x) + x).relu()
    return conv(x, w["conv_out.0.weight"]), attentions[0]


def loaded(tensors: Tensors, file: Path, prefix: str = "") -> nn.Module:
    net = {prefix + name: tensor for name, tensor in tensors.items()}
    torch.save({"net": net, "clock": 40_000, "opt": {"state": {}}}, file)
    checkpoint = read_checkpoint(spanet(), file)
    network = build_network(spanet(), checkpoint.settings)
    fit(network, checkpoint.state, file)
    return network


@pytest.mark.parametrize("prefix", ["", "module."])
def test_published_weights_do_here_what_they_do_in_the_published_code(
    prefix: str, tmp_path: Path
) -> None:
    tensors = published()
    network = loaded(tensors, tmp_path / "latest", prefix).double()
    rainy = torch.rand(2, 3, 9, 13, dtype=torch.float64)
    with torch.no_grad():
        restored, attention, given = network(rainy)
        alone = network.eval()(rainy)
    exact = {name: tensor.double() for name, tensor in tensors.items()}
    expected, mask = restore(exact, rainy.flip(1))
    assert expected.std() > 0.01
    torch.testing.assert_close(restored, expected.flip(1), atol=1e-12, rtol=1e-9)
    torch.testing.assert_close(attention, mask, atol=1e-12, rtol=1e-9)
    assert given is rainy
    torch.testing.assert_close(alone, restored, atol=0, rtol=0)


def test_the_dead_layer_changes_nothing(tmp_path: Path) -> None:
    tensors, rainy = published(), torch.rand(1, 3, 6, 5)
    other = {
        name: tensor + 1 if "attention_layer" in name else tensor
        for name, tensor in tensors.items()
    }
    with torch.no_grad():
        one = loaded(tensors, tmp_path / "a").eval()(rainy)
        same = loaded(other, tmp_path / "b").eval()(rainy)
    torch.testing.assert_close(one, same, atol=0, rtol=0)


def test_recurrences_carry_gradients_to_every_pixel_of_row_and_column() -> None:
    network = build_network(spanet(), {})
    first = network.get_submodule("attention.first")
    x = torch.rand(1, 32, 6, 7, requires_grad=True)
    with torch.no_grad():
        for where in STEPS:
            first.get_parameter(f"weight.{where}").fill_(0.9)
            first.get_parameter(f"bias.{where}").fill_(0.1)
    first(x)[0, :, 2, 3].sum().backward()
    assert x.grad is not None
    reached = (x.grad[0, 0] > 0).nonzero().tolist()
    assert sorted(reached) == sorted(
        [[i, 3] for i in range(6)] + [[2, j] for j in range(7) if j != 3]
    )
    assert x.grad[0, 0, 2, 6].item() == pytest.approx(0.9**3)


def test_the_loss_wants_attention_where_rain_fell() -> None:
    recipe = spanet().recipe
    assert recipe is not None
    clean = torch.rand(2, 3, 12, 12).mul(200).floor() / 255
    rainy = clean.clone()
    rainy[0, 1, 4, 5] += 1 / 255  # one level of one channel is rain
    mask = torch.zeros(2, 1, 12, 12)
    mask[0, 0, 4, 5] = 1
    assert recipe.loss((clean, mask, rainy), clean).item() == pytest.approx(0, abs=1e-6)
    restored = clean + 0.1
    expected = 0.1 + 1 - mean_ssim(restored, clean).item() + 1 / mask.numel()
    found = recipe.loss((restored, torch.zeros_like(mask), rainy), clean).item()
    assert found == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"SAM1.irnn1.up_weight.bias": None}, "without attention.first.bias.up"),
        ({"res_block18.group1.conv1.weight": torch.zeros(32, 32, 1, 1)}, "with blocks.17.0"),
        ({"SAM1.irnn2.left_weight.weight": torch.zeros(31, 1, 1, 1)}, "shape"),
        ({"conv_in.0.weight": torch.zeros(32)}, "shape"),
    ],
)
def test_what_does_not_fit_is_refused(
    change: dict[str, Tensor | None], words: str, tmp_path: Path
) -> None:
    changed = {**published(), **change}
    tensors = {name: tensor for name, tensor in changed.items() if tensor is not None}
    with pytest.raises(WeightsError, match=words):
        loaded(tensors, tmp_path / "w.pth")


# Measured once. The weights of RainLight have seen these scenes, and those of SPA-Data real rain
# alone: proof that they load, no result. The input has 33.84 and 25.99 dB.
RESTORED = {
    ("rainlight", "rain-003"): (39.793347, 0.994129),
    ("rainlight", "rain-010"): (38.306855, 0.985562),
    ("spa", "rain-003"): (34.951319, 0.974100),
    ("spa", "rain-010"): (27.822111, 0.896883),
}


@pytest.mark.parametrize(("weights", "name"), RESTORED)
def test_a_published_checkpoint_restores_named_images_to_the_digit(
    weights: str, name: str, data: Path
) -> None:
    file = data / "checkpoints" / "spanet" / weights / "latest"
    restorer = prepare_restorer("spanet", weights=file)
    assert restorer.label == f"spanet@{weights}"
    assert restorer.trained_on is not None
    assert restorer.trained_on.startswith({"rainlight": "rain200l:", "spa": "spa:"}[weights])
    pairs = {pair.name: pair for pair in open_dataset(str(data / "rain100l")).pairs}
    rainy, clean = pairs[name].read()
    assert clean is not None
    found = Comparison(restorer(to_image(rainy)), clean).score(find_protocol(HEADLINE))
    assert found.psnr_db == pytest.approx(RESTORED[weights, name][0], abs=0.001)
    assert found.ssim == pytest.approx(RESTORED[weights, name][1], abs=0.00001)
