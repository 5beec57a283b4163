"""rainbench cache: what can be derived or fetched again."""

from collections.abc import Sequence

import typer

VERBS = ("clear",)


def make_group(words: Sequence[str]) -> typer.Typer:
    """Build the group with the verb that `words` begin with, or with all where they name none."""
    from rainbench.cli import mount

    group = typer.Typer(help="Look after the cache.", no_args_is_help=True)
    group.callback()(_common)
    mount(group, "rainbench.cli.cache", VERBS, words)
    return group


def _common() -> None:
    """Hold the verbs as a group even where only one of them is mounted."""
