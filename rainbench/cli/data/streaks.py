"""rainbench data streaks: what the rain of sets of pairs looks like, side by side."""

from pathlib import Path
from typing import Annotated

import typer


def command(
    sets: Annotated[list[str], typer.Argument(help="NAME[:SPLIT] or folders of pairs.")],
    figure: Annotated[
        Path | None, typer.Option("--figure", "-o", help="Draw it too: .png, .pdf or .svg.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Pictures of each set.")] = None,
    style: Annotated[str, typer.Option("--format", help="markdown, latex, csv.")] = "markdown",
) -> None:
    """Measure rainy minus clean: brightness, coverage, length and angle of the streaks."""
    from rainbench.cli.answer import answering
    from rainbench.cli.display import counting
    from rainbench.render import render
    from rainbench.streaks.streak_survey import as_table, draw, survey

    with answering() as answer, counting("measuring streaks") as count:
        surveys = survey(sets, limit=limit, on_picture=lambda name, done, of: count(done, of, name))
        if figure is not None:
            draw(surveys, figure)
        answer(render([as_table(surveys)], style))
