"""DDN's detail layer, its two forms, and the reader of its published MATLAB file."""

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.io import savemat

from rainbench.data.opening import open_dataset
from rainbench.errors import WeightsError
from rainbench.image import to_image
from rainbench.method import LearnedMethod
from rainbench.metrics.comparison import Comparison
from rainbench.protocol import HEADLINE, find_protocol
from rainbench.registry import find_method
from rainbench.restorers.preparation import build_network, prepare_restorer
from rainbench.restorers.weights import fit, read_checkpoint


def ddn() -> LearnedMethod:
    method = find_method("ddn").value
    assert isinstance(method, LearnedMethod)
    return method


def cells(*shapes: tuple[int, ...]) -> np.ndarray:
    """26 arrays in a cell row: the first and the last of their own shape."""
    row = np.empty((1, 26), dtype=object)
    for i in range(26):
        shape = shapes[0] if i == 0 else shapes[-1] if i == 25 else shapes[1]
        count = int(np.prod(shape))
        row[0, i] = (np.arange(count, dtype=np.float32) / count + i + 1).reshape(shape)
    return row


def network_mat(**changes: object) -> dict[str, object]:
    maps, colours = (16, 1), (3, 1)
    model: dict[str, object] = {
        "weight": cells((3, 3, 3, 16), (3, 3, 16, 16), (3, 3, 16, 3)),
        **{
            part: cells(maps, maps, colours)
            for part in ("bias", "BatchNorm_1", "BatchNorm_2", "Scale_1", "Scale_2")
        },
        "BatchNorm_3": cells((1, 1), (1, 1), (1, 1)),
    }
    return {"model": model | changes}


def mat(content: dict[str, object], *, compressed: bool = True) -> bytes:
    file = io.BytesIO()
    savemat(file, content, do_compression=compressed)  # type: ignore[arg-type]
    return file.getvalue()


def read(folder: Path, content: bytes) -> torch.nn.Module:
    file = folder / "network.mat"
    file.write_bytes(content)
    checkpoint = read_checkpoint(ddn(), file)
    network = build_network(ddn(), checkpoint.settings)
    fit(network, checkpoint.state, file)
    return network


@pytest.mark.parametrize("compressed", [True, False])
def test_a_file_is_read_whole_in_its_own_units(tmp_path: Path, compressed: bool) -> None:
    content = network_mat()
    state = read(tmp_path, mat(content, compressed=compressed)).state_dict()
    model = content["model"]
    assert isinstance(model, dict)
    there = torch.from_numpy(model["weight"][0, 0])  # (width, height, inputs, outputs)
    assert torch.equal(state["enter.conv.weight"][5, 2, 0, 1], there[1, 0, 2, 5] * 255)
    there = torch.from_numpy(model["weight"][0, 4])
    assert torch.equal(state["blocks.1.second.conv.weight"][7, 3, 2, 0], there[0, 2, 3, 7])
    means = torch.from_numpy(model["BatchNorm_1"][0, 25][:, 0])
    assert torch.equal(state["leave.norm.running_mean"], means / 26)
    shifts = torch.from_numpy(model["Scale_2"][0, 25][:, 0])
    torch.testing.assert_close(state["leave.norm.bias"], shifts / 255)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no MATLAB file"),
        (b"<!DOCTYPE html>quota exceeded" * 9, "no MATLAB file"),
        (mat(network_mat())[:-9], "cut element|promised|damaged"),
        (mat(network_mat(), compressed=False)[:-9], "promised"),
        (mat(network_mat(weight=np.zeros(3))), "without .* and with model"),
        (mat(network_mat(extra=np.zeros(3))), "with .*model"),
        (mat({"model": "a text"}), "in place of numbers"),
        (mat({"model": np.zeros(1 << 24, np.uint8)}), "more than 16777216 bytes"),
        (mat({"a": {"b": {"c": {"d": 1.0}}}}), "nested more than 3 deep"),
        (mat({"a": np.zeros((0, 3))}), "0 numbers"),
    ],
)
def test_what_is_no_such_file_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(WeightsError, match=words):
        read(tmp_path, content)


SOUND = mat({"a": {"b": np.arange(9.0), "c": cells((2,), (3,), (1,))}}, compressed=False)


@given(st.binary(max_size=80), st.integers(0, 2000), st.integers(0, 255))
def test_no_bytes_do_more_than_be_refused(tail: bytes, at: int, value: int) -> None:
    whole = SOUND
    spoilt = bytearray(whole)
    spoilt[128 + at] = value
    for content in (whole[:128] + tail, bytes(spoilt)):
        try:
            tensors = ddn().read_file[".mat"](content)
        except ValueError:
            continue
        assert sum(tensor.numel() for tensor in tensors.values()) <= len(content)


def test_the_base_layer_is_the_guided_filter_with_windows_cut_at_the_border() -> None:
    """Against the definition, window by window, on an image smaller than one of them."""
    detail: list[torch.Tensor] = []
    network = build_network(ddn(), {"norm": "after"}).eval()
    network.get_submodule("enter").register_forward_pre_hook(lambda _, x: detail.append(x[0]))
    rainy = torch.rand(1, 3, 19, 40)
    network(rainy)
    image = rainy[0].double().numpy()

    def mean(x: np.ndarray) -> np.ndarray:
        out = np.empty_like(x)
        for i, j in np.ndindex(x.shape[1:]):
            window = x[:, max(i - 15, 0) : i + 16, max(j - 15, 0) : j + 16]
            out[:, i, j] = window.mean((1, 2))
        return out

    variance = mean(image**2) - mean(image) ** 2
    slope = variance / (variance + 1)
    base = mean(slope) * image + mean(mean(image) - slope * mean(image))
    np.testing.assert_allclose(detail[0][0].numpy(), image - base, atol=2e-6)


def test_running_statistics_make_58175_numbers() -> None:
    network = build_network(ddn(), {"norm": "after"})
    statistics = [b.numel() for name, b in network.named_buffers() if "running" in name]
    assert sum(statistics) + sum(p.numel() for p in network.parameters()) == 58_175


# Measured here, y-prenet, in dB and SSIM. The input has 27.30, 33.84 and 21.52 dB.
RESTORED = {
    "rain-001": (30.8932, 0.93507),
    "rain-003": (33.6940, 0.98310),
    "rain-005": (23.6268, 0.78858),
}


@pytest.mark.parametrize("name", RESTORED)
def test_the_published_weights_restore_named_images_to_the_digit(name: str, data: Path) -> None:
    restorer = prepare_restorer("ddn", weights=data / "checkpoints" / "ddn" / "network.mat")
    assert restorer.label == "ddn.released@matlab"
    rainy, clean = {p.name: p for p in open_dataset(str(data / "rain100l")).pairs}[name].read()
    assert clean is not None
    found = Comparison(restorer(to_image(rainy)), clean).score(find_protocol(HEADLINE))
    assert found.psnr_db == pytest.approx(RESTORED[name][0], abs=0.001)
    assert found.ssim == pytest.approx(RESTORED[name][1], abs=0.00001)
