"""rainbench features: maps from inside a network, for the report of that name."""

from pathlib import Path
from typing import Annotated

import typer


def command(
    method: Annotated[str, typer.Argument(help="A learned method: NAME[.VARIANT][@WEIGHTS].")],
    images: Annotated[list[Path], typer.Argument(help="Rainy pictures, PNG or JPEG.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="A .safetensors file.")],
    clean: Annotated[
        list[Path] | None, typer.Option(help="A rain-free picture to compare with; repeat.")
    ] = None,
    weights: Annotated[Path | None, typer.Option(help="A file for the method.")] = None,
) -> None:
    """Write the maps that a method's network makes of pictures, trained and untrained."""
    from rainbench.cli.answer import answering
    from rainbench.evidence.features import take_features, write_features

    with answering() as answer:
        taken = take_features(method, images, clean=clean or (), weights=weights)
        write_features(taken, output)
        answer(str(output))
