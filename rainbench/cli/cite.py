"""rainbench cite: what results must cite, as BibTeX."""

import json
from pathlib import Path
from typing import Annotated

import typer


def command(
    results: Annotated[Path, typer.Argument(help="A folder of results, or a zip.")] = Path(
        "results"
    ),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Print BibTeX of the suite, and of the methods and datasets in these results."""
    from rainbench.cli.answer import answering
    from rainbench.evidence.citation import cite_results
    from rainbench.render.bibtex import render

    with answering() as answer:
        found = cite_results(results)
        if as_json:
            entries = [{**vars(each), "fields": dict(each.fields)} for each in found.entries]
            answer(json.dumps({"schema": 1, "entries": entries, "without": found.without}))
            return
        answer(render(found))
