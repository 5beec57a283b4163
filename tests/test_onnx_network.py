"""A network in an ONNX file: any size or one, and each way in which a file is no such network."""

import builtins
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from rainbench.errors import MethodError, NotInstalledError, PluginError, UsageError
from rainbench.method import PriorMethod
from rainbench.registry import find_method
from rainbench.restorers.onnx_network import OnnxNetwork
from rainbench.restorers.preparation import prepare_restorer
from rainbench.shelves.presentation import show

RAINY = np.random.default_rng(0).random((12, 15, 3), dtype=np.float32)

# The oldest that every ONNX Runtime of today still reads.
OPSET, IR_VERSION = 13, 8

FREE = ("n", 3, "h", "w")
Shape = tuple[int | str, ...]
Save = Callable[..., Path]


def tensor(name: str, shape: Shape, kind: int = TensorProto.FLOAT) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, shape)


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Save a network of one node over its inputs: by default it doubles each channel's value."""

    def save(
        name: str = "net.onnx",
        node: str = "Mul",
        inputs: tuple[Shape, ...] = (FREE,),
        output: Shape = FREE,
        *,
        kind: int = TensorProto.FLOAT,
        outputs: int = 1,
        factor: float = 2.0,
        beside: str = "",
        **metadata: str,
    ) -> Path:
        numbers = numpy_helper.from_array(np.full((1, 3, 1, 1), factor, np.float32), "factor")
        if kind != TensorProto.FLOAT:
            numbers = numpy_helper.from_array(np.full((1, 3, 1, 1), factor, np.float16), "factor")
        names = [f"rain{number}" for number in range(len(inputs))]
        takes = {"Mul": [names[0], "factor"], "Add": names}.get(node, names)
        nodes = [helper.make_node(node, takes, [f"clean{n}"]) for n in range(outputs)]
        graph = helper.make_graph(
            nodes,
            "net",
            [tensor(each, shape, kind) for each, shape in zip(names, inputs, strict=True)],
            [tensor(f"clean{n}", output, kind) for n in range(outputs)],
            [numbers],
        )
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
        )
        for key, value in metadata.items():
            model.metadata_props.add(key=f"rainbench.{key}", value=value)
        options: dict[str, Any] = {}
        if beside:
            options = {"save_as_external_data": True, "location": beside, "size_threshold": 0}
        onnx.save(model, tmp_path / name, **options)
        return tmp_path / name

    return save


def test_any_size_is_restored_and_overshoot_kept(save: Save) -> None:
    restorer = prepare_restorer(str(save()))
    for rainy in (RAINY, RAINY[:1, :1], RAINY[:7, :3]):
        np.testing.assert_array_equal(restorer(rainy), rainy * np.float32(2))


def test_what_is_known_of_it_is_said(save: Save) -> None:
    path = save(trained_on="rain100l:train")
    restorer = prepare_restorer(str(path))
    assert (restorer.method, restorer.label, restorer.title) == ("net.onnx",) * 3
    assert (restorer.engine, restorer.device, restorer.dtype) == ("onnxruntime", "cpu", "float32")
    assert restorer.trained_on == "rain100l:train"
    assert prepare_restorer(str(save())).trained_on == "not stated"
    shown = show(str(path))
    assert (shown["kind"], shown["title"], shown["parameters"]) == ("network", "net.onnx", None)


def test_the_weights_digest_is_the_files(save: Save) -> None:
    from rainbench.restorers.weights import file_sha256

    path = save()
    first = prepare_restorer(str(path)).weights_sha256
    assert first == file_sha256(path)
    assert prepare_restorer(str(save("other.onnx"))).weights_sha256 == first
    assert prepare_restorer(str(save(factor=3.0))).weights_sha256 != first


def test_tensors_beside_the_file_count_for_its_digest(save: Save) -> None:
    path = save(beside="net.onnx.data")
    whole, first = path.read_bytes(), prepare_restorer(str(path)).weights_sha256
    (path.parent / "net.onnx.data").unlink()
    save(beside="net.onnx.data", factor=3.0)
    assert path.read_bytes() == whole
    assert prepare_restorer(str(path)).weights_sha256 != first
    np.testing.assert_array_equal(prepare_restorer(str(path))(RAINY), RAINY * np.float32(3))


def test_a_network_of_one_size_refuses_others(save: Save) -> None:
    restorer = prepare_restorer(str(save(inputs=((1, 3, 12, 15),), output=(1, 3, 12, 15))))
    assert restorer(RAINY).shape == RAINY.shape
    with pytest.raises(MethodError, match=r"15x12 pixels, .* net\.onnx takes, got 14x12; export"):
        restorer(RAINY[:, :14].copy())
    tall = prepare_restorer(str(save(inputs=((1, 3, 12, "w"),), output=(1, 3, 12, "w"))))
    assert tall(RAINY[:, :4].copy()).shape == (12, 4, 3)
    with pytest.raises(MethodError, match="anyx12 pixels"):
        tall(RAINY[:7].copy())


def test_a_size_rule_in_its_metadata_is_kept(save: Save) -> None:
    # Of 12x15 pixels it sees 16x16, and only its rule makes them so.
    fixed = {"inputs": ((1, 3, 16, 16),), "output": (1, 3, 16, 16)}
    ruled = prepare_restorer(str(save(multiple_of="8", **fixed)))
    np.testing.assert_array_equal(ruled(RAINY), RAINY * np.float32(2))
    least = prepare_restorer(str(save(minimum="16", **fixed)))
    assert least(RAINY).shape == RAINY.shape
    with pytest.raises(PluginError, match=r"from 1 on as rainbench\.multiple_of .* got 'x'"):
        prepare_restorer(str(save(multiple_of="x")))


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"node": "Add", "inputs": (FREE, FREE)}, r"expected one input .* got 2 \(rain0, rain1\)"),
        ({"outputs": 2}, r"expected one output .* got 2 \(clean0, clean1\)"),
        ({"kind": TensorProto.FLOAT16}, r"expected a float32 input .* got tensor\(float16\)"),
        ({"inputs": (("n", 1, "h", "w"),)}, r"shape \(N, 3, H, W\) .* got \(any, 1, any, any\)"),
        ({"inputs": ((4, 3, "h", "w"),)}, r"got \(4, 3, any, any\)"),
    ],
)
def test_another_network_is_refused(save: Save, how: dict[str, Any], message: str) -> None:
    path = save(**how)
    with pytest.raises(PluginError, match=message):
        prepare_restorer(str(path))


def test_a_network_that_returns_another_shape_is_told(save: Save) -> None:
    path = save(node="GlobalMaxPool", output=("n", 3, "a", "b"))
    with pytest.raises(MethodError, match=r"shape \(1, 3, 12, 15\) from net\.onnx, as its input"):
        prepare_restorer(str(path))(RAINY)


@pytest.mark.parametrize("content", [b"", b"hello, I am no network", bytes(range(256)) * 64])
def test_a_file_that_is_none_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(content)
    with pytest.raises(PluginError, match=r"an ONNX network in .*net\.onnx, got .*; export it"):
        prepare_restorer(str(path))


def test_a_missing_extra_names_the_command_that_brings_it(
    save: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save()
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(NotInstalledError, match=r"pip install 'rainbench\[onnx\]'"):
        prepare_restorer(str(path))


def test_finding_it_needs_no_onnx_runtime(save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    path, found = save(), builtins.__import__

    def refuse(name: str, *more: Any) -> Any:  # noqa: ANN401
        assert name != "onnxruntime"
        return found(name, *more)

    monkeypatch.setattr(builtins, "__import__", refuse)
    plugin = find_method(str(path))
    assert isinstance(plugin.value, PriorMethod)
    assert isinstance(plugin.value.derain, OnnxNetwork)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("{}:strong=1", "setting of OnnxNetwork"),
        ("{}@net.pth", "no weights for net.onnx"),
        ("{}.light", "variant of"),
    ],
)
def test_it_has_no_settings_and_no_other_weights(save: Save, words: str, message: str) -> None:
    path = save()
    with pytest.raises(UsageError, match=message):
        prepare_restorer(words.format(path))


def test_a_path_to_no_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"a method's file, got none at .*none\.onnx"):
        find_method(str(tmp_path / "none.onnx"))


def test_a_gpu_that_it_cannot_use_is_refused(save: Save) -> None:
    import onnxruntime

    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        return
    with pytest.raises(UsageError, match="an ONNX Runtime that can use cuda:1"):
        prepare_restorer(str(save()), device="cuda:1")
    assert prepare_restorer(str(save()), device="auto").device == "cpu"
