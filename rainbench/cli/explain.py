"""rainbench explain: which protocol gives this published number?"""

from pathlib import Path
from typing import Annotated

import typer


def command(
    psnr: Annotated[str, typer.Argument(metavar="PSNR", help="In dB, with all digits printed.")],
    dataset: Annotated[str, typer.Option(help="NAME, NAME:SPLIT, or a folder of pairs.")],
    ssim: Annotated[str | None, typer.Option(help="With all digits printed.")] = None,
    method: Annotated[str | None, typer.Option(help="A method to de-rain with.")] = None,
    weights: Annotated[Path | None, typer.Option(help="A file for the method.")] = None,
    restored: Annotated[Path | None, typer.Option(help="A folder of restored pictures.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many images.")] = None,
    partial: Annotated[bool, typer.Option("--partial", help="Accept missing pictures.")] = False,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Rank every protocol by how near it comes to a published number on the same pictures."""
    from rainbench.cli.answer import answering
    from rainbench.cli.display import Display
    from rainbench.data.opening import open_dataset
    from rainbench.metrics.explain import explain_number
    from rainbench.metrics.explanation import as_blocks
    from rainbench.render import render

    with answering() as answer, Display() as display:
        opened = open_dataset(dataset, partial=partial)
        display.found(opened)
        total = min(limit or len(opened.pairs), len(opened.pairs))
        found = explain_number(
            psnr, opened, ssim=ssim, method=method, weights=weights, restored=restored,
            some=partial, limit=limit, device=device,
            on_image=lambda done: display.count("explain", done, total),
        )  # fmt: skip
        data = f"{opened.title}, release {opened.release}, split {opened.split}"
        answer(render(as_blocks(found, data), "json" if as_json else "markdown"))
