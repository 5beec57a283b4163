"""rainbench cache clear: the cache, emptied."""

import typer


def command() -> None:
    """Delete what is drawn or fetched again when it is needed; datasets stay."""
    from rainbench.data.place import cache_place
    from rainbench.data.removing import clear_cache
    from rainbench.data.room import in_bytes
    from rainbench.render.text import printable

    freed = clear_cache()
    typer.echo(printable(f"freed {in_bytes(freed)} in {cache_place()}"))
