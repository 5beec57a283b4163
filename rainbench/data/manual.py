"""What a person does to get a dataset that no program can fetch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rainbench.dataset import Dataset
from rainbench.origin import Source


def by_hand(name: str, dataset: Dataset, splits: Sequence[str], place: Path) -> str:
    """Say the exact steps, a line each: where to go, what to type there, and what to do then."""
    sources = [source for source in dataset.sources if set(source.splits) & set(splits)]
    lines = [line for source in sources for line in _steps(source)]
    if not lines:
        lines = ["ask its authors: no source of it is known"]
    return "\n".join(
        [
            "by hand, in a browser, from one of",
            *lines,
            f"then: rainbench data import {name} PATH",
            f"where PATH is the archive or folder that you have; it goes to {place / name}",
        ]
    )


def _steps(source: Source) -> list[str]:
    held = f"{', '.join(source.splits)}, release {source.release}"
    return [f"{source} [{held}]", *(f"- {step}" for step in source.steps)]
