"""rainbench profile: what a method costs on one image."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option, echo

from rainbench.cli import words

if TYPE_CHECKING:
    from rainbench.evidence.profile_record import Profile


def command(
    method: Annotated[str, Argument(help="NAME[.VARIANT][@WEIGHTS][:KEY=VALUE...], ...")],
    weights: Annotated[Path | None, Option(help="A file for the learned method.")] = None,
    size: Annotated[str, Option(help="WIDTHxHEIGHT of the image, in pixels.")] = "512x512",
    engine: Annotated[str, Option(help="auto, torch, native, openvino ...")] = "auto",
    device: words.Device = "auto",
    threads: Annotated[int | None, Option(min=1, help="Of torch and the engine.")] = None,
    rounds: Annotated[int, Option(min=2, help="Timed, after three that warm up.")] = 20,
    out: Annotated[Path, Option("-o", "--out", help="A .json or a folder.")] = Path("profiles"),
    as_json: Annotated[bool, Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Measure parameters, operations, activations, latency and memory; run it alone."""
    from rainbench.cli.answer import answering
    from rainbench.costs.profiling import profile_method, write_profile
    from rainbench.specification import parse_size

    width, height = parse_size(size)
    with answering() as answer:
        found = profile_method(
            method, weights=weights, height=height, width=width, engine=engine, device=device,
            threads=threads, rounds=rounds,
        )  # fmt: skip
        echo(f"written to {write_profile(found, out)}", err=True)
        answer(json.dumps(found.to_json(), indent=1) if as_json else _words(found))


def _words(found: "Profile") -> str:
    from rainbench.render.text import printable

    latency, peak = found.latency, found.peak_bytes
    spread = f"{latency.lower_quartile_s * 1000:.1f} to {latency.upper_quartile_s * 1000:.1f}"
    counts = {"parameters": found.parameters, "MACs": found.macs, "activations": found.activations}
    lines = {name: "-" if count is None else f"{count:,}" for name, count in counts.items()} | {
        "latency": f"{latency.median_s * 1000:.1f} ms ({spread}, {latency.rounds} rounds)",
        "peak memory": "-" if peak is None else f"{peak / 2**20:.0f} MiB",
        "on": f"{found.engine}, {found.dtype}, {found.place}, load {found.load}",
    }
    heading = printable(f"{found.label} on {found.width}x{found.height} pixels")
    told = [heading, "", *(f"{key:14}{printable(text)}" for key, text in lines.items())]
    if found.macs is not None:
        told += ["", f"MACs are {found.MACS}."]
    return "\n".join(told)
