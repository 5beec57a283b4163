"""The command line: what goes to stdout, what to stderr, and the exit status."""

import io
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import rainbench
from rainbench import cli
from rainbench.cli import VERBS, main
from rainbench.cli.display import Display
from rainbench.errors import ResultsError
from rainbench.restorers import at_hand
from rainbench.runs.progress import Progress


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
    if hasattr(module, "make_group"):
        first = str(module.make_group([]).info.help)
    else:
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
        (OSError(28, "No space", "x.png"), 1, "expected to read or write 'x.png', got No space;"),
        (OSError(28, "No space"), 1, "to read or write the answer on stdout, got No space;"),
        (OSError(28, "No space", "\x1b[2Jx"), 1, "'\\x1b[2Jx'"),
        (ResultsError(expected="a", got="\x1b[2Jb", now="c"), 1, "expected a, got b; c"),
        (KeyboardInterrupt(), 130, "rainbench: interrupted; the same command goes on"),
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
    assert main(["list", "datasets"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "datasets"
    assert "  toy  " in "\n".join(shown)
    assert "y-prenet" not in "\n".join(shown)


def test_the_module_is_the_command() -> None:
    command = [sys.executable, "-m", "rainbench", "--version"]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    assert run.stdout == f"rainbench {rainbench.__version__}\n"


def _write_methods(folder: Path) -> tuple[str, str]:
    good, bad = folder / "halve.py", folder / "loud.py"
    good.write_text("def METHOD(rainy):\n    return rainy / 2\n", encoding="utf-8")
    bad.write_text("def METHOD(rainy):\n    return rainy * 255\n", encoding="utf-8")
    return str(good), str(bad)


def test_run_prints_numbers_to_stdout_and_progress_to_stderr(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, _ = _write_methods(tmp_path)
    words = ["run", "--method", f"rainy,{good}", "--dataset", "toy", "--limit", "2"]
    assert main([*words, "--results", str(tmp_path / "results")]) == 0
    captured = capsys.readouterr()
    assert "PSNR and SSIM under y-prenet" in captured.out
    assert "| halve" in captured.out
    assert "2/10" in captured.out
    assert "rainy on toy: 2/2" in captured.err
    assert "toy: 10 of 10 pairs of" in captured.err  # which release was found


def test_run_as_json_prints_a_line_a_unit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = _write_methods(tmp_path)
    words = ["run", "--method", bad, "--method", f"{good},rainy", "--dataset", "toy", "--json"]
    assert main([*words, "--limit", "2", "--results", str(tmp_path / "results")]) == 1
    captured = capsys.readouterr()
    units = {unit["method"]: unit for unit in map(json.loads, captured.out.splitlines())}
    assert set(units) == {"loud", "halve", "rainy"}
    keys = {"method", "dataset", "split", "images", "parameters", "seconds_per_image", "scores"}
    assert keys <= set(units["halve"])
    assert set(units["halve"]["scores"]["y-prenet"]) == {"psnr_db", "ssim"}
    assert units["loud"]["images"] == 0
    assert "divide by 255" in captured.err
    assert "loud on toy: 2 images failed" in captured.err


UNTRAINED = """
from torch import nn
from rainbench import LearnedMethod
METHOD = LearnedMethod(title="Untrained", network=lambda: nn.Conv2d(3, 3, 1))
"""


def test_run_lists_what_a_group_brought_in_without_weights(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    known = at_hand.known_weights
    monkeypatch.setattr(at_hand, "known_weights", lambda p: {} if p.name == "prenet" else known(p))
    words = ["run", "--method", "rainy,learned", "--dataset", "toy", "--limit", "1"]
    words += ["--results", str(tmp_path / "results")]
    assert main(words) == 0
    captured = capsys.readouterr()
    (row,) = [line for line in captured.out.splitlines() if line.startswith("| prenet ")]
    assert "skipped: no weights at hand" in row
    assert "| rainy " in captured.out
    assert "prenet: expected weights for prenet" in captured.out
    assert "rainbench train --method prenet" in captured.out
    assert main([*words, "--json"]) == 0
    units = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (prenet,) = [unit for unit in units if unit["method"] == "prenet"]
    assert prenet["skipped"]
    assert "net_latest.pth" in prenet["problem"]


def test_a_problem_has_a_row_beside_the_numbers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "untrained.py"
    file.write_text(UNTRAINED, encoding="utf-8")
    words = ["run", "--method", f"rainy,{file}", "--dataset", "toy", "--limit", "1"]
    assert main([*words, "--results", str(tmp_path / "results")]) == 1
    captured = capsys.readouterr()
    (row,) = [line for line in captured.out.splitlines() if "untrained.py" in line and "|" in line]
    assert "failed" in row
    assert "expected weights for untrained" in captured.out
    assert "expected weights for untrained" in captured.err


NOISE = """
import sys
print("a greeting")
def METHOD(rainy):
    sys.stdout.write("a word an image\\n")
    return rainy
"""


def test_what_a_plugin_prints_stays_out_of_the_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    noisy = tmp_path / "noisy.py"
    noisy.write_text(NOISE, encoding="utf-8")
    words = ["run", "--method", str(noisy), "--dataset", "toy", "--limit", "1", "--json"]
    assert main([*words, "--results", str(tmp_path / "results")]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["method"] == "noisy"
    assert "a greeting\n" in captured.err
    assert "a word an image\n" in captured.err
    assert main(["show", str(noisy), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "noisy"


def test_a_method_that_exits_ends_no_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "leaving.py"
    file.write_text("import sys\ndef METHOD(rainy):\n    sys.exit(0)\n", encoding="utf-8")
    words = ["run", "--method", f"{file},rainy", "--dataset", "toy", "--limit", "1"]
    assert main([*words, "--results", str(tmp_path / "results")]) == 1
    captured = capsys.readouterr()
    assert "| rainy" in captured.out
    assert "leaving on toy: 1 image failed" in captured.err


def test_a_report_that_cannot_be_written_says_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = str(tmp_path / "results")
    words = ["--method", "rainy", "--dataset", "toy", "--limit", "1", "--results", results]
    assert main(["run", *words]) == 0
    file = tmp_path / "absent" / "table.tex"
    assert main(["report", "--results", results, "-o", str(file)]) == 1
    assert f"expected to write {file}, got " in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    "make", ["lambda _: 1 / 0", "lambda _: [3]", "lambda _: __import__('sys').exit(0)"]
)
def test_a_report_that_breaks_is_told_of(
    make: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = str(tmp_path / "results")
    words = ["--method", "rainy", "--dataset", "toy", "--limit", "1", "--results", results]
    assert main(["run", *words]) == 0
    file = tmp_path / "broken.py"
    file.write_text(
        f"from rainbench import Report\nREPORT = Report(title='x', make={make})\n", encoding="utf-8"
    )
    capsys.readouterr()
    assert main(["report", str(file), "--results", results]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "broken.py to make its blocks, got " in captured.err


def test_show_keeps_control_characters_off_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "sly.py"
    file.write_text(
        '"""A \\x1b[2Jsly sentence."""\n'
        "from rainbench import PriorMethod\n"
        "def derain(rainy, *, key: str = '\\x1b[2J'): return rainy\n"
        "METHOD = PriorMethod(title='Sly\\x1b[31m', derain=derain)\n",
        encoding="utf-8",
    )
    assert main(["show", str(file)]) == 0
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert shown.startswith("sly: Sly\nA sly sentence.\n")


def test_a_broken_plugin_stops_no_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("raise RuntimeError('no GPU here')\n", encoding="utf-8")
    words = ["run", "--method", f"{broken},rainy", "--dataset", "toy", "--limit", "1"]
    assert main([*words, "--results", str(tmp_path / "results")]) == 1
    captured = capsys.readouterr()
    assert "| rainy" in captured.out
    assert "broken.py to import, got RuntimeError: no GPU here" in captured.err


def test_a_run_that_is_interrupted_exits_with_130(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "stopped.py"
    file.write_text("def METHOD(rainy):\n    raise KeyboardInterrupt\n", encoding="utf-8")
    words = ["run", "--method", str(file), "--dataset", "toy"]
    assert main([*words, "--results", str(tmp_path / "results")]) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_a_terminal_gets_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("COLUMNS", "100")
    with Display(terminal=True) as display:
        display.tell(Progress(method="[b]odd[/b]", dataset="toy", total=2))
        display.tell(
            Progress(method="[b]odd[/b]", dataset="toy", done=1, total=2, problem="\x1b[2Jx")
        )
        display.tell(Progress(method="[b]odd[/b]", dataset="toy", done=2, total=2))
    shown = stream.getvalue()
    assert "[b]odd[/b] on toy" in shown  # a name is no markup
    assert "2/2" in shown
    assert "\x1b[2J" not in shown


def test_one_cause_of_many_failures_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    with Display(terminal=False) as display:
        for done, problem in enumerate(["no licence", "no licence", None, "no licence", "other"]):
            told = Progress(method="m", dataset="d", total=9, image=f"{done}", problem=problem)
            display.tell(told)
    shown = capsys.readouterr().err.splitlines()
    assert [line for line in shown if "no licence" in line or "other" in line] == [
        "m on d: 0: no licence", "m on d: 3: no licence", "m on d: 4: other",
    ]  # fmt: skip
