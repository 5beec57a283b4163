"""Whose kernels train a network: ours where they fit and can be had, torch's, or what is asked."""

from pathlib import Path

import pytest
import torch

from rainbench.errors import NotInstalledError, TrainingError, UsageError
from rainbench.kernels import library
from rainbench.method import LearnedMethod
from rainbench.registry import find_method
from rainbench.restorers.weights import read_checkpoint, read_record
from rainbench.training.arithmetic import computing, settle
from rainbench.training.job import train
from rainbench.training.plan import plan
from tests.training_pairs import draw_pairs

Patch = pytest.MonkeyPatch
SMALL = "msfm:layers=1,channels=4"
WORDS = {"budget": "steps=4", "batch": 2, "patch": 64, "validation": 1, "every": 2}


def _method(name: str) -> LearnedMethod:
    method = find_method(name).value
    assert isinstance(method, LearnedMethod)
    return method


def _network(name: str = "msfm") -> torch.nn.Module:
    return _method(name).network()


def _without_compiler(patch: Patch, place: Path) -> None:
    patch.setenv("PATH", str(place))
    patch.setenv("RAINBENCH_CACHE", str(place))
    library.open_library.cache_clear()


@pytest.fixture(autouse=True)
def _with_compiler() -> None:
    if library.compiler() is None:
        pytest.skip("no C compiler")


def test_ours_are_taken_where_they_fit() -> None:
    assert settle("auto", _network(), "cpu", "float32") == "native"
    assert settle("torch", _network(), "cpu", "float32") == "torch"
    assert settle("auto", _network(), "cpu", "bf16") == "torch"
    assert settle("auto", _network(), "cuda", "float32") == "torch"
    assert settle("auto", _network("ddn"), "cpu", "float32") == "torch"


def test_tf32_is_off_while_training_and_as_it_was_behind() -> None:
    recipe = _method("msfm").recipe
    assert recipe is not None
    before = torch.backends.cudnn.allow_tf32
    with computing(plan("msfm", {}, recipe, device="cuda")):
        assert not torch.backends.cudnn.allow_tf32
    assert torch.backends.cudnn.allow_tf32 == before


def test_what_they_cannot_do_is_refused() -> None:
    for name, precision in (("ddn", "float32"), ("msfm", "bf16")):
        with pytest.raises(UsageError, match=f"{precision} on cpu"):
            settle("native", _network(name), "cpu", precision)  # type: ignore[arg-type]


def test_without_a_compiler_it_is_torch_or_an_error(monkeypatch: Patch, tmp_path: Path) -> None:
    _without_compiler(monkeypatch, tmp_path)
    assert settle("auto", _network(), "cpu", "float32") == "torch"
    with pytest.raises(NotInstalledError, match="no C compiler"):
        settle("native", _network(), "cpu", "float32")
    library.open_library.cache_clear()


def test_both_train_alike_and_say_which_it_was(tmp_path: Path) -> None:
    pairs = draw_pairs(tmp_path / "pairs", scenes=3, height=80, width=96)
    method = find_method("msfm").value
    assert isinstance(method, LearnedMethod)
    found = {}
    for arithmetic in ("native", "torch"):
        file = train(
            SMALL, datasets=[str(pairs)], output=tmp_path / arithmetic,
            cache=tmp_path, arithmetic=arithmetic, **WORDS,  # type: ignore[arg-type]
        )  # fmt: skip
        record = read_record(file) or {}
        assert record["arithmetic"] == arithmetic
        assert ("compiler" in record) == ("kernels_sha256" in record) == (arithmetic == "native")
        found[arithmetic] = read_checkpoint(method, file).state
    for name, ours in found["native"].items():
        torch.testing.assert_close(ours, found["torch"][name], rtol=1e-4, atol=1e-5, msg=name)


def test_a_run_that_began_with_other_kernels_is_not_gone_on_with(tmp_path: Path) -> None:
    pairs = draw_pairs(tmp_path / "pairs", scenes=3, height=80, width=96)
    words = {"datasets": [str(pairs)], "output": tmp_path / "run", "cache": tmp_path, **WORDS}
    train(SMALL, arithmetic="native", **words)  # type: ignore[arg-type]
    with pytest.raises(TrainingError, match="arithmetic native, not torch, other kernels"):
        train(SMALL, arithmetic="torch", **words)  # type: ignore[arg-type]
