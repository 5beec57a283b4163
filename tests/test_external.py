"""A command between two folders: what it is given, how it fails, and what decides its result."""

import json
import sys
from pathlib import Path

import pytest

import rainbench.restorers.external
from rainbench.errors import MethodError, NotInstalledError, PluginError
from rainbench.restorers.external import Command

PYTHON = (sys.executable, "-I", "-c")


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    """A folder of rainy pictures and one for the restored, with a blank in their paths."""
    rainy, restored = tmp_path / "the rainy", tmp_path / "the restored"
    rainy.mkdir()
    restored.mkdir()
    return rainy, restored


def program(text: str, *words: str, **options: object) -> Command:
    return Command(*PYTHON, text, "{input}", "{output}", *words, **options)  # type: ignore[arg-type]


def test_words_reach_the_program_as_they_are(places: tuple[Path, Path]) -> None:
    text = "import json, sys; json.dump(sys.argv[1:], open(sys.argv[2] + '/said', 'w'))"
    odd = ("$HOME", "a b; echo *", "'", "--in={input}/*.png", "{other}", "")
    program(text, *odd)(*places)
    rainy, restored = map(str, places)
    assert json.loads((places[1] / "said").read_text()) == [
        rainy, restored, "$HOME", "a b; echo *", "'", f"--in={rainy}/*.png", "{other}", "",
    ]  # fmt: skip


def test_little_of_the_environment_is_passed_on(
    places: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACCESS_TOKEN", "secret")
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    text = "import json, os, sys; json.dump(dict(os.environ), open(sys.argv[2] + '/said', 'w'))"
    program(text, environment={"MLM_LICENSE_FILE": "27000@host"})(*places)
    said = json.loads((places[1] / "said").read_text())
    assert said["MLM_LICENSE_FILE"] == "27000@host"
    assert said["LC_ALL"] == "C.UTF-8"
    assert "PATH" in said
    assert not {"ACCESS_TOKEN", "PYTHONPATH"} & said.keys()


def test_relative_paths_start_from_the_plug_ins_folder(
    places: tuple[Path, Path], tmp_path: Path
) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "say.py").write_text("import sys; open(sys.argv[1] + '/said', 'w')")
    command = Command(sys.executable, "-I", "say.py", "{output}", "{input}")
    command.within(tmp_path / "code")(*places)
    assert (places[1] / "said").exists()
    inside = Command(sys.executable, "-I", "say.py", "{output}", "{input}", folder="code")
    inside.within(tmp_path)(*places)


def test_a_failure_shows_the_last_words(places: tuple[Path, Path]) -> None:
    text = (
        "import sys\nfor n in range(20): print('line', n, file=sys.stderr)\n"
        "sys.stderr.flush(); print('no rain found'); sys.exit(3)"
    )
    with pytest.raises(MethodError, match=r"status 0, got exit status 3; it said last") as caught:
        program(text)(*places)
    assert "line 14" not in str(caught.value)
    assert "line 15 | line 16" in str(caught.value)
    assert "line 19 | no rain found; run it by hand in " in str(caught.value)
    with pytest.raises(MethodError, match="exit status 1; it said nothing"):
        program("import os; os._exit(1)")(*places)


def test_a_program_that_a_signal_ended_is_told_so(places: tuple[Path, Path]) -> None:
    with pytest.raises(MethodError, match=r"exit status 137 \(SIGKILL\)"):
        program("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")(*places)


def test_a_program_that_talks_much_does_not_wait_for_us(places: tuple[Path, Path]) -> None:
    program("import sys; sys.stdout.write('x' * 2**20); sys.stderr.write('y' * 2**20)")(*places)


def test_nobody_answers_a_program_that_asks(places: tuple[Path, Path]) -> None:
    with pytest.raises(MethodError, match="EOFError"):
        program("input('overwrite? ')")(*places)


def test_memory_is_capped(places: tuple[Path, Path]) -> None:
    text = "bytearray(2**30)"
    program(text)(*places)
    with pytest.raises(MethodError, match="MemoryError"):
        program(text, memory_mib=512)(*places)


def test_a_cap_that_cannot_be_held_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rainbench.restorers.external, "_POSIX", False)
    program("").find_program()
    with pytest.raises(NotInstalledError, match="leave memory_mib out"):
        program("", memory_mib=512).find_program()


def test_a_program_that_is_not_there_is_named(tmp_path: Path, places: tuple[Path, Path]) -> None:
    with pytest.raises(NotInstalledError, match="program no-such-program on the PATH"):
        Command("no-such-program", "{input}", "{output}")(*places)
    (tmp_path / "derain").write_text("not to be run")
    for word in ("./derain", "./absent"):
        with pytest.raises(NotInstalledError, match=rf"program {word}, got none in .* may be run"):
            Command(word, "{input}", "{output}", folder=tmp_path).find_program()


def test_what_cannot_start_is_told(tmp_path: Path, places: tuple[Path, Path]) -> None:
    broken = tmp_path / "derain"
    broken.write_text("#!/no/such/interpreter\n")
    broken.chmod(0o755)
    with pytest.raises(MethodError, match=r"exit status 127; .*No such file"):
        Command("./derain", "{input}", "{output}", folder=tmp_path)(*places)


@pytest.mark.parametrize(
    ("words", "lacking"),
    [
        ((), "got nothing, without {input} and {output}"),
        (("octave-cli", "derain.m", "{input}"), "{input}, without {output}"),
        (("octave-cli", "derain.m", "{output}"), "{output}, without {input}"),
        (("{input}", "{output}"), "without {input}"),
    ],
)
def test_both_folders_must_be_among_the_words(words: tuple[str, ...], lacking: str) -> None:
    with pytest.raises(PluginError) as caught:
        Command(*words)
    assert lacking in str(caught.value)


@pytest.mark.parametrize("limit", [{"timeout_s": 0}, {"timeout_s": -1}, {"memory_mib": 0}])
def test_limits_are_above_nothing(limit: dict[str, int]) -> None:
    with pytest.raises(PluginError, match=f"{next(iter(limit))} above 0"):
        Command("x", "{input}", "{output}", **limit)  # type: ignore[arg-type]


def test_words_and_the_files_among_them_decide_the_result(tmp_path: Path) -> None:
    def made(folder: str, text: str, *words: str, **options: object) -> str:
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "derain.m").write_text(text)
        (tmp_path / folder / "net.mat").write_text("1")
        command = Command("octave", "derain.m", "{input}", "{output}", *words, **options)  # type: ignore[arg-type]
        return command.within(tmp_path / folder).sha256

    first = made("a", "x")
    assert made("b", "x") == first  # wherever it lies
    assert made("a", "y") != first
    assert made("a", "x", "--strong") != first
    assert made("a", "x", environment={"SIGMA": "2"}) != first
    with_net = made("a", "x", files=["net.mat"])
    assert with_net != first
    assert made("a", "x", timeout_s=9) == first  # a limit moves no number
    with pytest.raises(PluginError, match=r"the file absent\.mat of octave"):
        made("a", "x", files=["absent.mat"])
