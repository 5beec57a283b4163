"""Engines: one network, the same numbers on each; which one is chosen, and when none is."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from rainbench import derain_photos
from rainbench.cli import main
from rainbench.engines import choice, opening, openvino
from rainbench.engines.choice import FASTEST_FIRST, choose_engine
from rainbench.engines.engine import AUTO, EAGER, Derain, Engine, Network
from rainbench.engines.network import as_derainer
from rainbench.engines.opening import ENGINES, is_there, open_engine
from rainbench.errors import EngineError, NotInstalledError, UnknownNameError, UsageError
from rainbench.image import Image, write_png
from rainbench.method import LearnedMethod, SizeRule
from rainbench.registry import find_method
from rainbench.restorers.preparation import build_network, method_settings, prepare_restorer
from rainbench.restorers.tiling import tile_restorer
from rainbench.specification import parse_method

RAINY = np.random.default_rng(0).random((45, 51, 3), dtype=np.float32)
A_DAY = 10**12  # pixels: any engine repays its start


Patch = pytest.MonkeyPatch


def let_openvino(patch: Patch, start: Callable[[Network, Engine], Derain], **other: Any) -> None:  # noqa: ANN401
    """Let the fastest engine do something else: which one is chosen does not depend on what."""
    let_engine(patch, "openvino", Engine(start, repays=6.0, **other))
    patch.setattr(choice, "FASTEST_FIRST", FASTEST_FIRST[FASTEST_FIRST.index("openvino") :])


def let_engine(patch: Patch, name: str, engine: Engine) -> None:
    patch.setattr(opening, "ENGINES", MappingProxyType({**ENGINES, name: engine}))


def plain(network: Network, _: Engine) -> Derain:
    return as_derainer(network.module, "cpu", network.size)


def network(words: str = "msfm:layers=2,channels=4") -> Network:
    specification = parse_method(words)
    method = find_method(specification.name).value
    assert isinstance(method, LearnedMethod)
    torch.manual_seed(3)
    module = build_network(method, method_settings(method, specification))
    return Network(module=module, device="cpu", size=method.size)


class Size(nn.Module):
    """Does something else to large images, in as many steps."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, rainy: Tensor) -> Tensor:
        y: Tensor = self.conv(rainy)
        return y + 1 if rainy.shape[2] < 60 else y - 1


class Rows(nn.Module):
    """Goes from row to row."""

    def forward(self, rainy: Tensor) -> Tensor:
        rows = list(rainy.unbind(2))
        for here in range(1, len(rows)):
            rows[here] = (rows[here] + rows[here - 1]) / 2
        return torch.stack(rows, 2)


@pytest.mark.parametrize("name", ["torch", "onnx", "openvino"])
@pytest.mark.parametrize("words", ["msfm:layers=1,channels=4", "ddn"])
def test_every_engine_gives_the_same_numbers_at_any_size(name: str, words: str) -> None:
    held = network(words)
    eager, running = open_engine(held, EAGER), open_engine(held, name)
    assert (running.engine, running.dtype) == (name, "float32")
    for height, width in [(45, 51), (51, 45)] * openvino.REPEATS:
        image = np.ascontiguousarray(np.resize(RAINY, (height, width, 3)))
        np.testing.assert_allclose(running.derain(image), eager.derain(image), atol=1e-5)


def test_our_own_kernels_come_first_where_a_network_has_them(monkeypatch: Patch) -> None:
    if not is_there("native"):
        pytest.skip("no C compiler")
    held = network()
    eager = open_engine(held, AUTO)
    chosen = choose_engine(held, eager, RAINY, A_DAY)
    assert chosen.engine == "native"
    np.testing.assert_allclose(chosen.derain(RAINY), eager.derain(RAINY), atol=1e-6)
    let_openvino(monkeypatch, plain)
    monkeypatch.setattr(choice, "FASTEST_FIRST", FASTEST_FIRST)
    other = network("ddn")
    assert choose_engine(other, open_engine(other, AUTO), RAINY, A_DAY).engine == "openvino"
    with pytest.raises(EngineError, match="that the engine native runs, got Ddn"):
        open_engine(other, "native")


def test_a_compiler_that_fails_leaves_the_next_engine(monkeypatch: Patch) -> None:
    def start(*_: object) -> Derain:
        raise NotInstalledError(expected="OpenMP", got="none", now="do without")

    let_engine(monkeypatch, "native", Engine(start))
    monkeypatch.setattr(choice, "FASTEST_FIRST", ("native", "onnx"))
    held = network()
    assert choose_engine(held, open_engine(held, AUTO), RAINY, A_DAY).engine == "onnx"
    with pytest.raises(NotInstalledError, match="OpenMP"):
        open_engine(held, "native")


def test_an_engine_that_breaks_leaves_eager_with_a_line(monkeypatch: Patch) -> None:
    def start(*_: object) -> Derain:
        def derain(_: Image) -> Image:
            raise MemoryError("too little memory for a kernel")

        return derain

    let_engine(monkeypatch, "native", Engine(start))
    held = network()
    chosen = choose_engine(held, open_engine(held, AUTO), RAINY, A_DAY)
    assert chosen.engine == EAGER
    assert "not on native: MemoryError: too little memory" in str(chosen.remark)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch's own
def test_a_compiled_network_gives_the_same_numbers() -> None:
    if not is_there("compile"):
        pytest.skip("no C++ compiler")
    torch.manual_seed(3)
    module = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.LeakyReLU(), nn.Conv2d(4, 3, 1))
    held = Network(module, "cpu")
    compiled, eager = open_engine(held, "compile"), open_engine(held, EAGER)
    np.testing.assert_allclose(compiled.derain(RAINY), eager.derain(RAINY), atol=1e-5)


def test_reduced_precision_says_so() -> None:
    running = open_engine(network(), "channels_last-bf16")
    assert running.dtype == "bfloat16"
    apart = np.abs(running.derain(RAINY) - open_engine(network(), EAGER).derain(RAINY)).max()
    assert 1e-5 < apart < 0.05
    assert not any("-" in name for name in FASTEST_FIRST)


@pytest.mark.parametrize(
    ("module", "message"),
    [(Size(), "to agree with eager torch within 1e-05"), (Rows(), "the same steps at every size")],
)
def test_what_depends_on_the_size_is_refused(module: nn.Module, message: str) -> None:
    with pytest.raises(EngineError, match=message):
        open_engine(Network(module=module, device="cpu"), "onnx")


def test_the_fastest_is_chosen_for_much_work_and_eager_for_little(monkeypatch: Patch) -> None:
    let_openvino(monkeypatch, plain)
    held = network()
    eager = open_engine(held, AUTO)
    assert eager.engine == EAGER
    assert choose_engine(held, eager, RAINY, A_DAY).engine == "openvino"
    assert choose_engine(held, eager, RAINY, RAINY.size) is eager


def test_the_next_is_chosen_where_one_is_not_installed(monkeypatch: Patch) -> None:
    let_openvino(monkeypatch, plain, needs=("no_such_library",))
    held = network()
    assert choose_engine(held, open_engine(held, AUTO), RAINY, A_DAY).engine == "onnx"
    with pytest.raises(NotInstalledError, match=r"no no_such_library; .*'rainbench\[openvino\]'"):
        open_engine(held, "openvino")


def test_one_that_disagrees_leaves_eager_with_a_line(monkeypatch: Patch) -> None:
    held = network()
    eager = open_engine(held, AUTO)
    for wrong in (np.float32(2e-5), np.float32(np.nan)):
        let_openvino(monkeypatch, lambda *_, by=wrong: lambda rainy: eager.derain(rainy) + by)
        chosen = choose_engine(held, eager, RAINY, A_DAY)
        assert (chosen.engine, chosen.derain) == (EAGER, eager.derain)
        assert chosen.remark is not None
        assert "channels_last and not on openvino: expected openvino to agree" in chosen.remark


def test_engines_are_named_rightly() -> None:
    with pytest.raises(UnknownNameError, match="did you mean openvino"):
        open_engine(network(), "openvin")
    with pytest.raises(UsageError, match="channels_last-tf32, which runs on cuda"):
        open_engine(network(), "channels_last-tf32")


def test_a_size_rule_holds_for_graphs_too() -> None:
    held = replace(network("msfm:layers=1,channels=4"), size=SizeRule(multiple_of=8, minimum=32))
    small = RAINY[:9, :50].copy()
    restored = open_engine(held, "onnx").derain(small)
    np.testing.assert_allclose(restored, open_engine(held, EAGER).derain(small), atol=1e-5)


def test_a_restorer_is_settled_once_and_keeps_its_tiles(monkeypatch: Patch) -> None:
    let_openvino(monkeypatch, plain)
    restorer = prepare_restorer("msfm")
    settled = restorer.settled(RAINY, A_DAY)
    assert (settled.engine, settled.settle, settled.label) == ("openvino", None, restorer.label)
    assert settled.settled(RAINY, A_DAY) is settled
    tiled = tile_restorer(restorer, 32).settled(RAINY, A_DAY)
    assert (tiled.engine, tiled.tile, tiled.settle) == ("openvino", 32, None)
    np.testing.assert_allclose(tiled(RAINY), restorer(RAINY), atol=1e-5)


def test_an_engine_that_is_asked_for_is_not_settled_again(monkeypatch: Patch) -> None:
    let_openvino(monkeypatch, plain)
    restorer = prepare_restorer("msfm", engine="openvino")
    assert (restorer.engine, restorer.settle) == ("openvino", None)
    assert prepare_restorer("median", engine="openvino").engine == "numpy"


def test_a_run_names_its_engine_and_says_why_it_is_not_the_fastest(
    monkeypatch: Patch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["run", "--method", "msfm", "--dataset", "toy", "--limit", "1"]

    def engine_of_session(results: Path) -> str:
        assert main([*words, "--results", str(results)]) == 0
        (sessions,) = results.glob("toy/*/sessions.jsonl")
        return str(json.loads(sessions.read_text(encoding="utf-8"))["engine"])

    let_openvino(monkeypatch, plain)
    monkeypatch.setattr(choice, "_seconds_per_pixel", lambda *_: 1.0)
    assert engine_of_session(tmp_path / "fast") == "openvino"
    assert "not on openvino" not in capsys.readouterr().err
    let_openvino(monkeypatch, lambda *_: lambda rainy: rainy)
    assert engine_of_session(tmp_path / "slow") == EAGER
    assert "toy: runs on channels_last and not on openvino: " in capsys.readouterr().err


def test_photographs_are_restored_by_the_engine_that_was_chosen(
    monkeypatch: Patch, tmp_path: Path
) -> None:
    photo, told, remarks = tmp_path / "photo.png", list[Image](), list[str]()

    def wrong(rainy: Image) -> Image:
        told.append(rainy)
        return rainy

    write_png(photo, np.rint(RAINY * 255).astype(np.uint8))
    let_openvino(monkeypatch, lambda *_: wrong)
    monkeypatch.setattr(choice, "_seconds_per_pixel", lambda *_: 1.0)
    derain_photos(photo, tmp_path / "out.png", on_remark=remarks.append)
    assert told[0].shape == RAINY.shape
    assert "not on openvino" in remarks[0]


def test_nothing_of_an_engine_is_imported_before_it_is_asked_for() -> None:
    code = (
        "import rainbench.engines.opening, sys\n"
        "print({'openvino', 'onnx', 'torch'} & {*sys.modules})"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"
