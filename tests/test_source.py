"""What is read of a plug-in without running it."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from rainbench.errors import PluginError
from rainbench.shelves.source import describe, source_sha256

Write = Callable[[str, str], Path]


@pytest.mark.parametrize(
    "other",
    [
        "x = 1\n\n\n# why\ny = f(  x,\n\n  2)\n",
        "x = 1  # why\ny = f(  x,\n  2)   \n\n",
        "# -*- coding: utf-8 -*-\nx = 1\ny = f(  x,  # the first\n    # and\n  2)",
        "x = 1\r\ny = f(  x,\r\n  2)\r\n",
    ],
)
def test_digest_ignores_comments_and_blank_lines(write: Write, other: str) -> None:
    digest = source_sha256(write("a.py", "x = 1\ny = f(  x,\n  2)\n"))
    file = write("b.py", "")
    file.write_bytes(other.encode())
    assert source_sha256(file) == digest


@pytest.mark.parametrize(
    "other",
    [
        "x = '''a\nb'''\n",  # the blank line was part of the text
        "x = '''a\n\nb'''\ny = 1\n",
        "x = '''a\n\n# b'''\n",
        "x = '''a  \n\nb'''\n",
    ],
)
def test_digest_sees_every_other_change(write: Write, other: str) -> None:
    assert source_sha256(write("a.py", "x = '''a\n\nb'''\n")) != source_sha256(write("b.py", other))


def test_digest_is_the_same_in_every_python(write: Write) -> None:
    # Python 3.12 splits an f-string into tokens; the digest must not move with that.
    text = "x = f'''a {1} # no comment\n\n{f'{2}'}\n'''  # comment\n"
    file = write("a.py", text)
    kept = "x = f'''a {1} # no comment\n\n{f'{2}'}\n'''"
    assert source_sha256(file) == sha256(kept.encode()).hexdigest()


def test_digest_of_a_package_covers_all_its_files(write: Write) -> None:
    main = write("net/__init__.py", "from . import layers\n")
    layers = write("net/layers.py", "x = 1\n")
    first = source_sha256(main)
    write("net/notes.txt", "not source")
    assert source_sha256(main) == first
    layers.write_text("x = 2\n", encoding="utf-8")
    second = source_sha256(main)
    assert second != first
    layers.rename(layers.with_name("blocks.py"))
    assert source_sha256(main) not in (first, second)


@pytest.mark.parametrize("content", [b"x = (1\n", b"x = '\xff'\n", b"# coding: klingon\n"])
def test_unreadable_source_is_named(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "broken.py"
    file.write_bytes(content)
    with pytest.raises(PluginError, match=r"broken\.py"):
        source_sha256(file)
    assert describe(file, "METHOD").problem


def test_description_reads_docstring_and_title(write: Write) -> None:
    said = describe(
        write("a.py", '"""One sentence.\n\nMore.\n"""\nMETHOD = Prior(title="A title")\n'), "METHOD"
    )
    assert (said.summary, said.title, said.problem) == ("One sentence.", "A title", None)


def test_description_of_a_bare_function_has_no_title(write: Write) -> None:
    said = describe(write("a.py", "def METHOD(rainy): return rainy\n"), "METHOD")
    assert (said.summary, said.title, said.problem) == ("", None, None)


def test_description_says_what_is_missing(write: Write) -> None:
    assert "no METHOD" in str(describe(write("a.py", '"""Text."""\n'), "METHOD").problem)
