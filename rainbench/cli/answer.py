"""stdout, kept for the answer alone."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout

import typer


@contextmanager
def answering() -> Iterator[Callable[[str], None]]:
    """Give the function that prints the answer; what a plug-in prints goes to stderr instead.

    A plug-in is imported and called inside: a greeting of its own on stdout would break every
    program that reads `--json`.
    """
    stdout = sys.stdout
    with redirect_stdout(sys.stderr):
        yield lambda text: typer.echo(text, file=stdout, nl=not text.endswith("\n"))
