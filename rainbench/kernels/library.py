"""The C beside this file as a library: compiled for this processor once, and kept in the cache."""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import subprocess
import sys
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from rainbench.data.place import cache_place
from rainbench.errors import NotInstalledError

HERE = Path(__file__).parent
_NAMES = ("convolution", "mixture", "pairs", "scales", "threads")
SOURCES = tuple(HERE / f"{name}.c" for name in _NAMES)
HEADER = HERE / "sums.h"
COMPILERS = ("cc", "gcc", "clang")
# Sums are in the order that the source has them: no -ffast-math.
FLAGS = ("-O3", "-march=native", "-ffp-contract=fast", "-fno-math-errno", "-fno-trapping-math")
SHARED = ("-fopenmp", "-shared", "-fPIC")
PATIENCE = 120  # seconds

_POINTER, _FLOAT, _INT, _LONG = ctypes.c_void_p, ctypes.c_float, ctypes.c_int, ctypes.c_long
_SIGNATURES = {
    "convolve": [*[_POINTER] * 3, _FLOAT, _POINTER, *[_INT] * 8],
    "convolve_back": [*[_POINTER] * 4, _FLOAT, *[_POINTER] * 3, *[_INT] * 8],
    "mix": [_POINTER, _INT, _POINTER, _INT, *[_POINTER] * 2, _FLOAT, _POINTER, *[_INT] * 3, _LONG,
            _INT],
    "mix_back": [_POINTER, _INT, *[_POINTER] * 3, _FLOAT, *[_POINTER] * 4, *[_INT] * 3, _LONG,
                 _INT],
    "mix_pairs": [_POINTER, _INT, *[_POINTER] * 5, _FLOAT, _POINTER, *[_INT] * 3, _LONG, _INT],
    "mix_pairs_back": [_POINTER, *[_INT] * 2, *[_POINTER] * 4, _FLOAT, *[_POINTER] * 4,
                       *[_INT] * 3, _LONG, _INT],
    "pool": [*[_POINTER] * 2, _LONG, *[_INT] * 4],
    "pool_back": [*[_POINTER] * 4, _LONG, *[_INT] * 4],
    "enlarge": [*[_POINTER] * 2, _INT, _POINTER, _LONG, *[_INT] * 3],
    "enlarge_back": [*[_POINTER] * 2, _INT, _LONG, *[_INT] * 3],
    "use_threads": [_INT],
}  # fmt: skip


def compiler() -> str | None:
    """Find a C compiler. None: there is none, or none that is tried on this system."""
    if sys.platform == "win32":
        return None
    return next(filter(None, map(shutil.which, COMPILERS)), None)


@cache
def open_library() -> ctypes.CDLL:
    """Load the library, compiled where it is not in the cache. Raises NotInstalledError."""
    _share_openmp()
    file = _compiled()
    try:
        library = ctypes.CDLL(str(file))
    except OSError as error:  # a cache where nothing may be run, or that another system shares
        raise _missing(str(error)) from error
    for name, types in _SIGNATURES.items():
        function = getattr(library, name)
        function.argtypes = types
        function.restype = None if name in ("pool", "use_threads") else ctypes.c_int
    return library


def is_there() -> bool:
    """Whether the library can be loaded here; it is, where it can."""
    try:
        open_library()
    except NotInstalledError:
        return False
    return True


def source_sha256() -> str:
    """Digest what the kernels are compiled from, and how: others may round otherwise."""
    sources = b"".join(file.read_bytes() for file in (HEADER, *SOURCES))
    return sha256(sources + " ".join(FLAGS).encode()).hexdigest()


def compiler_version() -> str:
    """Say which compiler it is, in its own words. Raises NotInstalledError."""
    found = compiler()
    if found is None:
        raise _missing("no C compiler")
    return _run([found, "--version"]).partition("\n")[0]


def _compiled() -> Path:
    found = compiler()
    if found is None:
        raise _missing("no C compiler")
    file = cache_place() / "kernels" / f"{_key()}.so"
    if not file.exists():
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with TemporaryDirectory(dir=file.parent) as place:
                made = Path(place, "kernels.so")
                _run([found, *FLAGS, *SHARED, *map(str, SOURCES), "-o", str(made)])
                made.replace(file)  # at once: another process may do the same
        except OSError as error:
            raise _missing(str(error)) from error
    return file


def _key() -> str:
    """Tell apart what decides the library: source, compiler, flags and processor."""
    cpu = Path("/proc/cpuinfo")
    told = (e for e in _lines(cpu) if e.startswith(("flags", "Features")))  # x86, ARM
    decides = (source_sha256(), compiler_version(), *SHARED, next(told, platform.processor()))
    return sha256("\0".join(decides).encode()).hexdigest()


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text("utf-8").splitlines()
    except OSError:
        return []


def _run(command: list[str]) -> str:
    """Run a compiler; what it says of an error is the error."""
    try:
        done = subprocess.run(  # noqa: S603 - a compiler from the PATH, on our own source
            command, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _missing(str(error)) from error
    if done.returncode:
        words = done.stderr.strip().splitlines() or ["no word of why"]
        raise _missing(next((line for line in words if "error" in line), words[-1]))
    return done.stdout


def _missing(got: str) -> NotInstalledError:
    return NotInstalledError(
        expected="a C compiler with OpenMP for the engine native",
        got=got,
        now="install gcc, or do without",
    )


def _share_openmp() -> None:
    """Have the library use torch's own pool of threads: two would wait on each other's cores."""
    import torch

    for file in (Path(torch.__file__).parent / "lib").glob("libgomp*.so*"):
        ctypes.CDLL(str(file), mode=os.RTLD_GLOBAL)
