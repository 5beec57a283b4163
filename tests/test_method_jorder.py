"""JORDER's reader of Caffe models, and what its released weights restore."""

import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rainbench.data.opening import open_dataset
from rainbench.errors import WeightsError
from rainbench.image import to_image
from rainbench.method import LearnedMethod
from rainbench.metrics.comparison import Comparison
from rainbench.protocol import HEADLINE, find_protocol
from rainbench.registry import find_method
from rainbench.restorers.preparation import build_network, prepare_restorer
from rainbench.restorers.weights import fit, read_checkpoint


def jorder() -> LearnedMethod:
    method = find_method("jorder").value
    assert isinstance(method, LearnedMethod)
    return method


def varint(value: int) -> bytes:
    low = b""
    while value >= 0x80:
        low += bytes([value & 0x7F | 0x80])
        value >>= 7
    return low + bytes([value])


def counted(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def blob(shape: tuple[int, ...], numbers: bytes) -> bytes:
    packed = b"".join(varint(length) for length in shape)
    return counted(7, counted(5, numbers) + counted(7, counted(1, packed)))


def layer(name: str, *blobs: bytes) -> bytes:
    return counted(100, counted(1, name.encode()) + b"".join(blobs))


def caffemodel() -> bytes:
    """A model as the release has it: twelve convolutions of counted-up numbers, and bystanders."""
    whole = counted(1, b"a net") + layer("data") + varint(7 << 3) + varint(1)
    for i in range(1, 13):
        outputs, inputs = (1 if i == 12 else 64), (1 if i == 1 else 64)
        kernel = np.arange(outputs * inputs * 9, dtype="<f4") + i
        bias = np.arange(outputs, dtype="<f4") - i
        whole += layer(
            f"Convolution{i}",
            blob((outputs, inputs, 3, 3), kernel.tobytes()),
            blob((outputs,), bias.tobytes()),
        )
    return whole


def write(folder: Path, content: bytes) -> Path:
    file = folder / "w.caffemodel"
    file.write_bytes(content)
    return file


def test_a_model_is_read_whole_and_its_kernels_transposed(tmp_path: Path) -> None:
    file = write(tmp_path, caffemodel())
    network = build_network(jorder(), {})
    fit(network, read_checkpoint(jorder(), file).state, file)
    state = network.state_dict()
    assert state["enter.weight"][0, 0].tolist() == [[1, 4, 7], [2, 5, 8], [3, 6, 9]]
    assert state["blocks.4.second.bias"][:2].tolist() == [-11, -10]
    assert state["leave.bias"].tolist() == [-12]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no layer with weights"),
        (layer("data"), "no layer with weights"),
        (caffemodel()[:-1], "bytes promised"),
        (varint(100 << 3 | 2) + varint(2**62) + b"x", "bytes promised"),
        (b"\xff" * 40, "an integer without an end"),
        (b"\x80", "an integer without an end"),
        (varint(100 << 3 | 3), "a value of kind 3"),
        (layer("a", blob((2,), bytes(4))), "4 bytes for a.0"),
        (layer("a", blob((2**40, 2**40), bytes(4))), "4 bytes for a.0"),
        (layer("a", blob((1,) * 5, bytes(4))), "4 bytes for a.0"),
        (layer("a", blob((0,), b"")), "0 bytes for a.0"),
        (layer("a", varint(7 << 3) + varint(3)), "0 bytes for a.0"),
        (layer("a", blob((1,), bytes(4))) * 2, "two layers of the name 'a'"),
        (
            layer("a", *[blob((1,), bytes(4))] * 999) + layer("b", *[blob((1,), bytes(4))] * 9),
            "1000",
        ),
        (varint(8) * 2002, "more than 1000 fields"),
        (layer("a", blob((1,), struct.pack("<f", 1))), "without blocks.0"),
        (caffemodel() + layer("b", blob((1,), bytes(4))), "with b.0"),
        (b"<!DOCTYPE html>quota exceeded", "got"),
    ],
)
def test_what_is_no_model_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    file = write(tmp_path, content)
    with pytest.raises(WeightsError, match=words):
        fit(build_network(jorder(), {}), read_checkpoint(jorder(), file).state, file)


@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_be_refused(content: bytes) -> None:
    read = jorder().read_file[".caffemodel"]
    for bytes_ in (content, counted(100, content), layer("a", counted(7, content))):
        try:
            tensors = read(bytes_)
        except ValueError:
            continue
        assert 4 * sum(tensor.numel() for tensor in tensors.values()) <= len(bytes_)


def test_colour_stays_that_of_the_rainy_image() -> None:
    network = build_network(jorder(), {})
    rainy = torch.rand(1, 3, 9, 7)
    with torch.no_grad():
        change = network(rainy) - rainy
    assert change.abs().max() > 0
    torch.testing.assert_close(change[:, :1], change[:, 1:2], atol=1e-6, rtol=0)
    torch.testing.assert_close(change[:, :1], change[:, 2:], atol=1e-6, rtol=0)


# Measured here, y-prenet, in dB and SSIM. The input has 27.30, 33.84 and 21.52 dB; over all 100
# images of Rain100L the light weights give 36.78 / 0.9740, where PReNet's authors print 36.61 /
# 0.974 for JORDER. The heavy weights are made for other rain: proof that they load, no result.
RESTORED = {
    ("light", "rain-001"): (37.1393, 0.97274),
    ("light", "rain-003"): (39.3523, 0.99258),
    ("light", "rain-005"): (37.7275, 0.96729),
    ("heavy", "rain-001"): (33.6346, 0.95741),
    ("heavy", "rain-005"): (31.7922, 0.93984),
}


@pytest.mark.parametrize(("kind", "name"), RESTORED)
def test_the_released_weights_restore_named_images_to_the_digit(
    kind: str, name: str, data: Path
) -> None:
    file = data / "checkpoints" / "jorder" / f"rain_removal_single_{kind}.caffemodel"
    restorer = prepare_restorer("jorder", weights=file)
    assert restorer.label == f"jorder@{kind}"
    rainy, clean = {p.name: p for p in open_dataset(str(data / "rain100l")).pairs}[name].read()
    assert clean is not None
    found = Comparison(restorer(to_image(rainy)), clean).score(find_protocol(HEADLINE))
    assert found.psnr_db == pytest.approx(RESTORED[kind, name][0], abs=0.001)
    assert found.ssim == pytest.approx(RESTORED[kind, name][1], abs=0.00001)
