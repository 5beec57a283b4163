"""Options that several verbs share, each with its one help text."""

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from typer import Option

Arithmetic: TypeAlias = Annotated[
    Literal["auto", "torch", "native"], Option(help="Whose kernels; native needs a C compiler.")
]
Batch: TypeAlias = Annotated[int | None, Option(min=1, help="Default: the paper's.")]
Budget: TypeAlias = Annotated[
    str, Option(help="paper, short (a hundredth), steps=N, pixels=N, minutes=N.")
]
Device: TypeAlias = Annotated[str, Option(help="auto, cpu, cuda or cuda:N.")]
Every: TypeAlias = Annotated[
    int | None,
    Option(min=1, help="Steps between checkpoints. [default: a fifth of all, 500 at most]"),
]
LeaveOut: TypeAlias = Annotated[
    str, Option(help="Test sets whose scenes are left out: all, none, names.")
]
Loss: TypeAlias = Annotated[Literal["own", "mse"], Option(help="The paper's, or one for all.")]
Patch: TypeAlias = Annotated[int | None, Option(min=16, help="Default: the paper's.")]
Precision: TypeAlias = Annotated[Literal["float32", "bf16"], Option(help="What is computed in.")]
Results: TypeAlias = Annotated[Path, Option(help="The folder of results.")]
Schedule: TypeAlias = Annotated[Literal["milestones", "cosine"], Option(help="How the rate falls.")]
Threads: TypeAlias = Annotated[int, Option(min=1, help="Part of what decides the bits.")]
Validation: TypeAlias = Annotated[
    int | None, Option(min=1, help="Scenes kept apart. [default: a tenth, or 20 of --clean]")
]
