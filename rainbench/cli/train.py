"""rainbench train: weights for a learned method."""

from pathlib import Path
from typing import Annotated

from typer import Option

from rainbench.cli import words


def command(
    method: Annotated[str, Option(help="A learned method; NAME@WEIGHTS goes on from these.")],
    dataset: Annotated[list[str] | None, Option(help="NAME[:SPLIT], or a folder of pairs.")] = None,
    clean: Annotated[Path | None, Option(help="Or a folder of clean photographs.")] = None,
    rain: Annotated[str, Option(help="The style of their rain; default: rain100l.")] = "",
    leave_out: words.LeaveOut = "all",
    budget: words.Budget = "paper",
    output: Annotated[Path | None, Option(help="[default: runs/METHOD-DATA]")] = None,
    batch: words.Batch = None,
    patch: words.Patch = None,
    learning_rate: Annotated[float | None, Option(help="Default: the paper's.")] = None,
    schedule: words.Schedule = "milestones",
    seed: Annotated[int, Option(min=0, max=2**63 - 1)] = 0,
    seeds: Annotated[int, Option(min=1, help="Train under so many seeds, in turn.")] = 1,
    threads: words.Threads = 1,
    device: words.Device = "cpu",
    precision: words.Precision = "float32",
    loss: words.Loss = "own",
    arithmetic: words.Arithmetic = "auto",
    workers: Annotated[int, Option(min=1, help="Threads that make batches ahead.")] = 1,
    validation: words.Validation = None,
    every: words.Every = None,
    tensorboard: Annotated[bool, Option("--tensorboard", help="Write events, too.")] = False,
) -> None:
    """Train a learned method on pairs, or on photographs under rain; go on after a stop."""
    from rainbench.cli.answer import answering
    from rainbench.cli.course import CourseDisplay
    from rainbench.streaks.rain import DEFAULT_STYLE
    from rainbench.training.job import run_folder, train
    from rainbench.training.processes import is_first

    home = output or run_folder(method, dataset or [rain or DEFAULT_STYLE])
    with answering() as answer, CourseDisplay() as display:
        for each in range(seed, seed + seeds):
            folder = home / f"seed-{each}" if seeds > 1 else home
            weights = train(
                method, datasets=dataset or (), clean=clean, rain=rain or None, leave_out=leave_out,
                budget=budget, output=folder, batch=batch, patch=patch, learning_rate=learning_rate,
                schedule=schedule, seed=each, threads=threads, device=device, precision=precision,
                loss=loss, arithmetic=arithmetic, workers=workers, validation=validation,
                every=every, watch=display.watch(folder, tensorboard=tensorboard),
            )  # fmt: skip
            if is_first():
                answer(str(weights))
