"""The command line: a verb a file, each mounted when it is asked for.

A verb's file has one function `command`, whose docstring is the verb's help: flags in, one
library call, words out. The answer goes to stdout and nothing else; everything for people goes
to stderr. Exit status: 0 all done, 1 some units failed, 2 usage, 130 interrupted.
"""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from keyword import iskeyword

import typer

import rainbench
from rainbench.errors import RainbenchError

VERBS = (
    "run",
    "derain",
    "report",
    "score",
    "explain",
    "vote",
    "list",
    "show",
    "check",
    "train",
    "sweep",
    "export",
    "profile",
    "features",
    "quality",
    "results",
    "cite",
    "data",
    "cache",
)
"""In the order of the help: what most people do first comes first."""

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    # Threads that wait for work leave the cores to those that score what the last work brought.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    # Not list(...): once its module is imported, that name is the verb.
    words = [*(sys.argv[1:] if arguments is None else arguments)]
    for stream in (sys.stdout, sys.stderr):
        if not stream.isatty() and hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", newline="\n")  # the same bytes on every system
    try:
        status = make_app(words)(words, prog_name="rainbench", standalone_mode=True)
    except SystemExit as end:  # typer's own end, of help and of usage errors too
        status = end.code
    except RainbenchError as error:
        _complain(error)
        status = error.exit_status
    except KeyboardInterrupt:
        status = INTERRUPTED
    except OSError as error:  # a full disk, a folder that may not be written
        _complain(_in_three_parts(error))
        status = 1
    if status == INTERRUPTED:
        typer.echo("rainbench: interrupted; the same command goes on from here", err=True)
    return status if isinstance(status, int) else 0


def make_app(words: Sequence[str]) -> typer.Typer:
    """Build the application with the verb that `words` name, or with all where they name none."""
    app = typer.Typer(
        name="rainbench",
        help=(rainbench.__doc__ or "").splitlines()[0].removeprefix("rainbench: ").capitalize(),
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,  # rich's panels are half the time of --help
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_common)
    mount(app, "rainbench.cli", VERBS, words)
    return app


def mount(app: typer.Typer, package: str, verbs: Sequence[str], words: Sequence[str]) -> None:
    """Add to `app` the verb that `words` begin with, or all where they name none.

    A verb is a module of `package` with one function `command`, or a group of verbs: a package
    with a function `make_group` of the words that follow. A module whose verb is a keyword of
    Python ends in an underscore.
    """
    plain = [word for word in words if not word.startswith("-")]
    asked = plain[:1] if plain and plain[0] in verbs else verbs
    for verb in asked:
        name = f"{verb}_" if iskeyword(verb) else verb
        module = import_module(f"{package}.{name}")
        if hasattr(module, "make_group"):
            app.add_typer(module.make_group(plain[1:]), name=verb)
        else:
            app.command(verb)(module.command)


def _complain(error: Exception) -> None:
    # Imported here: a file's name may hold what moves a terminal's cursor, but rarely does.
    from rainbench.render.text import printable_error

    typer.echo(f"rainbench: {printable_error(error)}", err=True)


def _in_three_parts(error: OSError) -> RainbenchError:
    # What names no file comes of writing to a stream.
    place = "the answer on stdout" if error.filename is None else repr(error.filename)
    return RainbenchError(
        expected=f"to read or write {place}",
        got=error.strerror or str(error),
        now="mend that and run the same command again",
    )


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"rainbench {rainbench.__version__}")
        raise typer.Exit


def _common(
    version: bool = typer.Option(
        False, "--version", callback=_print_version, is_eager=True, help="Print the version."
    ),
) -> None:
    """Hold what every verb has."""
