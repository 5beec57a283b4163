import io
import json
from pathlib import Path

import numpy as np
import pytest

from rainbench.cli import main
from rainbench.cli.data import VERBS
from rainbench.image import write_png


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_of_data_has_help(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", verb, "--help"]) == 0
    assert f"data {verb}" in capsys.readouterr().out


def test_a_verb_that_is_none_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "wher"]) == 2
    assert "where" in capsys.readouterr().err


def test_where_names_the_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RAINBENCH_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("RAINBENCH_CACHE", str(tmp_path / "cache"))
    assert main(["data", "where", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["data"][0] == str(tmp_path / "data")
    assert shown["cache"] == str(tmp_path / "cache")


def rain12(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for number in range(1, 4):
        for kind in ("GT", "in"):
            write_png(folder / f"{number:03}_{kind}.png", np.zeros((321, 481, 3), np.uint8))
    return folder


def test_import_list_where_and_remove(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RAINBENCH_DATA", str(tmp_path / "data"))
    mine = rain12(tmp_path / "mine")
    assert main(["data", "import", "rain12", str(mine)]) == 0
    assert "rain12:test, release original: partial, 3 of 12 pairs" in capsys.readouterr().out
    assert main(["data", "list"]) == 0
    shown = capsys.readouterr().out
    assert "test 3/12; partial; not verified;" in shown
    assert "rain1400" in shown
    assert main(["data", "list", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["here"][0]["splits"] == {"test": {"pairs": 3, "of": 12}}
    assert main(["data", "where", "Rain12"]) == 0
    assert capsys.readouterr().out == f"{mine}\n"
    assert main(["data", "remove", "rain12", "--yes"]) == 0
    assert "its files stay in" in capsys.readouterr().err
    assert main(["data", "where", "rain12"]) == 1
    assert mine.exists()


def test_import_by_path_alone_prints_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RAINBENCH_DATA", str(tmp_path / "data"))
    assert main(["data", "import", str(rain12(tmp_path / "mine")), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["schema"], document["dataset"]) == (1, "rain12")
    assert main(["data", "import", "a", "b", "c"]) == 2


def test_remove_asks_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RAINBENCH_DATA", str(tmp_path / "data"))
    assert main(["data", "import", str(rain12(tmp_path / "mine"))]) == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert main(["data", "remove", "rain12"]) == 1
    capsys.readouterr()
    assert main(["data", "where", "rain12"]) == 0


def test_a_run_without_the_data_says_in_three_lines_how_it_can_be_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RAINBENCH_DATA", str(tmp_path / "data"))
    words = ["run", "--method", "rainy", "--dataset", "rain1400", "--results", str(tmp_path / "r")]
    assert main(words) == 1
    what, how, where = capsys.readouterr().err.splitlines()
    assert "Rain1400 (Fu et al., CVPR 2017), 1400 test, 12600 train pairs" in what
    assert "`rainbench data get rain1400`" in how
    assert "`rainbench data import rain1400 PATH`" in how
    assert where.endswith(f"it would go to {tmp_path / 'data' / 'rain1400'}")


def test_the_cache_is_cleared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RAINBENCH_CACHE", str(tmp_path))
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets" / "1.png").write_bytes(b"123")
    assert main(["cache", "clear"]) == 0
    assert "freed 3 bytes" in capsys.readouterr().out
    assert not (tmp_path / "datasets").exists()
