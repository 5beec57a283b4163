"""rainbench data describe: a folder of pairs made into a dataset of its own."""

import re
from pathlib import Path
from typing import Annotated

import typer


def command(
    folder: Annotated[Path, typer.Argument(help="Rainy and clean pictures in two subfolders.")],
    name: Annotated[str, typer.Option(help="The dataset's. [default: the folder's]")] = "",
    split: Annotated[str, typer.Option(help="Which split these pairs are.")] = "test",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="NAME.py", help="Write it there.")
    ] = None,
) -> None:
    """Describe a folder of pairs as a plug-in: counts, digests, fingerprint, scenes, layout.

    The file's name is the dataset's, and its folder's: NAME.py finds the pictures in NAME beside
    it, or in NAME where RAINBENCH_DATA says.
    """
    from rainbench.cli.answer import answering
    from rainbench.cli.display import counting
    from rainbench.data.description import describe_folder, is_found, write_description

    chosen = name or (output.stem if output else re.sub(r"\W+", "_", folder.resolve().name))
    with answering() as answer, counting("reading") as count:
        described = describe_folder(folder, name=chosen, split=split, on_picture=count)
        if output is None:
            answer(described.source)
            return
        manifest = write_description(described, output)
    typer.echo(f"wrote {output} and {manifest}", err=True)
    if not is_found(output, split, folder):
        places = f"as {output.parent / chosen}, or as {chosen} where RAINBENCH_DATA says"
        typer.echo(f"it looks for its pictures elsewhere: put {folder} there {places}", err=True)
