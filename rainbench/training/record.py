"""What a weights file says of its own making: enough to make it again, and to know what it saw."""

from __future__ import annotations

import platform
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256
from json import dumps
from pathlib import Path
from typing import Any

import rainbench
from rainbench.kernels.library import compiler_version, source_sha256
from rainbench.shelves.plugin import Plugin
from rainbench.training.budget import Budget
from rainbench.training.plan import Plan
from rainbench.training.recipe import Recipe, recipe_in_words


def make_record(
    plugin: Plugin[Any],
    plan: Plan,
    recipe: Recipe,
    budget: Budget,
    material: Mapping[str, Any],
) -> dict[str, Any]:
    """Write down what makes weights; `material` says what they are trained on and has digests."""
    import torch

    said = {
        **asdict(plan),
        **material,
        "budget": budget.text,
        "recipe": recipe_in_words(recipe),
        "method_sha256": plugin.source_sha256,
    }
    # Minutes come to other steps under every seed.
    by_chance = ("seed", "steps", "milestones") if budget.minutes is not None else ("seed",)
    return {
        **said,
        "repeats": _digest({**said, **dict.fromkeys(by_chance)}),
        "rainbench": rainbench.__version__,
        "commit": find_commit(),
        "torch": torch.__version__,
        **_kernels(plan),
        "machine": platform.machine(),
    }


def _kernels(plan: Plan) -> dict[str, str]:
    """Say what our own kernels are made of and by, where they compute."""
    if plan.arithmetic != "native":
        return {}
    return {"kernels_sha256": source_sha256(), "compiler": compiler_version()}


def find_commit() -> str:
    """Name the commit that this code is of, with "-dirty" where it was changed since.

    Outside a checkout, the version: "0.1.0".
    """
    home = Path(__file__).resolve().parents[2]
    git = shutil.which("git")
    if git is None or not (home / ".git").exists():
        return rainbench.__version__
    words = [git, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        done = subprocess.run(words, cwd=home, capture_output=True, text=True, check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return rainbench.__version__
    return done.stdout.strip()


def _digest(said: Mapping[str, Any]) -> str:
    return sha256(dumps(said, sort_keys=True).encode()).hexdigest()[:12]
