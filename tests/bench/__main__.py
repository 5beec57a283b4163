"""make bench: what each module beside this one measures, against the budgets it states.

A module has `measure() -> dict[str, float]`, by what is measured, and may have
`BUDGETS: dict[str, float]`, the most that a figure may be. Exit status 1 where one is exceeded.
With `-o FILE` the figures are kept as JSON too, each module's beside the machine, the load and the
versions of what is installed; modules that were not asked for stay as they are there.
"""

import argparse
import json
import pkgutil
import platform
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import rainbench
from rainbench.costs.machine import describe_machine, load_average

Figures = Mapping[str, float]

LIBRARIES = (
    "numpy", "scipy", "torch", "triton", "opencv-python", "opencv-python-headless", "scikit-image",
    "pillow", "onnx", "onnxruntime", "openvino",
)  # fmt: skip
"""What a module may measure or be measured by, as package registries call it."""


def main(words: list[str]) -> int:
    """Measure the modules called so, or all of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("names", nargs="*")
    parser.add_argument("-o", "--out", type=Path)
    asked = parser.parse_args(words)
    here = Path(__file__).parent
    known = [info.name for info in pkgutil.iter_modules([str(here)]) if info.name != "__main__"]
    exceeded = 0
    for name in asked.names or known:
        module, load = import_module(f"tests.bench.{name}"), load_average()
        figures = module.measure()
        exceeded += show(name, figures, getattr(module, "BUDGETS", {}))
        if asked.out is not None and figures:
            keep(asked.out, name, figures, load, getattr(module, "THREADS", None))
    return 1 if exceeded else 0


def show(name: str, figures: Figures, budgets: Figures) -> int:
    """Print figures beside their budgets; return how many are exceeded."""
    exceeded = 0
    for what, figure in figures.items():
        budget = budgets.get(what)
        over = budget is not None and figure > budget
        exceeded += over
        limit = "" if budget is None else f"  (at most {budget:.4g}{': EXCEEDED' * over})"
        print(f"{name:12}{what:56}{figure:10.4g}{limit}", flush=True)
    return exceeded


def keep(out: Path, name: str, figures: Figures, load: float | None, threads: int | None) -> None:
    """Write figures into a file, among those that it holds."""
    held = json.loads(out.read_text(encoding="utf-8")) if out.exists() else {}
    held["schema"] = 1
    held.setdefault("benches", {})[name] = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": vars(describe_machine()),
        "load": load,
        "threads": threads,
        "versions": installed(),
        "figures": {what: float(f"{figure:.4g}") for what, figure in figures.items()},
    }
    out.write_text(json.dumps(held, indent=1) + "\n", encoding="utf-8")


def installed() -> dict[str, str]:
    """Return the versions of python, of rainbench and of the libraries that are installed.

    Not of those that are loaded: much is measured in processes of its own, and is loaded there.
    """
    found = {"python": platform.python_version(), "rainbench": rainbench.__version__}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
