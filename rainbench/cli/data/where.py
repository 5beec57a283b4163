"""rainbench data where: the folders that datasets lie in."""

import json
from typing import Annotated

import typer


def command(
    dataset: Annotated[str, typer.Argument(help="NAME[:SPLIT]; none: the folders of all.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Print where a dataset lies; or the folders that may hold datasets, and the cache."""
    from rainbench.cli.answer import answering
    from rainbench.data.place import cache_place, data_places

    with answering() as answer:
        if dataset:
            from rainbench.data.opening import open_dataset

            folder = str(open_dataset(dataset, partial=True).folder)
            answer(json.dumps({"schema": 1, "folder": folder}) if as_json else folder)
            return
        places = [str(place) for place in data_places()]
        if as_json:
            answer(json.dumps({"schema": 1, "data": places, "cache": str(cache_place())}))
            return
        lines = [*(f"data   {place}" for place in places), f"cache  {cache_place()}"]
        answer("\n".join(lines))
