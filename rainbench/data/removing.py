"""Taking datasets out of the data places, and nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from secrets import token_hex

from rainbench.data.finding import dataset_folders
from rainbench.data.install import STAGING, Part, parts
from rainbench.data.place import CACHED, cache_place, data_places
from rainbench.errors import DatasetError
from rainbench.registry import find_dataset_plugin


def installed_parts(name: str, root: Path | None = None) -> tuple[Part, ...]:
    """List the installed parts of a dataset. Raises DatasetError where there are none."""
    plugin = find_dataset_plugin(name)
    places = data_places(root)
    folders = dataset_folders(plugin.name, plugin.value, places)
    found = tuple(part for folder in folders for part in parts(folder))
    if not found:
        by_hand = f"{folders[0]}, which was laid there by hand" if folders else "none"
        raise DatasetError(
            expected=f"an installed part of {plugin.name} in {' or '.join(map(str, places))}",
            got=by_hand,
            now="only what `rainbench data` installed is removed by it",
        )
    return found


def remove_parts(found: Iterable[Part]) -> None:
    """Take parts out of their data place: files in them go, files elsewhere are not touched.

    Each goes aside in one step, so that a removal that is stopped leaves no half.
    """
    for part in found:
        place = part.path.parent.parent
        if part.path.is_symlink():
            part.path.unlink()  # a link of the user's: what it leads to is not ours
            continue
        aside = place / f"{STAGING}{part.record.dataset}-{token_hex(4)}"
        part.path.replace(aside)
        shutil.rmtree(aside)  # follows no link
        if not any(part.path.parent.iterdir()):
            part.path.parent.rmdir()


def clear_cache(cache: Path | None = None) -> int:
    """Delete what rainbench keeps in its cache, and nothing else there; returns the bytes freed."""
    freed = 0
    for name in CACHED:
        folder = cache_place(cache) / name
        if folder.is_dir() and not folder.is_symlink():
            freed += sum(file.lstat().st_size for file in folder.rglob("*") if file.is_file())
            shutil.rmtree(folder)
    return freed
