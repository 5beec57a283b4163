"""The rule that the names of a folder's pictures follow, as a Layout says it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from rainbench.dataset import ImagePair
from rainbench.errors import DatasetError

BEFORE = ("", "rain-", "norain-")
AFTER = ("", "x2")
"""What stands before and after the name that a rainy and a clean file share."""

APART = "_"
"""What parts the name of a clean file from the number of its rain."""


@dataclass(frozen=True)
class NamingRule:
    """How the files of a folder of pairs are called."""

    rainy: str
    """A regular expression over relative paths, as Layout has it; `clean` likewise."""
    clean: str
    name: str
    """The pair's name, a format string over the groups."""
    example: tuple[str, ...]
    """The files of the first and of the last pair."""
    apart: str = ""
    """What parts a pair's name into its clean picture's and its rain's; empty: one rain each."""


def find_rule(folder: Path, pairs: Sequence[ImagePair]) -> NamingRule:
    """Find the rule that pairs' files follow in `folder`. Raises DatasetError where none does."""
    files = [
        (pair.rainy.path.relative_to(folder), pair.clean.path.relative_to(folder))
        for pair in pairs
        if pair.clean is not None
    ]
    ends = dict.fromkeys(path.as_posix() for pair in (files[0], files[-1]) for path in pair)
    for rainy, clean, name, apart in _candidates():
        rule = NamingRule(
            _expression([pair[0] for pair in files], rainy),
            _expression([pair[1] for pair in files], clean),
            name,
            tuple(ends),
            apart,
        )
        if all(_fits(rule, *pair) for pair in files):
            return rule
    (rainy_file, clean_file) = files[-1]
    raise DatasetError(
        expected=f"names in {folder} that follow one rule (N with N, N_1 with N, norain-Nx2 …)",
        got=f"{rainy_file} with {clean_file} beside others",
        now="name each rainy picture like its clean one",
    )


def _candidates() -> Iterator[tuple[str, str, str, str]]:
    """List rules, the plainest first: rainy and clean expression, pair's name, what parts it."""
    for clean_before, before, after in product(BEFORE, BEFORE, AFTER):
        rainy = f"{before}(?P<id>.+){after}"
        yield rainy, f"{clean_before}(?P<id>.+)", f"{before}{{id}}{after}", ""
    rainy = f"(?P<id>.+){APART}(?P<rain>[^{APART}]+)"
    yield rainy, "(?P<id>.+)", f"{{id}}{APART}{{rain}}", APART


def _expression(paths: Sequence[Path], stem: str) -> str:
    suffixes = "|".join(sorted({path.suffix.removeprefix(".") for path in paths}))
    choice = f"(?:{suffixes})" if "|" in suffixes else suffixes
    # No folder below: a name with a slash is no name.
    return rf"{re.escape(paths[0].parent.as_posix())}/{stem.replace('.+', '[^/]+')}\.{choice}"


def _fits(rule: NamingRule, rainy: Path, clean: Path) -> bool:
    ours = re.fullmatch(rule.rainy, rainy.as_posix())
    theirs = re.fullmatch(rule.clean, clean.as_posix())
    if ours is None or theirs is None:
        return False
    return ours["id"] == theirs["id"] and rule.name.format(**ours.groupdict()) == rainy.stem
