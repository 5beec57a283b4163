"""rainbench data: a verb a file, each mounted when it is asked for."""

from collections.abc import Sequence

import typer

VERBS = (
    "get",
    "list",
    "import",
    "verify",
    "audit",
    "where",
    "remove",
    "describe",
    "synthesize",
    "streaks",
)
"""In the order of the help."""


def make_group(words: Sequence[str]) -> typer.Typer:
    """Build the group with the verb that `words` begin with, or with all where they name none."""
    from rainbench.cli import mount

    group = typer.Typer(help="Get, check and look after datasets.", no_args_is_help=True)
    group.callback()(_common)
    mount(group, "rainbench.cli.data", VERBS, words)
    return group


def _common() -> None:
    """Hold the verbs as a group even where only one of them is mounted."""
