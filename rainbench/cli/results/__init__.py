"""rainbench results: a verb a file, each mounted when it is asked for."""

from collections.abc import Sequence

import typer

VERBS = ("export", "merge", "verify")
"""In the order of the help."""


def make_group(words: Sequence[str]) -> typer.Typer:
    """Build the group with the verb that `words` begin with, or with all where they name none."""
    from rainbench.cli import mount

    group = typer.Typer(help="Hand results on, join them, check them.", no_args_is_help=True)
    group.callback()(_common)
    mount(group, "rainbench.cli.results", VERBS, words)
    return group


def _common() -> None:
    """Hold the verbs as a group even where only one of them is mounted."""
