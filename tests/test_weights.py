import io
import os
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from rainbench.errors import WeightsError
from rainbench.method import Checkpoint, LearnedMethod
from rainbench.registry import find_method
from rainbench.restorers.weights import fit, read_checkpoint, read_record, save_weights


@pytest.fixture
def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Conv2d(3, 3, 3)


@pytest.fixture
def method() -> LearnedMethod:
    return LearnedMethod(
        title="One convolution",
        network=lambda: nn.Conv2d(3, 3, 3),
        read_weights=lambda tensors: Checkpoint({}, tensors),
    )


def test_weights_of_the_suite_come_back_with_their_record(
    tmp_path: Path, network: nn.Module, method: LearnedMethod
) -> None:
    file = tmp_path / "w.safetensors"
    save_weights(file, network.state_dict(), {"settings": {"layers": 2}, "trained_on": "x"})
    checkpoint = read_checkpoint(method, file)
    assert dict(checkpoint.settings) == {"layers": 2}
    assert (read_record(file) or {})["trained_on"] == "x"
    other = nn.Conv2d(3, 3, 3)
    fit(other, checkpoint.state, file)
    assert torch.equal(other.weight, network.get_parameter("weight"))


@pytest.mark.parametrize("wrapper", [None, "net", "state_dict", "params_ema"])
def test_published_files_are_unwrapped_and_their_prefix_dropped(
    tmp_path: Path, network: nn.Module, method: LearnedMethod, wrapper: str | None
) -> None:
    state = {f"module.{name}": tensor for name, tensor in network.state_dict().items()}
    file = tmp_path / "latest"
    torch.save({wrapper: state, "clock": 3} if wrapper else state, file)
    fit(nn.Conv2d(3, 3, 3), read_checkpoint(method, file).state, file)


def test_missing_extra_and_misshapen_tensors_are_named(tmp_path: Path, network: nn.Module) -> None:
    state = dict(network.state_dict())
    for wrong, words in [
        ({"weight": state["weight"]}, "without bias"),
        ({**state, "surplus": state["bias"]}, "with surplus"),
        ({**state, "bias": torch.zeros(4)}, r"bias of shape \(3,\)"),
        ({**state, "bias": torch.full((3,), torch.nan)}, "finite numbers in bias"),
    ]:
        with pytest.raises(WeightsError, match=words):
            fit(network, wrong, tmp_path / "w")


class Bomb:
    """What someone may send as weights."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.trace),)


@pytest.mark.parametrize("protocol", [2, 4])
def test_a_pickle_that_would_run_code_runs_nothing(
    tmp_path: Path, method: LearnedMethod, protocol: int
) -> None:
    trace, file = tmp_path / "trace", tmp_path / "net.pth"
    file.write_bytes(pickle.dumps({"weight": Bomb(trace)}, protocol=protocol))
    with pytest.raises(WeightsError, match="would run code"):
        read_checkpoint(method, file)
    buffer = io.BytesIO()
    torch.save({"weight": Bomb(trace)}, buffer)
    file.write_bytes(buffer.getvalue())
    with pytest.raises(WeightsError, match=r"would run code \([a-z]+\.mkdir\);") as caught:
        read_checkpoint(method, file)
    assert "weights_only" not in str(caught.value)  # torch's advice is how to run it
    assert not trace.exists()


@pytest.mark.parametrize("name", ["w.safetensors", "w.pth"])
@pytest.mark.parametrize("content", [b"", b"<!DOCTYPE html>quota exceeded", b"\x00" * 64])
def test_a_file_that_holds_no_weights_is_refused(
    tmp_path: Path, method: LearnedMethod, name: str, content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(WeightsError):
        read_checkpoint(method, tmp_path / name)


def test_a_cut_file_is_refused(tmp_path: Path, method: LearnedMethod, network: nn.Module) -> None:
    for name in ("w.safetensors", "w.pth"):
        file = tmp_path / name
        if file.suffix == ".pth":
            torch.save(network.state_dict(), file)
        else:
            save_weights(file, network.state_dict(), {"settings": {}})
        file.write_bytes(file.read_bytes()[:-40])
        with pytest.raises(WeightsError):
            read_checkpoint(method, file)


@pytest.mark.parametrize("record", [[1, 2], "words", 3, {}, {"settings": [1]}])
def test_a_record_that_is_none_is_refused(
    tmp_path: Path, method: LearnedMethod, network: nn.Module, record: dict[str, Any]
) -> None:
    save_weights(tmp_path / "w.safetensors", network.state_dict(), record)
    with pytest.raises(WeightsError, match="a record without settings"):
        read_checkpoint(method, tmp_path / "w.safetensors")


@pytest.mark.parametrize(
    ("reader", "message"),
    [
        (lambda tensors: tensors["absent"], "it says KeyError: 'absent'"),
        (lambda _: None, "returned a NoneType and no Checkpoint"),
    ],
)
def test_a_reader_that_breaks_is_told_of_with_its_file(
    tmp_path: Path, method: LearnedMethod, reader: Callable[..., Checkpoint], message: str
) -> None:
    torch.save({"weight": torch.zeros(3)}, tmp_path / "w.pth")
    with pytest.raises(WeightsError, match=message):
        read_checkpoint(replace(method, read_weights=reader), tmp_path / "w.pth")


def test_a_missing_file_says_so(tmp_path: Path, method: LearnedMethod) -> None:
    with pytest.raises(WeightsError, match="a weights file"):
        read_checkpoint(method, tmp_path / "none.pth")


def test_the_record_stands_for_a_method_that_knows_no_published_files(tmp_path: Path) -> None:
    msfm = find_method("msfm").value
    assert isinstance(msfm, LearnedMethod)
    torch.save({"weight": torch.zeros(3)}, tmp_path / "w.pth")
    with pytest.raises(WeightsError, match="no record of its settings"):
        read_checkpoint(msfm, tmp_path / "w.pth")


def test_another_format_goes_to_the_methods_own_reader(tmp_path: Path, network: nn.Module) -> None:
    def read(content: bytes) -> dict[str, torch.Tensor]:
        if content != b"zeros":
            raise ValueError(f"{content!r} in place of zeros")
        return {"weight": torch.zeros(3, 3, 3, 3), "bias": torch.zeros(3)}

    method = LearnedMethod(
        title="One convolution",
        network=lambda: nn.Conv2d(3, 3, 3),
        read_weights=lambda tensors: Checkpoint({}, tensors),
        read_file={".other": read},
    )
    file = tmp_path / "W.Other"
    file.write_bytes(b"zeros")
    fit(network, read_checkpoint(method, file).state, file)
    assert not network.get_parameter("weight").any()
    file.write_bytes(b"ones")
    with pytest.raises(WeightsError, match=r"W\.Other, got b'ones' in place of zeros"):
        read_checkpoint(method, file)
    with pytest.raises(WeightsError, match="check the path"):
        read_checkpoint(method, tmp_path / "none.other")
    with pytest.raises(WeightsError, match="a state dict of tensors"):
        read_checkpoint(method, save(tmp_path / "w.pth", 3))


def test_a_file_longer_than_any_is_read_no_further(
    tmp_path: Path, method: LearnedMethod, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rainbench.restorers.weights.LONGEST", 8)
    (tmp_path / "w.other").write_bytes(b"123456789")
    unread = replace(method, read_file={".other": lambda _: pytest.fail("it was read")})
    with pytest.raises(WeightsError, match="longer than 8 bytes"):
        read_checkpoint(unread, tmp_path / "w.other")


def test_only_the_suites_own_files_have_a_record(tmp_path: Path) -> None:
    assert read_record(save(tmp_path / "w.pth", {"weight": torch.zeros(3)})) is None


def save(file: Path, content: object) -> Path:
    torch.save(content, file)
    return file
