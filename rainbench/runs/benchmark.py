"""Methods x datasets: every unit of a benchmark, one after the other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from rainbench.data.opening import open_dataset
from rainbench.dataset import Given
from rainbench.engines.engine import AUTO
from rainbench.engines.network import resolve_device
from rainbench.engines.opening import check_engine
from rainbench.errors import (
    NotInstalledError,
    PluginError,
    RainbenchError,
    UsageError,
    WeightsError,
)
from rainbench.method import LearnedMethod, PriorMethod, work_of
from rainbench.registry import entries, find_method
from rainbench.restorers.at_hand import check_weights
from rainbench.restorers.preparation import method_settings, prepare_restorer
from rainbench.restorers.settings import takes_device
from rainbench.restorers.tiling import check_tile, tile_restorer
from rainbench.runs.evaluate import evaluate
from rainbench.runs.progress import OnProgress, ignore
from rainbench.runs.scoring import open_pictures, row_name
from rainbench.runs.summary import UnitProblem, UnitSummary
from rainbench.specification import MethodSpecification, parse_datasets, parse_methods

if TYPE_CHECKING:
    from rainbench.data.opening import OpenDataset
    from rainbench.restorers.restorer import Restorer

_DEVICE = re.compile(r"auto|cpu|cuda(:[0-9]+)?")

Unit: TypeAlias = UnitSummary | UnitProblem
"""What became of one method on one dataset."""


@dataclass(frozen=True)
class _Asked:
    """A method that was asked for, by its own name or by a group's."""

    words: MethodSpecification
    by_group: bool = False


@dataclass(frozen=True, kw_only=True)
class _How:
    """What `run` was told of every unit alike."""

    weights: Path | None
    device: str
    engine: str
    tile: int | None
    partial: bool


def run(
    methods: str | Iterable[str],
    datasets: str | Iterable[str],
    *,
    results: str | Path = "results",
    root: Path | None = None,
    weights: Path | None = None,
    device: str = "auto",
    engine: str = AUTO,
    tile: int | None = None,
    limit: int | None = None,
    partial: bool = False,
    given: Given = "rainy",
    wait: bool = False,
    on_dataset: Callable[[OpenDataset], None] = lambda _: None,
    on_progress: OnProgress = ignore,
    on_unit: Callable[[Unit], None] = lambda _: None,
) -> tuple[Unit, ...]:
    """Run methods over datasets, as far as the results lack them, and average the scores.

    Args:
        methods: METHOD words: "rainy,msfm.light", "prenet@rain1400", "./mine.py", "./net.onnx",
            "./restored" (a folder of pictures that someone restored), "all".
        datasets: DATASET words: "toy", "rain800:train", or a folder of pairs.
        results: the folder of all results; what it holds is not measured again.
        root: the folder of datasets; None: RAINBENCH_DATA, then the user's data folder.
        weights: a file for the one learned method asked for.
        device: "auto", "cpu", "cuda" or "cuda:N".
        engine: what learned methods run on: a name of ENGINES, or "auto", the fastest installed
            that repays its start and agrees with eager torch on the first image.
        tile: restore images in tiles of at most so many pixels a side; None: whole.
        limit: only the first so many pairs of each dataset.
        partial: accept a dataset with fewer pairs than its release promises.
        given: "rainy" pictures, or the "clean" ones, to see what methods do to them.
        wait: where another process writes a run, wait for it; else that unit is a problem.
        on_dataset: told of every dataset as it is opened.
        on_progress: told of every image.
        on_unit: told of every unit as it ends.

    Returns, for each unit, its summary, or the problem that kept it from starting or ending:
    the others go on. Raises UsageError, before anything runs, for words that cannot be
    understood.
    """
    asked = _expand(parse_methods(_listed(methods)))
    wanted = parse_datasets(_listed(datasets))
    _check_request(asked, len(wanted), weights, device, given)
    check_tile(tile)
    check_engine(engine)
    how = _How(weights=weights, device=device, engine=engine, tile=tile, partial=partial)
    units: list[Unit] = []

    def end(unit: Unit) -> None:
        units.append(unit)
        on_unit(unit)

    # All words are understood before anything runs, which may take hours.
    opened = [found for words in wanted if (found := _open(str(words), root, partial, given, end))]
    for dataset in opened:
        on_dataset(dataset)
    sound = [each for each in asked if _is_sound(each, weights, device, end)]

    for each in sound:
        for dataset in opened:
            try:
                restorer, data = _prepare(each.words, dataset, how)
                unit: Unit = evaluate(
                    restorer,
                    data,
                    Path(results),
                    limit=limit,
                    wait=wait,
                    on_progress=on_progress,
                )
            except RainbenchError as error:
                unit = _problem(each, dataset.name, error)
            end(unit)
    return tuple(units)


def _listed(words: str | Iterable[str]) -> list[str]:
    return [words] if isinstance(words, str) else list(words)


def _check_request(
    asked: list[_Asked], datasets: int, weights: Path | None, device: str, given: Given
) -> None:
    if not asked or not datasets:
        raise UsageError(
            expected="at least one method and one dataset",
            got=f"{len(asked)} and {datasets}",
            now="see `rainbench list`",
        )
    if weights is not None and (len(asked) > 1 or asked[0].by_group or asked[0].words.is_folder):
        raise UsageError(
            expected="one learned method, called by its name, for the weights",
            got=", ".join(str(each.words) for each in asked),
            now="write METHOD@WEIGHTS, or run one at a time",
        )
    if not _DEVICE.fullmatch(device):
        raise UsageError(
            expected="auto, cpu, cuda or cuda:N for the device", got=repr(device), now="correct it"
        )
    if given not in ("rainy", "clean"):
        raise UsageError(
            expected="rainy or clean pictures as input", got=repr(given), now="correct it"
        )


def _expand(asked: Iterable[MethodSpecification]) -> list[_Asked]:
    """Replace groups by their methods; one that is named as well is not skipped lightly."""
    found: dict[str, _Asked] = {}
    for words in asked:
        if not words.is_group:
            found[str(words)] = _Asked(words)
            continue
        if str(words) != words.name:
            raise UsageError(
                expected=f"the group {words.name} by itself",
                got=str(words),
                now="give variants, weights and settings to methods, one by one",
            )
        for name in entries("methods"):
            if _belongs(name, words.name):
                member = MethodSpecification(name=name)
                found.setdefault(str(member), _Asked(member, by_group=True))
    return list(found.values())


def _belongs(name: str, group: str) -> bool:
    if group == "all":
        return True
    try:
        method = find_method(name).value
    except PluginError:
        return True  # it cannot say, and must not vanish: it will be listed as a problem
    return isinstance(method, LearnedMethod if group == "learned" else PriorMethod)


def _open(
    words: str, root: Path | None, partial: bool, given: Given, end: Callable[[Unit], None]
) -> OpenDataset | None:
    try:
        return open_dataset(words, root=root, partial=partial).given(given)
    except UsageError:
        raise
    except RainbenchError as error:
        end(UnitProblem(method="", dataset=words, error=error))
        return None


def _is_sound(
    asked: _Asked, weights: Path | None, device: str, end: Callable[[Unit], None]
) -> bool:
    """Whether a method can be imported and understands its words; if not, say so once."""
    if asked.words.is_folder:
        return True  # which pictures it must hold, a dataset says
    try:
        plugin = find_method(asked.words.name)
        method_settings(plugin.value, asked.words)
        check_weights(plugin, asked.words, weights)
        if isinstance(plugin.value, LearnedMethod) or takes_device(work_of(plugin.value)):
            resolve_device(device)
    except UsageError:
        raise
    except RainbenchError as error:
        end(_problem(asked, "", error))
        return False
    return True


def _prepare(
    words: MethodSpecification, dataset: OpenDataset, how: _How
) -> tuple[Restorer, OpenDataset]:
    """Make a method ready for a dataset: what restores, and what of the dataset it can."""
    if words.is_folder:
        if how.tile is not None:
            raise UsageError(
                expected="a method to run in tiles",
                got=f"{words}, a folder of pictures",
                now="leave the tiles out",
            )
        if dataset.input != "rainy":
            raise UsageError(
                expected="a method to run on clean pictures",
                got=f"{words}, a folder of pictures",
                now="leave --input out",
            )
        folder = Path(words.name)
        return open_pictures(folder, dataset, name=row_name(folder), partial=how.partial)
    restorer = prepare_restorer(
        words,
        dataset=dataset.name,
        weights=how.weights,
        device=how.device,
        engine=how.engine,
    )
    return tile_restorer(restorer, how.tile), dataset


def _problem(asked: _Asked, dataset: str, error: RainbenchError) -> UnitProblem:
    skipped = asked.by_group and isinstance(error, WeightsError | NotInstalledError)
    return UnitProblem(method=str(asked.words), dataset=dataset, error=error, skipped=skipped)
