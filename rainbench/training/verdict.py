"""What a sweep says of its variants: a difference is one only against the spread over seeds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import fsum
from pathlib import Path

from rainbench.evidence.averaging import average_over, shared_images
from rainbench.evidence.difference import Difference, compare_rows
from rainbench.evidence.evidence import gather
from rainbench.evidence.measurement import Result
from rainbench.evidence.statistics import Interval, holm
from rainbench.protocol import HEADLINE
from rainbench.report import Block, Cell, Column, Note, Table
from rainbench.runs.reading import read_run
from rainbench.training.effort import effort
from rainbench.training.sweep import Sweep, Trial

RULE = (
    "A difference is of mean PSNR to the reference, paired by scene, with the interval that holds "
    "it 95 times in 100 over seeds and scenes. It is called one where a t test over both, "
    "corrected by Holm over the variants of a table, leaves less than 5% to chance; below that it "
    "is not told from the spread over seeds. Weights are those of the last step."
)
ONE_SEED = "one seed has no spread: not called"


def sweep_blocks(sweep: Sweep, trials: Iterable[Trial]) -> list[Block]:
    """Arrange what a sweep measured, a table for each test set, and say what failed."""
    held = list(trials)
    found = _results(held)
    data = sorted({each.measurement.data for each in found.values()})
    tables: list[Block] = [_table(sweep, held, found, name) for name in data]
    if any(trial.weights for trial in held):
        tables.append(effort(sweep.title, held))
    trained = sorted({str(result.training) for result in found.values()})
    notes = [f"Trained: {words}." for words in trained] + ([RULE] if data else [])
    notes += [f"{t.variant}, seed {t.seed}: {t.problem}" for t in held if t.problem]
    return [*tables, *map(Note, notes)]


def _results(trials: Sequence[Trial]) -> dict[Path, Result]:
    """Average every run of the trials under the headline protocol, by the run's folder."""
    records = {unit.folder: read_run(unit.folder) for trial in trials for unit in trial.units}
    by_id = {record.header.run.id: folder for folder, record in records.items()}
    return {by_id[result.run_id]: result for result in gather(records.values()).results}


def _table(sweep: Sweep, trials: Sequence[Trial], found: Mapping[Path, Result], data: str) -> Table:
    of: dict[str, list[Result]] = {variant: [] for variant in sweep.variants}
    for trial in trials:
        of[trial.variant] += [
            found[unit.folder]
            for unit in trial.units
            if unit.folder in found and found[unit.folder].measurement.data == data
        ]
    told = _differences(of, sweep.reference)
    rows = [
        (name, variant.words, *_figures(of[name]), *_told(name, told, sweep.reference))
        for name, variant in sweep.variants.items()
    ]
    columns = (
        Column(title="variant"),
        Column(title="method"),
        Column(title="parameters", align="right"),
        Column(title="seeds", align="right"),
        Column(title=data, unit=f"PSNR (dB) / SSIM, {HEADLINE}", align="right"),
        Column(title="spread over seeds", unit="dB", align="right"),
        Column(title=f"difference to {sweep.reference}", unit="dB", align="right"),
        Column(title="95% from", align="right"),
        Column(title="to", align="right"),
        Column(title="verdict"),
    )
    return Table(title=f"{sweep.title}, {data}", columns=columns, rows=tuple(rows), keys=2)


def _figures(results: Sequence[Result]) -> tuple[Cell, ...]:
    """Average over seeds, and say how far they are apart, on the images that all have scored."""
    shared = shared_images(results) if results else set()
    if not shared:
        return None, len(results), None, None
    scores = [average_over(result, shared) for result in results]
    values = [score.psnr_db for score in scores]
    mean = replace(
        results[0].measurement,
        psnr_db=fsum(values) / len(values),
        ssim=fsum(score.ssim for score in scores) / len(scores),
        images=len(shared),
    )
    spread = max(values) - min(values) if len(values) > 1 else None
    return results[0].parameters, len(results), mean, spread


def _differences(of: Mapping[str, Sequence[Result]], reference: str) -> dict[str, Difference]:
    """Compare every variant with the reference, corrected for how many there are."""
    told: dict[str, Difference] = {}
    for variant, results in of.items():
        if variant != reference and results and of[reference]:
            # A variant's seeds are one row, whatever steps a budget of minutes came to in each.
            [pair] = compare_rows([results, of[reference]], "psnr_db").values()
            below = _mean_db(results) < _mean_db(of[reference])  # the higher mean comes first
            told[variant] = _turned(pair) if below else pair
    known = {name: each.p_value for name, each in told.items() if each.p_value is not None}
    corrected = holm(known)
    return {name: replace(each, p_value=corrected.get(name)) for name, each in told.items()}


def _mean_db(results: Sequence[Result]) -> float:
    return fsum(each.measurement.psnr_db for each in results) / len(results)


def _turned(pair: Difference) -> Difference:
    """Say the same difference the other way round."""
    interval = pair.interval
    return replace(
        pair,
        first=pair.second,
        second=pair.first,
        seeds=pair.seeds[::-1],
        mean=None if pair.mean is None else -pair.mean,
        interval=None if interval is None else Interval(-interval.high, -interval.low),
    )


def _told(variant: str, told: Mapping[str, Difference], reference: str) -> tuple[Cell, ...]:
    pair = told.get(variant)
    if pair is None or pair.mean is None:
        why = "reference" if variant == reference else (pair.why_not if pair else "")
        return None, None, None, why or None
    low, high = (pair.interval.low, pair.interval.high) if pair.interval else (None, None)
    return pair.mean, low, high, _verdict(pair)


def _verdict(pair: Difference) -> str:
    if min(pair.seeds) < 2:
        return ONE_SEED
    if not pair.distinguishable or pair.mean is None:
        return "not told from the spread"
    return ("higher" if pair.mean > 0 else "lower") + ("" if pair.practical else ", by very little")
