"""The one door: what users may import from rainbench."""

import ast
import subprocess
import sys
from pathlib import Path

import rainbench
from rainbench import _HOMES

SOURCE = Path(rainbench.__file__)


def _imported_for_checkers() -> dict[str, str]:
    """What the `if TYPE_CHECKING` block imports: name to module."""
    found = {}
    for node in ast.parse(SOURCE.read_bytes()).body:
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name):
            for statement in node.body:
                assert isinstance(statement, ast.ImportFrom)
                assert statement.module is not None
                module = statement.module.removeprefix("rainbench.")
                found.update({alias.name: module for alias in statement.names})
    return found


def test_no_public_name_stands_twice() -> None:
    assert len(rainbench.__all__) == len(set(rainbench.__all__))  # ruff holds their order


def test_the_three_lists_agree() -> None:
    assert set(_HOMES) == set(rainbench.__all__)
    assert _imported_for_checkers() == _HOMES


def test_every_public_name_resolves() -> None:
    for name in rainbench.__all__:
        assert getattr(rainbench, name) is not None, name
    assert set(rainbench.__all__) <= set(dir(rainbench))


def test_no_public_name_hides_a_shelf() -> None:
    # A namespace package sets itself as an attribute of rainbench.
    assert not {"methods", "datasets", "reports"} & set(rainbench.__all__)


def test_a_misspelt_name_is_an_attribute_error() -> None:
    assert not hasattr(rainbench, "Imgae")


def test_importing_rainbench_imports_only_the_standard_library() -> None:
    code = (
        "import sys; before = set(sys.modules); import rainbench\n"
        "print(*{m.partition('.')[0] for m in set(sys.modules) - before})"
    )
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert set(run.stdout.split()) - sys.stdlib_module_names == {"rainbench"}
