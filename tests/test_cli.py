"""The command line: what goes to stdout, what to stderr, and the exit status."""

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import rainbench
from rainbench import cli
from rainbench.cli import VERBS, main
from rainbench.errors import ResultsError


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"rainbench {rainbench.__version__}\n"


def test_help_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(f" {verb} " in shown for verb in VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_its_file_and_its_help(
    verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    module = import_module(f"rainbench.cli.{verb}")
    assert main([verb, "--help"]) == 0
    first = module.command.__doc__.splitlines()[0]
    assert first in " ".join(capsys.readouterr().out.split())
    lines = Path(module.__file__ or "").read_text(encoding="utf-8").splitlines()
    assert len(lines) < 60


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["lst"], "list"),
        (["list", "method"], "did you mean methods"),
        (["list", "--colour"], "--colour"),
        (["run", "--method", "rany", "--dataset", "toy"], "did you mean rainy"),
        (["run", "--method", "rainy", "--dataset", "toi"], "did you mean toy"),
        (["run", "--method", "rainy:depth=3", "--dataset", "toy"], "depth"),
        (["run", "--method", "layers=3", "--dataset", "toy"], "expected METHOD as"),
        (["run", "--method", "msfm.lite", "--dataset", "toy"], "did you mean light"),
        (["show", "msfn"], "did you mean msfm"),
    ],
)
def test_usage_errors_exit_with_2(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err
    assert "Traceback" not in captured.err


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (ResultsError(expected="a", got="b", now="c"), 1, "rainbench: expected a, got b; c\n"),
        (OSError(28, "No space left on device", "x.png"), 1, "No space left on device: 'x.png'"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_errors_become_a_sentence_and_a_status(
    error: BaseException,
    status: int,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def command() -> None:
        """Fail."""
        raise error

    monkeypatch.setattr(import_module("rainbench.cli.list"), "command", command)
    assert cli.main(["list"]) == status
    assert message in capsys.readouterr().err


def test_list_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document.pop("schema") == 1
    assert set(document) == {"methods", "datasets", "reports", "protocols"}
    methods = {item["name"]: item for item in document["methods"]}
    assert methods["rainy"]["title"] == "Rainy input"
    assert methods["rainy"]["problem"] is None


def test_list_of_one_kind(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "methods"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "methods"
    assert "  rainy  " in "\n".join(shown)
    assert "y-prenet" not in "\n".join(shown)


def test_the_module_is_the_command() -> None:
    command = [sys.executable, "-m", "rainbench", "--version"]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    assert run.stdout == f"rainbench {rainbench.__version__}\n"
