"""rainbench export: a learned method as an ONNX file."""

from pathlib import Path
from typing import Annotated

import typer


def command(
    method: Annotated[str, typer.Argument(help="NAME[.VARIANT][@WEIGHTS][:KEY=VALUE...].")],
    out: Annotated[Path, typer.Option("-o", "--out", help="The file, ending in .onnx.")],
    weights: Annotated[Path | None, typer.Option(help="A file for the learned method.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what is there.")] = False,
) -> None:
    """Write a network and its weights as ONNX, for any height and width, and try it out."""
    from rainbench.cli.answer import answering
    from rainbench.restorers.exporting import export_network

    with answering() as answer:
        found = export_network(method, out, weights=weights, overwrite=overwrite)
        answer(str(found.path))
    typer.echo(
        f"{method}@{found.weights}: within {found.apart:.1g} of eager torch, run by {found.engine}",
        err=True,
    )
