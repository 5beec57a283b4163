"""rainbench data remove: installed datasets, taken away."""

from typing import Annotated

import typer


def command(
    name: Annotated[str, typer.Argument(help="The dataset.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Take what is installed of a dataset away; a folder elsewhere is only no longer pointed at."""
    from rainbench.data.removing import installed_parts, remove_parts
    from rainbench.render.text import printable

    found = installed_parts(name)
    for part in found:
        kept = "" if part.record.folder is None else f" (its files stay in {part.files})"
        typer.echo(printable(f"{part.path}{kept}"), err=True)
    if not yes:
        typer.confirm("Remove?", abort=True, err=True)
    remove_parts(found)
    typer.echo(f"removed {len(found)} part{'' if len(found) == 1 else 's'} of {name}")
