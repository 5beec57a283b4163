"""rainbench check: whether a method or a dataset keeps its contract."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rainbench.conformance.verdict import Conformance


def command(
    subject: Annotated[list[str], typer.Argument(help="Methods or datasets: names or .py files.")],
    weights: Annotated[Path | None, typer.Option(help="A file for the one learned method.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Check methods and datasets against their contract; 1 where one does not conform."""
    from rainbench.cli.answer import answering
    from rainbench.conformance import prepare_check

    with answering() as answer:
        # All are found before the first is tried: a name that is none takes no verdict with it.
        checks = [prepare_check(words, weights=weights) for words in subject]
        found = [check() for check in checks]
        if as_json:
            document = {"schema": 1, "subjects": [each.to_json() for each in found]}
            answer(json.dumps(document, indent=2))
        else:
            answer("\n".join(map(_words, found)))
    if not all(each.conforms for each in found):
        raise typer.Exit(1)


def _words(found: "Conformance") -> str:
    from rainbench.render.text import printable

    lines = [
        f"  {each.check:20} {each.status:8} {printable(each.words)}" for each in found.verdicts
    ]
    return "\n".join((printable(f"{found.subject}: {found.in_a_word()}"), *lines))
