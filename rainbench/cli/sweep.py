"""rainbench sweep: variants, each trained under several seeds and evaluated."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from rainbench.training.watch import Watch


def command(
    sweep: Annotated[
        str, typer.Argument(help="components, scales-dilations, layers-channels, or a .toml file.")
    ],
    dataset: Annotated[list[str], typer.Option(help="NAME[:SPLIT] to train on, or a folder.")],
    test: Annotated[
        list[str] | None, typer.Option(help="What to evaluate on. [default: the test splits]")
    ] = None,
    budget: Annotated[
        str, typer.Option(help="paper, short (a hundredth), steps=N or minutes=N; for each.")
    ] = "short",
    seeds: Annotated[int, typer.Option(min=1, help="Of each variant.")] = 3,
    output: Annotated[
        Path | None, typer.Option(help="[default: runs/sweep-NAME-DATA/VARIANT/seed-N]")
    ] = None,
    results: Annotated[Path, typer.Option(help="The folder of results.")] = Path("results"),
    leave_out: Annotated[str, typer.Option(help="As `rainbench train` has it.")] = "all",
    batch: Annotated[int | None, typer.Option(min=1, help="Default: the paper's.")] = None,
    patch: Annotated[int | None, typer.Option(min=16, help="Default: the paper's.")] = None,
    schedule: Annotated[
        Literal["milestones", "cosine"], typer.Option(help="How the learning rate falls.")
    ] = "milestones",
    threads: Annotated[int, typer.Option(min=1)] = 1,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")] = "cpu",
    validation: Annotated[int | None, typer.Option(min=1, help="Scenes kept apart.")] = None,
    every: Annotated[int, typer.Option(min=1, help="Steps between checkpoints.")] = 500,
    limit: Annotated[int | None, typer.Option(min=1, help="Evaluate only so many pairs.")] = None,
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

        def watch(variant: str, seed: int) -> "Watch":
            return display.watch(home, name=f"{variant}, seed {seed}")

        for trial in run_sweep(
            found, dataset, output=home, results=results, tests=test or (), seeds=seeds,
            limit=limit, watch=watch, budget=budget, leave_out=leave_out, batch=batch,
            patch=patch, schedule=schedule, threads=threads, device=device,
            validation=validation, every=every,
        ):  # fmt: skip
            trials.append(trial)
        answer(render(sweep_blocks(found, trials), "markdown"))
    if any(trial.problem for trial in trials):
        raise typer.Exit(1)
