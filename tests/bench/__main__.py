"""make bench: what each module beside this one measures, against the budgets it states.

A module has `measure() -> dict[str, float]`, by what is measured, and may have
`BUDGETS: dict[str, float]`, the most that a figure may be. Exit status 1 where one is exceeded.
"""

import pkgutil
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path


def main(names: list[str]) -> int:
    """Measure the modules called so, or all of them."""
    here = Path(__file__).parent
    known = [info.name for info in pkgutil.iter_modules([str(here)]) if info.name != "__main__"]
    exceeded = 0
    for name in names or known:
        module = import_module(f"tests.bench.{name}")
        budgets: Mapping[str, float] = getattr(module, "BUDGETS", {})
        for what, figure in module.measure().items():
            budget = budgets.get(what)
            over = budget is not None and figure > budget
            exceeded += over
            limit = "" if budget is None else f"  (at most {budget:g}{': EXCEEDED' * over})"
            print(f"{name:12}{what:48}{figure:10.4g}{limit}", flush=True)
    return 1 if exceeded else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
