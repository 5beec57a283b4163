"""A plug-in: what is known of it before it is imported, and its value after."""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from pathlib import Path
from threading import RLock
from types import CodeType, ModuleType
from typing import Generic, Literal, TypeAlias, TypeVar

from rainbench.dataset import Dataset
from rainbench.errors import PluginError, in_words
from rainbench.method import ExternalMethod, Method, PriorMethod, work_of
from rainbench.restorers.bare import ModuleDerainer
from rainbench.restorers.settings import takes_device
from rainbench.shelves.source import Description, describe, source_sha256

Value = TypeVar("Value", covariant=True)
Shelf: TypeAlias = Literal["methods", "datasets", "reports"]

CONSTANTS: Mapping[Shelf, str] = {"methods": "METHOD", "datasets": "DATASET", "reports": "REPORT"}

# A name becomes part of a label, of a folder and of METHOD words: no dot, @, colon or comma.
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")


@dataclass(frozen=True)
class Entry:
    """A plug-in as it is known without importing it."""

    shelf: Shelf
    name: str
    module: str
    """Where to import it from; a user's own file has a name of our making."""
    attribute: str
    """What it is called in there: METHOD, unless an entry point says otherwise."""
    origin: Path | None
    """The source file; None where an entry point leads to no file."""
    loose: bool = False
    """Whether it is a user's file outside every shelf."""

    def describe(self) -> Description:
        """Read the summary and the title from the source; never raises for a broken one."""
        if self.origin is None:
            return Description("", None, f"{self.module} is not installed")
        return describe(self.origin, self.attribute)


@dataclass(frozen=True)
class Plugin(Generic[Value]):
    """A plug-in's value, and where it came from."""

    name: str
    value: Value
    origin: Path
    """The file that defines it."""
    source_sha256: str
    """Digest of that source without comments and blank lines."""


_lock = RLock()
_loaded: dict[tuple[Entry, str], Plugin[object]] = {}


def load(entry: Entry) -> Plugin[object]:
    """Import a plug-in and check what it says. Raises PluginError naming its file."""
    if entry.origin is None:
        raise PluginError(
            expected=f"{entry.shelf.removesuffix('s')} {entry.name!r} in the module {entry.module}",
            got="no such module",
            now="reinstall the package that promises it",
        )
    digest = source_sha256(entry.origin)
    with _lock:
        if (entry, digest) not in _loaded:
            value = _checked(entry, _constant(entry, _import(entry)))
            _loaded[entry, digest] = Plugin(entry.name, value, entry.origin, digest)
        return _loaded[entry, digest]


def _import(entry: Entry) -> ModuleType:
    try:
        return _execute(entry) if entry.loose else importlib.import_module(entry.module)
    except (Exception, SystemExit) as error:
        raise PluginError(
            expected=f"{entry.origin} to import",
            got=in_words(error),
            now="mend that file, or install what it needs",
        ) from error


class _FreshLoader(SourceFileLoader):
    """Runs what the file says now: a byte-code cache is as old as its whole seconds."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


def _execute(entry: Entry) -> ModuleType:
    file = str(entry.origin)
    spec = importlib.util.spec_from_file_location(
        entry.module, file, loader=_FreshLoader(entry.module, file)
    )
    if spec is None or spec.loader is None:
        raise ImportError("not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[entry.module] = module  # dataclasses and pickle look their module up there
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[entry.module]
        raise
    return module


def _constant(entry: Entry, module: ModuleType) -> object:
    value: object = module
    for part in entry.attribute.split("."):
        if not hasattr(value, part):
            raise _broken(entry, f"no {entry.attribute} in it")
        value = getattr(value, part)
    return value


def _checked(entry: Entry, value: object) -> object:
    if entry.shelf == "methods":
        return _as_method(entry, value)
    if entry.shelf == "datasets" and isinstance(value, Dataset):
        return value
    if entry.shelf == "reports":
        from rainbench.report import Report

        if isinstance(value, Report):
            return value
    raise _broken(entry, _kind(value))


def _as_method(entry: Entry, value: object) -> Method:
    from rainbench.restorers.external import Command

    torch = sys.modules.get("torch")  # an nn.Module cannot be here unless torch is
    if torch is not None and isinstance(value, torch.nn.Module):
        value = PriorMethod(title=entry.name, derain=ModuleDerainer(value))
    elif isinstance(value, Command):
        value = ExternalMethod(title=entry.name, restore=value)
    elif callable(value) and not isinstance(value, type):
        value = PriorMethod(title=entry.name, derain=value)
    if not isinstance(value, Method):
        raise _broken(entry, _kind(value))
    work = work_of(value)
    if not callable(work):
        raise _broken(entry, f"{value.title!r} with a {type(work).__name__} to call")
    if not isinstance(value, PriorMethod) and takes_device(work):
        raise PluginError(
            expected=f"no keyword called device in {entry.origin}: rainbench moves networks itself",
            got=f"one of {value.title}",
            now="take it out, or call it otherwise",
        )
    return value


def _kind(value: object) -> str:
    return f"the class {value.__name__}" if isinstance(value, type) else f"{value!r:.60}"


def _broken(entry: Entry, got: str) -> PluginError:
    wanted = {
        "methods": "METHOD = a PriorMethod, a LearnedMethod, an ExternalMethod, a function "
        "image -> image or an nn.Module instance",
        "datasets": "DATASET = a Dataset",
        "reports": "REPORT = a Report",
    }
    return PluginError(expected=f"{wanted[entry.shelf]} in {entry.origin}", got=got, now="add it")
