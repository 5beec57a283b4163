"""A learned method as an ONNX file: it says what it is, and restores as the method does."""

import contextlib
import io
import json
from pathlib import Path

import numpy as np
import onnx
import pytest

from rainbench import export_network
from rainbench.cli import main
from rainbench.errors import NotInstalledError, UsageError
from rainbench.restorers.onnx_network import METADATA
from rainbench.restorers.preparation import prepare_restorer

RAINY = np.random.default_rng(0).random((33, 50, 3), dtype=np.float32)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("export") / "msfm.onnx"
    with contextlib.redirect_stdout(io.StringIO()) as answer:
        assert main(["export", "msfm", "-o", str(path)]) == 0
    assert answer.getvalue() == f"{path}\n"
    assert [each.name for each in path.parent.iterdir()] == ["msfm.onnx"]
    return path


def test_the_file_restores_as_the_method_at_any_size(exported: Path) -> None:
    method, file = prepare_restorer("msfm"), prepare_restorer(str(exported))
    for rainy in (RAINY, RAINY[:9, :21].copy(), RAINY.transpose(1, 0, 2).copy()):
        np.testing.assert_allclose(file(rainy), method(rainy), atol=1e-5)


def test_the_file_says_what_it_is(exported: Path) -> None:
    method = prepare_restorer("msfm")
    model = onnx.load(exported)
    onnx.checker.check_model(model)
    said = {each.key: each.value for each in model.metadata_props}
    assert set(said) == set(METADATA)
    assert said["rainbench.method"] == "msfm"
    assert json.loads(said["rainbench.settings"]) == dict(method.settings)
    assert said["rainbench.weights_sha256"] == method.weights_sha256
    assert said["rainbench.trained_on"] == prepare_restorer(str(exported)).trained_on


def test_places_are_checked_before_anything_is_done(tmp_path: Path) -> None:
    taken = tmp_path / "taken.onnx"
    taken.write_bytes(b"mine")
    for out, message in (
        (tmp_path / "net.pth", r"ends in \.onnx"),
        (tmp_path / "none" / "net.onnx", "a folder"),
        (taken, "no file at"),
    ):
        with pytest.raises(UsageError, match=message):
            export_network("msfm", out)
    assert taken.read_bytes() == b"mine"
    with pytest.raises(UsageError, match="a learned method"):
        export_network("median", tmp_path / "net.onnx")


def test_without_a_runtime_nothing_untried_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import rainbench.engines.opening

    monkeypatch.setattr(rainbench.engines.opening, "find_spec", lambda _: None)
    with pytest.raises(NotInstalledError, match="to try what is exported"):
        export_network("msfm", tmp_path / "net.onnx")
    assert not list(tmp_path.iterdir())
