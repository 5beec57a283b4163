import json
from pathlib import Path

import pytest

from rainbench.cli import main
from rainbench.cli.data import VERBS


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
