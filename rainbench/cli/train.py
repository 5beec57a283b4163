"""rainbench train: weights for a learned method."""

import re
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from rainbench.training.loop import Moment


def command(
    method: Annotated[
        str, typer.Option(help="A learned method; NAME@WEIGHTS goes on from these weights.")
    ],
    clean: Annotated[Path, typer.Option(help="A folder of clean photographs.")],
    rain: Annotated[str, typer.Option(help="The style of rain; default: light.")] = "",
    output: Annotated[
        Path | None, typer.Option(help="Checkpoints, log, weights. [default: runs/METHOD-RAIN]")
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Default: the paper's.")] = None,
    batch: Annotated[int | None, typer.Option(min=1, help="Default: the paper's.")] = None,
    patch: Annotated[int | None, typer.Option(min=16, help="Default: the paper's.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Default: the paper's.")] = None,
    schedule: Annotated[
        Literal["milestones", "cosine"], typer.Option(help="How the learning rate falls.")
    ] = "milestones",
    seed: Annotated[int, typer.Option(min=0)] = 0,
    threads: Annotated[int, typer.Option(min=1, help="Part of what decides the bits.")] = 1,
    validation: Annotated[int, typer.Option(min=1, help="Photographs kept apart.")] = 20,
) -> None:
    """Train a learned method on clean photographs under rendered rain; go on after a stop."""
    from rainbench.cli.answer import answering
    from rainbench.rain import DEFAULT_STYLE
    from rainbench.training.rendered import train

    style = rain or DEFAULT_STYLE
    started = monotonic()

    def tell(moment: "Moment") -> None:
        typer.echo(
            f"step {moment.step}/{moment.steps}  loss {moment.loss:.6f}  "
            f"validation {moment.validation_db:.3f} dB y-prenet  "
            f"{moment.patches_per_second:.1f} patches/s  {monotonic() - started:.0f} s",
            err=True,
        )

    with answering() as answer:
        weights = train(
            method, clean=clean, rain=style, steps=steps, batch=batch, patch=patch,
            output=output or Path("runs") / re.sub(r"[^\w.=,-]+", "-", f"{method}-{style}"),
            learning_rate=learning_rate, schedule=schedule, seed=seed, threads=threads,
            validation=validation, on_moment=tell,
            on_warning=lambda text: typer.echo(text, err=True),
        )  # fmt: skip
        answer(str(weights))
