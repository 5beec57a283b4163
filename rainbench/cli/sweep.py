"""rainbench sweep: variants, each trained under several seeds and evaluated."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Exit, Option

from rainbench.cli import words


def command(
    sweep: Annotated[str, Argument(help="components, scales-dilations, layers-channels, a .toml.")],
    dataset: Annotated[list[str], Option(help="NAME[:SPLIT] to train on, or a folder.")],
    test: Annotated[list[str] | None, Option(help="[default: their test splits]")] = None,
    budget: words.Budget = "short",
    seeds: Annotated[int, Option(min=1, help="Of each variant.")] = 3,
    jobs: Annotated[int, Option(min=1, help="Trainings at a time, a process each.")] = 1,
    output: Annotated[Path | None, Option(help="[default: runs/sweep-NAME-DATA]")] = None,
    results: words.Results = Path("results"),
    leave_out: words.LeaveOut = "all",
    batch: words.Batch = None,
    patch: words.Patch = None,
    schedule: words.Schedule = "milestones",
    loss: words.Loss = "own",
    arithmetic: words.Arithmetic = "auto",
    threads: words.Threads = 1,
    device: words.Device = "cpu",
    validation: words.Validation = None,
    every: words.Every = None,
    limit: Annotated[int | None, Option(min=1, help="Evaluate only so many pairs.")] = None,
) -> None:
    """Train and evaluate variants under several seeds; what is done is not done again."""
    from rainbench.cli.answer import answering
    from rainbench.cli.course import CourseDisplay
    from rainbench.render import render
    from rainbench.training.job import run_folder
    from rainbench.training.sweep import find_sweep, run_sweep
    from rainbench.training.verdict import sweep_blocks

    found = find_sweep(sweep)
    home = output or run_folder(f"sweep-{found.name}", dataset)
    trials = []
    with answering() as answer, CourseDisplay() as display:
        for trial in run_sweep(
            found, dataset, output=home, results=results, tests=test or (), seeds=seeds,
            jobs=jobs, limit=limit, on_note=display.say, budget=budget, leave_out=leave_out,
            batch=batch, patch=patch, schedule=schedule, loss=loss, arithmetic=arithmetic,
            threads=threads, device=device, validation=validation, every=every,
            watch=lambda variant, seed: display.watch(home, name=f"{variant}, seed {seed}"),
        ):  # fmt: skip
            trials.append(trial)
        answer(render(sweep_blocks(found, trials), "markdown"))
    if any(trial.problem for trial in trials):
        raise Exit(1)
