"""A sweep: a list of variants, each trained under several seeds and evaluated."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any

from rainbench.data.opening import open_dataset
from rainbench.errors import RainbenchError, UnknownNameError, UsageError
from rainbench.runs.benchmark import run
from rainbench.runs.progress import OnProgress, ignore
from rainbench.runs.summary import UnitProblem, UnitSummary
from rainbench.specification import parse_datasets, parse_untrained
from rainbench.training.checkpoint import LAST_WEIGHTS
from rainbench.training.job import train
from rainbench.training.plan import wanted_instead
from rainbench.training.side_by_side import Training, train_side_by_side
from rainbench.training.watch import UNWATCHED, Watch

BUILT_IN = "sweeps.toml"
"""On the shelf of methods: only methods know their variants."""

TRAINING = ("batch", "patch", "learning_rate", "schedule", "loss")
"""What of its training a variant may have for itself, as `train` calls it."""

# A variant's name becomes a folder's.
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._=+-]*")


@dataclass(frozen=True)
class Variant:
    """What one row of a sweep trains."""

    words: str
    """METHOD words without weights."""
    training: Mapping[str, Any] = field(default_factory=dict)
    """What it has for itself, of TRAINING."""


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """Variants to be trained alike; a file of one has the keys title, reference and variants.

    There a variant is METHOD words, or a table of them (`method`) and what of the training it has
    for itself. Raises UsageError for variants that are none.
    """

    name: str
    title: str
    variants: Mapping[str, Variant]
    """By the name of their row."""
    reference: str
    """The variant that the others are held against."""

    def __post_init__(self) -> None:
        for name, variant in self.variants.items():
            if not _NAME.fullmatch(name):
                raise _no_sweep(self.name, f"a variant called {name!r}")
            parse_untrained(variant.words)
            self._check_training(name, variant.training)
        if self.reference not in self.variants:
            raise _no_sweep(self.name, f"the reference {self.reference!r}, which is no variant")

    def _check_training(self, variant: str, training: Mapping[str, Any]) -> None:
        for part, value in training.items():
            if part not in TRAINING:
                raise _no_sweep(self.name, f"{part} = {value!r} of a variant")
            wanted = wanted_instead(part, value)
            if wanted is not None:
                raise UsageError(
                    expected=f"{wanted} of the variant {variant} in the sweep {self.name}",
                    got=repr(value),
                    now="mend it",
                )


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One variant under one seed, trained and evaluated."""

    variant: str
    seed: int
    weights: Path | None = None
    """Those of the last step: nothing is chosen. None: training failed."""
    units: tuple[UnitSummary, ...] = ()
    """What it scores on each test set."""
    problem: str = ""
    """What kept it from being trained or evaluated; the others went on."""


def find_sweep(words: str) -> Sweep:
    """Read a sweep that is built in, by its name, or a .toml file's. Raises UsageError."""
    if words.endswith(".toml"):
        return _as_sweep(Path(words).stem, _read(Path(words)))
    known = _built_in()
    if words not in known:
        raise UnknownNameError.among("sweep, or a path ending in .toml", words, known)
    return _as_sweep(words, known[words])


def sweep_names() -> tuple[str, ...]:
    """Name the sweeps that are built in."""
    return tuple(_built_in())


def run_sweep(
    sweep: Sweep,
    datasets: Sequence[str],
    *,
    output: Path,
    results: Path,
    tests: Sequence[str] = (),
    seeds: int = 3,
    jobs: int = 1,
    limit: int | None = None,
    root: Path | None = None,
    watch: Callable[[str, int], Watch] = lambda _variant, _seed: UNWATCHED,
    on_note: Callable[[str], None] = lambda _: None,
    on_progress: OnProgress = ignore,
    **training: Any,  # noqa: ANN401 - handed on to `train`, which names them
) -> Iterator[Trial]:
    """Train and evaluate every variant under every seed, as far as that is not done.

    Args:
        sweep: the variants.
        datasets: what each is trained on, as `train` takes it.
        output: a folder that holds one of each variant, with one of each seed in it.
        results: the folder of all results.
        tests: what each is evaluated on; none: the test splits of `datasets`.
        seeds: from 0 on.
        jobs: trainings at a time, each in a process of its own where it is more than one; nobody
            but `on_note` is told of those. Evaluation follows, one after the other.
        limit: evaluate on the first so many pairs of each test set.
        root: the folder of datasets; None: RAINBENCH_DATA, then the user's data folder.
        watch: gives who is told of one training, by variant and seed.
        on_note: told of every training that ends in a process of its own.
        on_progress: told of every image that is evaluated.
        training: the other arguments of `train`, alike for all.

    Seeds take turns within a variant. Raises UsageError, and before the first step what opening a
    test set raises; whatever else goes wrong is one trial's problem.
    """
    wanted = list(tests) or _test_splits(datasets)
    for test in wanted:
        open_dataset(test, root=root)
    trainings = {
        (name, seed): Training(
            name=f"{name}, seed {seed}",
            words=variant.words,
            options={
                "datasets": datasets, "output": output / name / f"seed-{seed}", "root": root,
                "seed": seed, **training, **variant.training,
            },
        )
        for name, variant in sweep.variants.items()
        for seed in range(seeds)
    }  # fmt: skip
    problems: dict[str, RainbenchError] = {}
    if jobs > 1:
        problems = train_side_by_side(
            [*trainings.values()],
            jobs,
            lambda each, problem: on_note(f"{each.name}: {problem or 'trained'}"),
        )
    for (name, seed), each in trainings.items():
        try:
            if each.name in problems:
                raise problems[each.name]
            train(each.words, **each.options, watch=watch(name, seed))
        except UsageError:
            raise
        except RainbenchError as error:
            yield Trial(variant=name, seed=seed, problem=str(error))
            continue
        weights = each.options["output"] / LAST_WEIGHTS
        units = run(
            each.words, wanted, results=results, root=root, weights=weights, limit=limit,
            device=training.get("device", "cpu"), on_progress=on_progress,
        )  # fmt: skip
        met = [str(unit.error) for unit in units if isinstance(unit, UnitProblem)]
        scored = tuple(unit for unit in units if isinstance(unit, UnitSummary))
        yield Trial(variant=name, seed=seed, weights=weights, units=scored, problem="; ".join(met))


def _test_splits(datasets: Sequence[str]) -> list[str]:
    names = [each.name for each in parse_datasets(datasets)]
    folders = [name for name in names if Path(name).is_dir()]
    if folders:
        raise UsageError(
            expected="a test set beside a folder that is trained on",
            got=f"{folders[0]} alone",
            now="give --test",
        )
    return names


def _built_in() -> Mapping[str, Any]:
    return _read(Path(import_module("rainbench.methods").__path__[0], BUILT_IN))


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            expected="a sweep's file", got=f"{file}: {error.strerror}", now="check the path"
        ) from error
    except ValueError as error:
        raise UsageError(
            expected=f"TOML in {file}", got=f"{error!s:.200}", now="mend the file"
        ) from error


def _as_sweep(name: str, said: Mapping[str, Any]) -> Sweep:
    variants = said.get("variants")
    if not isinstance(variants, dict) or set(said) != {"title", "reference", "variants"}:
        raise _no_sweep(name, f"the keys {', '.join(map(repr, said)) or 'none'}")
    return Sweep(
        name=name,
        title=str(said["title"]),
        reference=str(said["reference"]),
        variants=MappingProxyType({key: _as_variant(name, v) for key, v in variants.items()}),
    )


def _as_variant(sweep: str, said: object) -> Variant:
    table = {"method": said} if isinstance(said, str) else said
    if not isinstance(table, dict) or not isinstance(table.get("method"), str):
        raise _no_sweep(sweep, f"the variant {said!r}")
    return Variant(table["method"], {key: v for key, v in table.items() if key != "method"})


def _no_sweep(name: str, got: str) -> UsageError:
    return UsageError(
        expected=f"a title, a reference and variants in the sweep {name}, each METHOD words or a "
        f"table of method and of {', '.join(TRAINING)}",
        got=got,
        now="mend it",
    )
