"""methods/weights/README.md, made from the files beside it by `make readme`; a test holds it."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rainbench.evidence.marks import named_splits
from rainbench.kernels.leaky import has_kernels
from rainbench.method import LearnedMethod, Weights
from rainbench.registry import entries, find_method
from rainbench.restorers.preparation import label_of
from rainbench.restorers.weights import read_record
from rainbench.training.checkpoint import usual_interval
from rainbench.training.recipe import Recipe

README = Path(__file__).parent.parent / "methods" / "weights" / "README.md"
TRUTH = Path(__file__).parent / "golden" / "truth.toml"

HEAD = """# Weights that ship with rainbench

Each file holds its own record: `safetensors` metadata, key `rainbench`, has every field of it.
`make readme` makes this page from them. The scores stand in `tests/golden/truth.toml`, and
`make truth` measures them again. No scene of a test set was trained on, and no step, weight or
setting was chosen by a score on one. But the styles `rain100l` and `rain100l-fine`, which the
weights for light rain were trained under, have the lengths, widths, angles and brightness of the
streaks of Rain100L's test pairs: these weights are no strangers to Rain100L, and scores elsewhere
tell more.

A command makes its file again: the same bits at that commit, on one kind of machine with one
version of torch and, where the arithmetic is native, of the C compiler. It cannot be held to that
where the commit was not recorded or reads "-dirty", for lines that were never committed.
"""

USUAL = {
    "schedule": "milestones",
    "loss": "own",
    "seed": 0,
    "threads": 1,
    "precision": "float32",
    "device": "cpu",
}
"""What need not be said of a command, by the field of the record."""

LIGHT = "heavy or veiling rain, raindrops on glass, rain in several directions at once"
NOT_FOR = {
    "rain100l": LIGHT,
    "rain100l-fine": LIGHT,
    "rain100h": "light rain, which `msfm` is for, mist, raindrops on glass",
    "": "judging the method, or a photograph: it is a tiny part of the paper's training",
}
"""By the style of rain that was rendered; "": pairs of a dataset."""


def page() -> str:
    """Make the whole page."""
    return "\n".join([HEAD, *(_section(*each) for each in _shipped())])


def _shipped() -> Iterator[tuple[str, LearnedMethod, Weights]]:
    for name in entries("methods"):
        method = find_method(name).value
        if isinstance(method, LearnedMethod):
            for which, weights in method.weights.items():
                if weights.shipped:
                    yield f"{name}@{which}", method, weights


def _section(label: str, method: LearnedMethod, weights: Weights) -> str:
    record = read_record(README.with_name(weights.source)) or {}
    recipe = method.recipe
    assert recipe is not None
    rows = {
        "file": f"`{weights.source}`",
        "SHA-256": f"`{weights.sha256}`",
        "trained on": str(record["trained_on"]),
        "their digest": f"`{record.get('photographs_sha256') or record['pairs_sha256']}`",
        "steps": f"{record['steps_done']:,} of {record['of_steps']:,}",
        "kept apart": _kept(record),
        "weights": "those of the last step; nothing was chosen"
        if record.get("kept") == "last"
        else f"those of step {record['best_step']:,}, the best on what was kept apart",
        "validation": " ".join(f"{db:.2f}" for _, _, db in record.get("curve", [])),
        "made with": f"torch {record['torch']}, {record.get('arithmetic', 'torch')} arithmetic, "
        f"{_number(record['threads'], 'thread')}{_processes(record)}, {record['machine']}, "
        f"seed {record['seed']}, commit {record.get('commit', 'not recorded')}",
        **_scores(label),
        "not for": NOT_FOR[record["rain"]],
    }
    lines = [f"| {key} | {value} |" for key, value in rows.items() if value]
    command = " ".join(_command(record, recipe))
    return "\n".join(
        [f"## {label}", "", "| | |", "|:--|:--|", *lines, "", "```", command, "```", ""]
    )


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _processes(record: Mapping[str, Any]) -> str:
    count = record.get("processes", 1)
    return "" if count == 1 else f" in each of {count} processes"


def _kept(record: Mapping[str, Any]) -> str:
    scenes = record.get("validation_scenes", len(record["validation"]))
    return f"{scenes} scenes; {record['validation_db']:.2f} dB `y-prenet` on their pictures"


def _scores(label: str) -> dict[str, str]:
    rows = tomllib.loads(TRUTH.read_text(encoding="utf-8"))["row"]
    return {
        f"{row['dataset']}, scored once": f"{row['psnr_db']} dB / {row['ssim']} `{row['protocol']}`"
        for row in rows
        if row.get("shipped") == label
    }


def _command(record: Mapping[str, Any], recipe: Recipe) -> Iterator[str]:
    """Say the command that makes the weights again, without what is so by itself."""
    several = record.get("processes", 1)
    launch = f"torchrun --nproc-per-node {several} -m " if several > 1 else ""
    yield f"{launch}rainbench train --method {_method(record)}"
    if record["rain"]:
        yield f"--clean bsds500 --rain {record['rain']}"
    else:
        ((dataset, _),) = named_splits(str(record["trained_on"]))
        yield f"--dataset {dataset}"
    yield f"--budget steps={record['steps']}"
    for name in ("batch", "patch", "learning_rate"):
        if record[name] != getattr(recipe, name):
            yield f"--{name.replace('_', '-')} {record[name]}"
    curve = record.get("curve", [])
    if record.get("kept") == "best" and curve and curve[0][0] != usual_interval(record["steps"]):
        yield f"--every {curve[0][0]}"  # of what stands at these steps the best was kept
    for name, usual in USUAL.items():
        if record.get(name, usual) != usual:
            yield f"--{name} {record[name]}"
    if _has_kernels(record):  # else there is no choice
        yield f"--arithmetic {record.get('arithmetic', 'torch')}"


def _has_kernels(record: Mapping[str, Any]) -> bool:
    method = find_method(str(record["method"])).value
    assert isinstance(method, LearnedMethod)
    return has_kernels(method.network(**record["settings"]))


def _method(record: Mapping[str, Any]) -> str:
    method = find_method(str(record["method"])).value
    assert isinstance(method, LearnedMethod)
    words = label_of(str(record["method"]), method.network, method.variants, record["settings"])
    digests = {weights.sha256: which for which, weights in method.weights.items()}
    return words + (f"@{digests[record['start']]}" if record.get("start") else "")


if __name__ == "__main__":
    README.write_text(page(), encoding="utf-8", newline="\n")
