"""Methods x datasets: words, groups, and problems that stop nothing else."""

import shutil
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rainbench
from rainbench.errors import (
    DatasetError,
    NotInstalledError,
    PluginError,
    RunHeldError,
    UnknownNameError,
    UsageError,
    WeightsError,
)
from rainbench.image import write_png
from rainbench.runs.benchmark import Unit
from rainbench.runs.hold import hold
from rainbench.runs.progress import Progress
from rainbench.runs.summary import UnitProblem, UnitSummary

BROKEN = "raise RuntimeError('on import')"
DIM = """
    def METHOD(rainy):
        "Dim it."
        return rainy * 0.9
"""
COPYING = """
    import shutil
    from rainbench import ExternalMethod

    def restore(rainy, restored, *, times: int = 1):
        for path in rainy.iterdir():
            shutil.copy(path, restored)

    METHOD = ExternalMethod(title="Copying", restore=restore, trained_on=None)
"""
WORDS = """
    from rainbench import Command
    METHOD = Command("sh", "copy.sh", "{input}", "{output}")
"""
UNTRAINED = """
    from torch import nn
    from rainbench import LearnedMethod

    def network():
        return nn.Conv2d(3, 3, 1)

    METHOD = LearnedMethod(title="Untrained", network=network)
"""

Write = Callable[[str, str], Path]


@pytest.fixture
def pairs(tmp_path: Path) -> str:
    """A dataset of two pairs in a folder, as its words on the command line."""
    rng = np.random.default_rng(0)
    for kind in ("rainy", "clean"):
        for name in "ab":
            (tmp_path / "pairs" / kind).mkdir(parents=True, exist_ok=True)
            pixels = rng.integers(0, 255, (12, 13, 3), dtype=np.uint8)
            write_png(tmp_path / "pairs" / kind / f"{name}.png", pixels)
    return str(tmp_path / "pairs")


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return tmp_path / "results"


def summary(unit: Unit) -> UnitSummary:
    assert isinstance(unit, UnitSummary), unit
    return unit


def problem(unit: Unit) -> UnitProblem:
    assert isinstance(unit, UnitProblem), unit
    return unit


def test_every_method_meets_every_dataset(pairs: str, results: Path, write: Write) -> None:
    told: list[Progress] = []
    ended: list[Unit] = []
    units = rainbench.run(
        ["rainy", str(write("dim.py", DIM))], [pairs, "toy"], results=results, limit=2,
        on_progress=told.append, on_unit=ended.append,
    )  # fmt: skip
    assert [(summary(unit).method, summary(unit).dataset) for unit in units] == [
        ("rainy", "pairs"), ("rainy", "toy"), ("dim", "pairs"), ("dim", "toy"),
    ]  # fmt: skip
    assert ended == list(units)
    assert sum(each.image is not None for each in told) == 8
    table = rainbench.read_results(results)
    assert len(table) == 8 * len(rainbench.PROTOCOLS)


def test_one_word_is_not_taken_for_a_list_of_letters(pairs: str, results: Path) -> None:
    [unit] = rainbench.run("rainy", pairs, results=results)
    assert summary(unit).images == 2


def test_a_broken_plug_in_stops_nothing_else(pairs: str, results: Path, write: Write) -> None:
    broken = str(write("broken.py", BROKEN))
    first, second = rainbench.run([broken, "rainy"], pairs, results=results)
    assert isinstance(problem(first).error, PluginError)
    assert (problem(first).dataset, problem(first).skipped) == ("", False)
    assert summary(second).images == 2


def test_every_kind_of_method_is_in_one_table(
    pairs: str, results: Path, write: Write, tmp_path: Path
) -> None:
    copying = str(write("copying.py", COPYING))
    [made] = rainbench.run(copying, pairs, results=results)
    theirs = tmp_path / "their pictures"
    shutil.copytree(summary(made).folder / "restored", theirs)
    units = rainbench.run(["rainy", copying, str(theirs)], pairs, results=results)
    assert [summary(unit).method for unit in units] == ["rainy", "copying", "their-pictures"]
    assert len({unit.scores["y-prenet"] for unit in map(summary, units)}) == 1
    assert [bool(summary(unit).from_8_bit) for unit in units] == [False, True, True]
    table = rainbench.read_results(results)
    rounded = table[table.marks.str.contains("from 8-bit")]
    assert set(rounded.method) == {"copying", "their-pictures"}
    assert set(rounded.protocol) == {
        name for name, protocol in rainbench.PROTOCOLS.items() if protocol.needs_floats
    }
    # What `score` records of the same pictures under the same name is the same run.
    again = rainbench.score_folder(
        theirs, rainbench.open_dataset(pairs), results, name="their-pictures"
    )
    assert again == units[2]


def test_an_external_functions_keywords_are_its_settings(
    pairs: str, results: Path, write: Write
) -> None:
    copying = str(write("copying.py", COPYING))
    one, two = rainbench.run([copying, f"{copying}:times=2"], pairs, results=results)
    assert summary(two).method == "copying:times=2"
    assert summary(one).run_id != summary(two).run_id


def test_a_folder_that_lacks_pictures_is_scored_only_when_partial(
    pairs: str, results: Path, tmp_path: Path
) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    shutil.copy(Path(pairs, "clean", "b.png"), theirs)
    [unit] = rainbench.run(str(theirs), pairs, results=results)
    assert "none for a" in str(problem(unit).error)
    [unit] = rainbench.run(str(theirs), pairs, results=results, partial=True, tile=8)
    assert "leave the tiles out" in str(problem(unit).error)
    [unit] = rainbench.run(str(theirs), pairs, results=results, partial=True)
    assert (summary(unit).images, summary(unit).of) == (1, 2)
    assert summary(unit).marks == ("incomplete",)


def test_what_a_command_names_decides_its_run(pairs: str, results: Path, write: Write) -> None:
    method = str(write("words.py", WORDS))
    write("copy.sh", "cp $1/*.png $2")
    [first] = rainbench.run(method, pairs, results=results)
    write("copy.sh", "cp $1/* $2")
    [second] = rainbench.run(method, pairs, results=results)
    assert summary(first).run_id != summary(second).run_id
    assert summary(first).scores == summary(second).scores


def test_a_program_that_is_not_installed_is_skipped_in_a_group_alone(
    pairs: str, results: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write("shelf/absent.py", WORDS.replace('"sh"', '"no-such-program"'))
    [named] = rainbench.run(str(file), pairs, results=results)
    assert isinstance(problem(named).error, NotInstalledError)
    assert not problem(named).skipped
    monkeypatch.setattr(import_module("rainbench.methods"), "__path__", [str(file.parent)])
    [grouped] = rainbench.run("all", pairs, results=results)
    assert problem(grouped).skipped
    with pytest.raises(UsageError):
        rainbench.run("prior", pairs, results=results)


def test_a_missing_dataset_stops_nothing_else(pairs: str, results: Path, tmp_path: Path) -> None:
    units = rainbench.run("rainy", ["rain100h", pairs], results=results, root=tmp_path / "none")
    assert isinstance(problem(units[0]).error, DatasetError)
    assert (problem(units[0]).method, problem(units[0]).dataset) == ("", "rain100h")
    assert summary(units[1]).images == 2


def test_a_method_without_weights_is_a_problem_when_named(
    pairs: str, results: Path, write: Write
) -> None:
    [unit] = rainbench.run(str(write("untrained.py", UNTRAINED)), pairs, results=results)
    assert isinstance(problem(unit).error, WeightsError)
    assert not problem(unit).skipped


def test_a_group_brings_its_methods_and_skips_those_without_weights(
    pairs: str, results: Path
) -> None:
    priors = rainbench.run("prior", pairs, results=results)
    assert "rainy" in {summary(unit).method for unit in priors}
    units = rainbench.run("all", pairs, results=results, limit=1)
    assert len(units) >= 3
    for each in units:
        assert isinstance(each, UnitSummary) or (
            each.skipped and isinstance(each.error, WeightsError)
        )


@pytest.mark.parametrize(
    ("methods", "more", "message"),
    [
        ("rainy,rainy@mine", {}, "learns nothing, got 'mine'"),
        ("rainy", {"weights": Path("w.pth")}, "learns nothing, got 'w.pth'"),
        ("rainy,prenet@rain140", {}, "did you mean rain1400"),
        ("prenet@rain1400", {"weights": Path("w.pth")}, "given once"),
        ("prenet", {"weights": Path("absent.pth")}, "a weights file at absent.pth, got none"),
        ("rainy,./net.onnx", {}, "a method's file, got none at net.onnx"),
        ("rainy,./none", {}, "a folder of restored pictures, got none at './none'"),
        ("./", {"weights": Path("w.pth")}, "one learned method, called by its name"),
        ("rainy", {"device": "gpu"}, "auto, cpu, cuda or cuda:N"),
        ("rainy,prenet", {"device": "cuda:97"}, "a device that is there"),
    ],
)
def test_words_are_understood_before_anything_runs(
    pairs: str, results: Path, methods: str, more: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        rainbench.run(methods, pairs, results=results, **more)
    assert not results.exists()


def test_a_folder_called_as_another_is_refused_and_one_that_moved_is_not(
    pairs: str, results: Path, tmp_path: Path
) -> None:
    other = tmp_path / "elsewhere" / Path(pairs).name
    shutil.copytree(pairs, other)
    [first, second] = rainbench.run("rainy", [pairs, str(other)], results=results)
    assert summary(first).images == 2
    assert isinstance(problem(second).error, DatasetError)
    assert f"{other}, another of that name" in str(problem(second).error)
    before = (summary(first).folder / "images.jsonl").read_bytes()
    [again] = rainbench.run("rainy", pairs, results=results)
    assert again == first
    shutil.rmtree(pairs)
    [moved] = rainbench.run("rainy", str(other), results=results)
    assert moved == first
    assert (summary(first).folder / "images.jsonl").read_bytes() == before


def test_every_dataset_is_told_of_before_its_first_image(pairs: str, results: Path) -> None:
    told: list[str] = []
    rainbench.run(
        "rainy", pairs, results=results, limit=1,
        on_dataset=lambda found: told.extend(found.notes),
        on_progress=lambda _: told.append("an image"),
    )  # fmt: skip
    assert "pairs of the folder" in told[0]
    assert told[1] == "an image"


def test_a_held_run_is_a_problem_and_the_rest_goes_on(
    pairs: str, results: Path, write: Write
) -> None:
    [first] = rainbench.run("rainy", pairs, results=results)
    home = summary(first).folder.parent
    with hold(home, summary(first).run_id, wait=False, on_wait=pytest.fail):
        units = rainbench.run(["rainy", str(write("dim.py", DIM))], pairs, results=results)
    assert isinstance(problem(units[0]).error, RunHeldError)
    assert summary(units[1]).images == 2


@pytest.mark.parametrize("words", ["rainny", "rainy:nosuch=1", "all:layers=3", "prior@x"])
def test_words_that_mean_nothing_stop_everything_first(
    pairs: str, results: Path, words: str
) -> None:
    with pytest.raises(UsageError):
        rainbench.run(["rainy", words], pairs, results=results)
    assert not results.exists()


def test_an_unknown_dataset_stops_everything_first(pairs: str, results: Path) -> None:
    with pytest.raises(UnknownNameError, match="did you mean toy"):
        rainbench.run("rainy", [pairs, "toyy"], results=results)
    assert not results.exists()


@pytest.mark.parametrize("methods", [["msfm", "prenet"], ["learned"]])
def test_a_weights_file_goes_with_one_method(
    pairs: str, results: Path, methods: list[str], tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="one learned method"):
        rainbench.run(methods, pairs, results=results, weights=tmp_path / "w.pth")


def test_nothing_to_run_is_an_error(pairs: str, results: Path) -> None:
    with pytest.raises(UsageError, match="at least one method"):
        rainbench.run([], pairs, results=results)


def test_tiles_make_another_run_which_says_where_they_are_not_exact(
    pairs: str, results: Path, write: Write
) -> None:
    methods = ["rainy", str(write("dim.py", DIM))]
    units = [*map(summary, rainbench.run(methods, pairs, results=results, tile=5))]
    assert [unit.marks for unit in units] == [(), ("tiled, not exact",)]
    whole = [*map(summary, rainbench.run(methods, pairs, results=results))]
    assert {unit.run_id for unit in units}.isdisjoint(unit.run_id for unit in whole)
    assert [unit.scores for unit in units] == [unit.scores for unit in whole]


def test_a_tile_of_nothing_is_refused_before_anything_runs(pairs: str, results: Path) -> None:
    with pytest.raises(UsageError, match="a tile of 1 pixel or more"):
        rainbench.run("rainy", pairs, results=results, tile=0)
    assert not results.exists()


def test_methods_may_be_given_the_clean_pictures(tmp_path: Path) -> None:
    [unit] = rainbench.run("median", "toy", results=tmp_path / "r", limit=1, given="clean")
    found = summary(unit)
    assert found.data.endswith("clean pictures")
    assert found.to_json()["input"] == "clean"
    [again] = rainbench.run("median", "toy", results=tmp_path / "r", limit=1)
    assert summary(again).run_id != found.run_id
    with pytest.raises(UsageError, match="rainy or clean pictures as input, got 'foggy'"):
        rainbench.run("median", "toy", results=tmp_path / "r", given="foggy")  # type: ignore[arg-type]
    pictures = str(found.folder / "restored")
    [refused] = rainbench.run(pictures, "toy", results=tmp_path / "r", partial=True, given="clean")
    assert "leave --input out" in str(problem(refused).error)
