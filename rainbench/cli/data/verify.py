"""rainbench data verify: is an installed dataset what was published."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rainbench.data.verification import Verification

# Missing files that are named before the rest is counted; --json names them all.
NAMED = 20


def command(
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME[:SPLIT]...")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every dataset that is installed.")] = False,
    folder: Annotated[Path | None, typer.Option(help="Where the one dataset's files lie.")] = None,
    partial: Annotated[
        bool, typer.Option("--partial", help="A part of it is meant: the rest is not missing.")
    ] = False,
    fingerprint: Annotated[
        bool, typer.Option("--fingerprint", help="Score the input even where digests prove it.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Check datasets against what was published: counts, digests, the rainy input's score.

    Names each file that is missing, extra, damaged, re-encoded, swapped or of another release.
    Exit status 0 only where all is as published.
    """
    from rainbench.cli.answer import answering
    from rainbench.data.verify import stamp_parts, verify_all, verify_datasets

    with answering() as answer:
        if every:
            found = verify_all(partial=partial, fingerprint=fingerprint)
        else:
            found = verify_datasets(
                names or [], folder=folder, partial=partial, fingerprint=fingerprint
            )
        stamp_parts(found)
        if as_json:
            document = {"schema": 1, "splits": [each.to_json() for each in found]}
            answer(json.dumps(document, indent=1))
        else:
            answer("\n".join(line for each in found for line in _lines(each)))
    if not all(each.as_published for each in found):
        raise typer.Exit(1)


def _lines(found: "Verification") -> list[str]:
    from rainbench.render.text import printable

    head = f"{found.dataset}:{found.split} ({found.release}) in {found.folder}"
    lines = [printable(head), f"  {found}"]
    for name, (measured, stated) in found.fingerprint.items():
        lines.append(
            f"  input under {name}: {measured.psnr_db:.4f} dB / {measured.ssim:.4f}, "
            f"published {stated.psnr_db:g} / {stated.ssim:g}"
        )
    missing = [each for each in found.findings if each.word == "missing"]
    for finding in [each for each in found.findings if each not in missing[NAMED:]]:
        words = (finding.file, *([finding.detail] if finding.detail else []))
        lines.append(f"  {finding.word:16}{printable(': '.join(words))}")
    if missing[NAMED:]:
        lines.append(f"  {'missing':16}{len(missing) - NAMED} more, which --json names")
    return lines
