"""rainbench data synthesize: paired rain over clean photographs."""

from pathlib import Path
from typing import Annotated, Literal

import typer


def command(
    clean: Annotated[Path, typer.Argument(help="A folder of clean photographs.")],
    output: Annotated[Path, typer.Argument(help="A new folder, for rainy, clean and streaks.")],
    style: Annotated[str, typer.Option(help="The style of rain; default: rain100l.")] = "",
    blend: Annotated[
        Literal["add", "screen"] | None, typer.Option(help="Default: as the style has it.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0)] = 0,
) -> None:
    """Render rain over clean photographs: a folder of pairs, with the streaks beside them."""
    from rainbench.cli.answer import answering
    from rainbench.cli.display import counting
    from rainbench.streaks.rain import DEFAULT_STYLE
    from rainbench.streaks.synthesis import synthesize

    with answering() as answer, counting("rendering rain") as count:
        folder = synthesize(
            clean, output, style=style or DEFAULT_STYLE, blend=blend, seed=seed, on_picture=count
        )
        answer(str(folder))
