"""rainbench derain: the rain out of someone's own photographs."""

from pathlib import Path
from typing import Annotated

import typer


def command(
    photos: Annotated[list[Path], typer.Argument(help="PNG, JPEG or TIFF files.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="A file for one photo, or a folder.")],
    method: Annotated[
        str | None, typer.Option(help="NAME[.VARIANT][@WEIGHTS] or a .py file; left out: chosen.")
    ] = None,
    weights: Annotated[Path | None, typer.Option(help="A file for the learned method.")] = None,
    tile: Annotated[int | None, typer.Option(min=1, help="In pixels; left out: chosen.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")] = "auto",
    engine: Annotated[str, typer.Option(help="auto, torch, native, openvino ...")] = "auto",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what is there.")] = False,
) -> None:
    """Take the rain out of photographs; grey, alpha, 16 bit, ICC profile and EXIF are kept."""
    from rainbench.cli.answer import answering
    from rainbench.cli.photos import PhotoDisplay
    from rainbench.restorers.restoration import Restored, derain_photos

    with answering() as answer, PhotoDisplay() as display:
        outcomes = derain_photos(
            photos, out, method=method, weights=weights, tile=tile, device=device,
            engine=engine, overwrite=overwrite, on_method=display.begin,
            on_remark=display.say, on_step=display.step,
            on_outcome=display.end,
        )  # fmt: skip
        restored = [each for each in outcomes if isinstance(each, Restored)]
        for each in restored:
            answer(str(each.out))
    if len(restored) < len(outcomes):
        raise typer.Exit(1)
