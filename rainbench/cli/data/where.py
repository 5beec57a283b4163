"""rainbench data where: the folders that datasets lie in."""

import json
from typing import Annotated

import typer


def command(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Print the folders that may hold datasets, the first one first, and the cache."""
    from rainbench.data.place import cache_place, data_places

    places = [str(place) for place in data_places()]
    if as_json:
        typer.echo(json.dumps({"schema": 1, "data": places, "cache": str(cache_place())}))
        return
    typer.echo("\n".join([*(f"data   {place}" for place in places), f"cache  {cache_place()}"]))
