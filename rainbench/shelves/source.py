"""What a plug-in's source says of it, read without running it."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from rainbench.errors import PluginError


@dataclass(frozen=True)
class Description:
    """What a listing prints of a plug-in."""

    summary: str
    """The first line of the docstring; empty where there is none."""
    title: str | None
    """The `title=` of the plug-in's constant; None where it is not a plain text."""
    problem: str | None = None
    """Why the source cannot be read; None where it can."""


def describe(file: Path, constant: str) -> Description:
    """Read a plug-in's summary and title from its source; never raises for a broken one."""
    try:
        tree = ast.parse(file.read_bytes(), filename=str(file))
    except (OSError, SyntaxError, ValueError) as error:
        return Description("", None, f"{type(error).__name__}: {error}")
    lines = (ast.get_docstring(tree) or "").splitlines()
    value = _assigned(tree, constant)
    if value is None:
        return Description(lines[0] if lines else "", None, f"no {constant} in {file}")
    return Description(lines[0] if lines else "", _title(value))


def source_sha256(file: Path) -> str:
    """Digest a plug-in's source without comments and blank lines, in hexadecimal.

    For a package (`file` is its __init__.py) all its .py files count, in order of their paths.
    What is digested is text and not tokens, for tokens differ between versions of Python.
    Raises PluginError where the source cannot be read.
    """
    if file.name != "__init__.py":
        return sha256(_code(file).encode()).hexdigest()
    digest = sha256()
    files = {path.relative_to(file.parent).as_posix(): path for path in file.parent.rglob("*.py")}
    for name in sorted(files):
        digest.update(f"{name}\0{_code(files[name])}\0".encode())
    return digest.hexdigest()


def _code(file: Path) -> str:
    if file.suffix != ".py":
        raise PluginError(
            expected="a plug-in written in Python source",
            got=str(file),
            now="install it with its .py files",
        )
    try:
        with tokenize.open(file) as opened:
            text = opened.read()
        return "\n".join(_code_lines(text))
    except (OSError, SyntaxError, ValueError, tokenize.TokenError) as error:
        raise PluginError(
            expected=f"Python source in {file}",
            got=f"{type(error).__name__}: {error}",
            now="mend that file",
        ) from error


def _code_lines(text: str) -> Iterator[str]:
    lines = text.split("\n")  # as the tokenizer counts them
    inside: set[int] = set()  # rows whose end is inside a text: their blanks are part of it
    opened: list[int] = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        kind, (first, column), (last, _) = tokenize.tok_name[token.type], token.start, token.end
        if kind == "COMMENT":
            lines[first - 1] = lines[first - 1][:column]
        elif kind == "STRING":
            inside.update(range(first, last))
        elif kind.endswith("STRING_START"):  # f-strings since Python 3.12
            opened.append(first)
        elif kind.endswith("STRING_END"):
            inside.update(range(opened.pop(), last))
    for row, line in enumerate(lines, start=1):
        if row in inside:
            yield line
        elif line.strip():
            yield line.rstrip()


def _assigned(tree: ast.Module, constant: str) -> ast.expr | None:
    """Find what `constant` is bound to at the top of a module, the last binding counting."""
    found: ast.expr | None = None
    for node in tree.body:
        match node:
            case ast.Assign(targets=targets, value=value):
                names = [t.id for t in targets if isinstance(t, ast.Name)]
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                names = [name]
            case ast.FunctionDef(name=name):
                names, value = [name], ast.Name(id=name)
            case _:
                continue
        if constant in names:
            found = value
    return found


def _title(value: ast.expr) -> str | None:
    if not isinstance(value, ast.Call):
        return None
    titles = [k.value for k in value.keywords if k.arg == "title"]
    match titles:
        case [ast.Constant(value=str(title))]:
            return title
    return None
