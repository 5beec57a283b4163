"""The shelves: which methods, datasets and reports there are, and one of them by its name.

Names come from file names and entry points, so that listing imports no plug-in. A plug-in is
imported when it is asked for; one that is broken breaks nothing but itself.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import re
from collections.abc import Mapping
from hashlib import sha256
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, cast

from rainbench.dataset import Dataset
from rainbench.errors import PluginError, UnknownNameError, UsageError
from rainbench.method import Method, PriorMethod
from rainbench.shelves.plugin import CONSTANTS, NAME, Entry, Plugin, Shelf, load
from rainbench.specification import ONNX

if TYPE_CHECKING:
    from rainbench.report import Report


def entries(shelf: Shelf) -> dict[str, tuple[Entry, ...]]:
    """List a shelf by name, sorted, without importing a plug-in.

    A name is an error once two plug-ins have it: then its tuple holds them all, and finding it
    raises PluginError.
    """
    found: dict[str, dict[str, Entry]] = {}
    for entry in [*_shelf_entries(shelf), *_installed_entries(shelf)]:
        found.setdefault(entry.name, {})[str(entry.origin or entry.module)] = entry
    return {name: tuple(found[name].values()) for name in sorted(found)}


def find_method(name: str) -> Plugin[Method]:
    """Import the method of this name, or of this path to a .py or an .onnx file.

    A bare function image -> image, an `nn.Module` instance, a `Command` and a network in an ONNX
    file are wrapped here, once. Raises UnknownNameError, PluginError, and UsageError for a path
    to no file.
    """
    if name.endswith(ONNX):
        return _onnx_method(Path(name))
    if Path(name).is_dir() and name not in entries("methods"):
        raise UsageError(
            expected="a method that can be called",
            got=f"{name!r}, a folder",
            now="score the pictures in it: rainbench run --method ./FOLDER, or rainbench score",
        )
    return cast("Plugin[Method]", load(_find("methods", name)))


def find_dataset_plugin(name: str) -> Plugin[Dataset]:
    """Import the dataset of this name or alias, or of this path to a .py file.

    Raises what find_dataset_split raises.
    """
    return find_dataset_split(name)[0]


def find_dataset_split(name: str) -> tuple[Plugin[Dataset], str | None]:
    """Import the dataset of this name; and the split, where it is the name of one ("Test100").

    Letter case and - _ aside. Aliases stand inside the shelf's files, so these are imported only
    for a name that no file has. Raises UnknownNameError, PluginError, and UsageError for a path
    to no file and for a name that several datasets go by, saying what tells them apart.
    """
    try:
        entry = _find("datasets", name)
    except UnknownNameError as unknown:
        same = [known for known in entries("datasets") if _folded(known) == _folded(name)]
        if len(same) != 1:
            return _find_alias(name, unknown)
        entry = _find("datasets", same[0])
    return cast("Plugin[Dataset]", load(entry)), None


def find_dataset(name: str) -> Dataset:
    """Import the dataset of this name, alias or path: find_dataset_plugin's value alone."""
    return find_dataset_plugin(name).value


def find_report(name: str) -> Report:
    """Import the report of this name, or of this path to a .py file."""
    return cast("Report", load(_find("reports", name)).value)


def _find(shelf: Shelf, name: str) -> Entry:
    listed = entries(shelf)
    if name.endswith(".py"):
        return _loose_entry(shelf, Path(name), listed)
    if name not in listed:
        raise UnknownNameError.among(shelf.removesuffix("s"), name, listed)
    return _only(shelf, name, listed[name])


def _only(shelf: Shelf, name: str, same: tuple[Entry, ...]) -> Entry:
    if len(same) > 1:
        raise PluginError(
            expected=f"one plug-in called {name!r} among the {shelf}",
            got=" and ".join(str(entry.origin or entry.module) for entry in same),
            now="rename or uninstall one of them",
        )
    return same[0]


def _find_alias(alias: str, unknown: UnknownNameError) -> tuple[Plugin[Dataset], str | None]:
    matches: list[tuple[Plugin[Dataset], str | None]] = []
    known: list[str] = []
    for plugin in dataset_plugins():
        splits = {_folded(name): split for name, split in plugin.value.split_aliases.items()}
        known += [plugin.name, *plugin.value.aliases, *plugin.value.split_aliases]
        if _folded(alias) in map(_folded, plugin.value.aliases):
            matches.append((plugin, None))
        elif _folded(alias) in splits:
            matches.append((plugin, splits[_folded(alias)]))
    if not matches:
        raise UnknownNameError.among("dataset", alias, known) from unknown
    if len(matches) > 1:
        said = [
            f"{':'.join(filter(None, (plugin.name, split)))} ({plugin.value.distinction})"
            for plugin, split in matches
        ]
        raise UsageError(
            expected="the name of one dataset",
            got=f"{alias!r}, which is {' or '.join(said)}",
            now="which one? Write its own name",
        )
    return matches[0]


def dataset_plugins() -> list[Plugin[Dataset]]:
    """Import every dataset on the shelf, by name; one that is broken is left out."""
    plugins = []
    for name, same in entries("datasets").items():
        try:
            plugins.append(cast("Plugin[Dataset]", load(_only("datasets", name, same))))
        except PluginError:
            continue  # a broken neighbour must not hide the others
    return plugins


def _folded(name: str) -> str:
    return re.sub(r"[-_ ]", "", name).casefold()


def _shelf_entries(shelf: Shelf) -> list[Entry]:
    package = importlib.import_module(f"rainbench.{shelf}")
    found = []
    for folder in package.__path__:
        for info in pkgutil.iter_modules([folder]):
            file = Path(folder, info.name, "__init__.py" if info.ispkg else "")
            origin = file if info.ispkg else file.with_name(f"{info.name}.py")
            if not info.name.startswith("_"):
                module = f"rainbench.{shelf}.{info.name}"
                found.append(Entry(shelf, info.name, module, CONSTANTS[shelf], origin))
    return found


def _installed_entries(shelf: Shelf) -> list[Entry]:
    return [
        Entry(
            shelf, point.name, point.module, point.attr or CONSTANTS[shelf], _origin(point.module)
        )
        for point in entry_points(group=f"rainbench.{shelf}")
    ]


def _origin(module: str) -> Path | None:
    """Find a module's file without importing the packages it is in, as find_spec would."""
    first, *rest = module.split(".")
    try:
        spec: ModuleSpec | None = importlib.util.find_spec(first)
    except (ImportError, ValueError):
        return None
    name = first
    for part in rest:
        if spec is None or spec.submodule_search_locations is None:
            return None
        name = f"{name}.{part}"
        spec = PathFinder.find_spec(name, list(spec.submodule_search_locations))
    return Path(spec.origin) if spec and spec.origin and spec.has_location else None


def _onnx_method(path: Path) -> Plugin[Method]:
    from rainbench.restorers.onnx_network import OnnxNetwork

    if not path.is_file():
        raise _no_file("methods", path)
    method = PriorMethod(title=path.name, derain=OnnxNetwork(path.resolve()))
    # There is no source: the weights' digest says it all. A name with a dot is nobody else's.
    return Plugin(path.name, method, path.resolve(), sha256().hexdigest())


def _no_file(shelf: Shelf, path: Path) -> UsageError:
    return UsageError(
        expected=f"a {shelf.removesuffix('s')}'s file", got=f"none at {path}", now="check the path"
    )


def _loose_entry(shelf: Shelf, path: Path, listed: Mapping[str, tuple[Entry, ...]]) -> Entry:
    if not path.is_file():
        raise _no_file(shelf, path)
    file = path.resolve()
    name = file.parent.name if file.name == "__init__.py" else file.stem
    if not NAME.fullmatch(name):
        raise UsageError(
            expected="a file name of letters, digits, _ and -",
            got=f"{name!r} ({path})",
            now="rename that file: its name is the plug-in's name",
        )
    same = listed.get(name, ())
    for entry in same:
        if entry.origin is not None and entry.origin.resolve() == file:
            return entry
    module = f"rainbench_loose_{name.replace('-', '_')}"
    mine = Entry(shelf, name, module, CONSTANTS[shelf], file, loose=True)
    return _only(shelf, name, (*same, mine))
