"""Where datasets are looked for, and where what can be derived again is kept."""

import os
from pathlib import Path

DECODED = "decoded"
"""The folder in the cache of pictures that training has decoded."""

CACHED = ("datasets", "downloads", DECODED)
"""The folders that rainbench keeps in its cache."""


def data_places(root: Path | None = None) -> tuple[Path, ...]:
    """List the folders that may hold datasets, the first one first.

    `root` if given; else RAINBENCH_DATA, where it is set, and the user's data folder.
    """
    if root is not None:
        return (root,)
    from platformdirs import user_data_path

    stated = os.environ.get("RAINBENCH_DATA")
    home = user_data_path("rainbench", appauthor=False)
    return (Path(stated), home) if stated else (home,)


def cache_place(cache: Path | None = None) -> Path:
    """Name the folder of what can be derived again: `cache`, RAINBENCH_CACHE, or the user's."""
    if cache is not None:
        return cache
    from platformdirs import user_cache_path

    stated = os.environ.get("RAINBENCH_CACHE")
    return Path(stated) if stated else user_cache_path("rainbench", appauthor=False)


def named_folders(place: Path, names: tuple[str, ...]) -> tuple[Path, ...]:
    """Find the folders in `place` that have one of the names, letter case aside."""
    if not place.is_dir():
        return ()
    children = {child.name.casefold(): child for child in sorted(place.iterdir(), reverse=True)}
    # A dictionary, because two names may differ by case alone.
    found = dict.fromkeys(children.get(name.casefold()) for name in names)
    return tuple(folder for folder in found if folder is not None and folder.is_dir())
