"""What README.md shows works as it stands there."""

import re
from pathlib import Path

import pytest

from rainbench.cli import main
from tests import weights_readme
from tests.readme_tables import renewed

README = Path(__file__).parent.parent / "README.md"
LINES = 15


def _blocks(language: str) -> list[str]:
    text = README.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def test_the_plugin_in_the_readme_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = next(block for block in _blocks("python") if "METHOD" in block)
    assert len(source.splitlines()) <= LINES
    file = tmp_path / "mine.py"
    file.write_text(source, encoding="utf-8")
    words = ["run", "--method", str(file), "--dataset", "toy", "--limit", "2"]
    assert main([*words, "--results", str(tmp_path / "results")]) == 0
    assert "| mine" in capsys.readouterr().out


def test_the_tables_are_those_of_the_code() -> None:
    text = README.read_text(encoding="utf-8")
    assert renewed(text) == text, "run `make readme`"


def test_the_page_of_weights_is_that_of_their_files() -> None:
    text = weights_readme.README.read_text(encoding="utf-8")
    assert weights_readme.page() == text, "run `make readme`"


def test_a_table_without_its_place_is_told_of() -> None:
    with pytest.raises(LookupError, match="no place for the table methods"):
        renewed("# rainbench\n")
