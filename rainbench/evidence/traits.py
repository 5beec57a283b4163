"""What tells runs of one label apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rainbench.runs.identity import RESTORED_BY

if TYPE_CHECKING:
    from rainbench.runs.identity import Run


def tell_apart(runs: Sequence[tuple[str, Run]]) -> dict[str, str]:
    """Say, by run id, in what each (label, identity) differs from others of its label.

    Only what makes a number and is not the data: settings, code, weights and the like. Empty
    where all runs of a label are alike.
    """
    alike: dict[str, list[dict[str, str]]] = {}
    for label, run in runs:
        alike.setdefault(label, []).append(_traits(run))
    said = {}
    for label, run in runs:
        traits = _traits(run)
        others = alike[label]
        told = [traits[key] for key in traits if any(o.get(key) != traits[key] for o in others)]
        said[run.id] = ", ".join(told)
    return said


def _traits(run: Run) -> dict[str, str]:
    weights = run.weights_sha256
    kind = "pictures" if run.method.startswith(RESTORED_BY) else "version"
    return {
        **{f"setting {key}": f"{key}={value}" for key, value in sorted(run.settings.items())},
        "method": run.method,
        "code": f"{kind} {run.method_sha256[:7]}",
        "weights": f"weights {weights[:7]}" if weights else "no weights",
        "tile": f"tiles of {run.tile}" if run.tile else "whole images",
        "dtype": run.dtype,
        "seed": f"seed {run.seed}",
        "numerics": f"numerics {run.numerics}",
    }
