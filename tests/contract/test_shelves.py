"""Arrows point inward: what a shelf file and the harness may import and name."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import rainbench
from rainbench.registry import entries
from rainbench.shelves.plugin import CONSTANTS, Shelf

HARNESS = sorted(Path(rainbench.__file__).parent.rglob("*.py"))
SHELVES: list[tuple[Shelf, str, Path]] = [
    (shelf, name, entry.origin)
    for shelf in CONSTANTS
    for name, same in entries(shelf).items()
    for entry in same
    if entry.origin is not None and entry.module.startswith("rainbench.")
]
NAMES = {name for _, name, _ in SHELVES}

# Words of the field that happen to be a plug-in's name: the harness may say them.
COMMON_WORDS = {
    "errors",
    "protocols",
    "published",
    "quality",
    "rainy",
    "real",
    "table",
    "training",
    "features",
    "votes",
}

# A name the harness gives to something of its own, each with the reason.
NAMESAKES = {
    ("rain.py", style): "a style of rendered streaks, called after the look it has"
    for style in ("rain100l", "rain100h", "ddn", "did")
}


def _in_harness(file: Path) -> bool:
    shelves = [Path(rainbench.__file__).parent / shelf for shelf in CONSTANTS]
    return not any(file.is_relative_to(shelf) for shelf in shelves)


def _files(origin: Path) -> list[Path]:
    return sorted(origin.parent.rglob("*.py")) if origin.name == "__init__.py" else [origin]


def _imports(file: Path) -> Iterator[tuple[str, str | None, int]]:
    """Every import in a file: module, the name from it, and the level of a relative one."""
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, None, 0) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name, node.level) for alias in node.names)


ids = [f"{shelf}/{name}" for shelf, name, _ in SHELVES]


@pytest.mark.parametrize(("shelf", "name", "origin"), SHELVES, ids=ids)
def test_a_shelf_file_imports_only_the_door_and_libraries(
    shelf: Shelf, name: str, origin: Path
) -> None:
    for file in _files(origin):
        for module, imported, level in _imports(file):
            own_part = level == 1 and origin.name == "__init__.py" and file.parent == origin.parent
            assert level == 0 or own_part, f"{file}: a relative import out of {shelf}/{name}"
            top, _, inner = module.partition(".")
            assert top not in CONSTANTS, f"{file} imports the shelf {module}"
            if top == "rainbench" and not own_part:
                assert not inner, f"{file} imports {module}, which is inside the harness"
                assert imported in rainbench.__all__, f"{file} imports rainbench.{imported}"


@pytest.mark.parametrize(("shelf", "name", "origin"), SHELVES, ids=ids)
def test_a_shelf_file_has_its_sentence_and_its_constant(
    shelf: Shelf, name: str, origin: Path
) -> None:
    said = next(entry for entry in entries(shelf)[name]).describe()
    assert said.problem is None
    assert said.summary.endswith("."), f"{origin}: the docstring's first line is a sentence"


@pytest.mark.parametrize("file", [f for f in HARNESS if _in_harness(f)], ids=str)
def test_the_harness_imports_no_shelf_file(file: Path) -> None:
    shelves = {f"rainbench.{shelf}" for shelf in CONSTANTS} | set(CONSTANTS)
    for module, imported, level in _imports(file):
        assert level == 0, f"{file}: imports are absolute here"
        named = {module, f"{module}.{imported}"}
        assert not any(n == s or n.startswith(f"{s}.") for n in named for s in shelves)


@pytest.mark.parametrize("file", [f for f in HARNESS if _in_harness(f)], ids=str)
def test_the_harness_names_no_shelf_file(file: Path) -> None:
    """No text in the code is a plug-in's name, path or specification; prose may hold one."""
    names = "|".join(sorted(NAMES - COMMON_WORDS))
    naming = re.compile(rf"(.*[./])?({names})([.@:].*)?")
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if (file.name, node.value) in NAMESAKES:
                continue
            assert not naming.fullmatch(node.value), f"{file}:{node.lineno}: {node.value!r}"


def test_every_shelf_has_something_on_it() -> None:
    assert {shelf for shelf, _, _ in SHELVES} == set(CONSTANTS)
