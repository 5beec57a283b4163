"""rainbench data audit: what two sets of pictures share."""

import json
from typing import Annotated

import typer


def command(
    train: Annotated[str, typer.Argument(help="NAME[:SPLIT], or a folder of clean pictures.")],
    tests: Annotated[
        list[str] | None, typer.Argument(metavar="[TEST]...", help="Sets to hold it against.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Find training images that show a scene of a test set, or repeats inside one set.

    By pixels alone: equal, cropped, flipped, resized or re-coded clean pictures. A set is a
    dataset, a split of one (rain800:train), or a folder. Exit status 0 whatever is found.
    """
    from rainbench.cli.answer import answering
    from rainbench.data.audit import audit_datasets
    from rainbench.render.text import printable

    with answering() as answer:
        audits = audit_datasets(train, tests or ())
        if as_json:
            answer(json.dumps({"schema": 1, "audits": [each.to_json() for each in audits]}))
            return
        for each in audits:
            for match in each.matches:
                names = f"{each.train}/{match.train}  {each.test}/{match.test}"
                answer(f"  {printable(f'{names}  {match.kind}  {match.correlation:.3f}')}")
            for name in each.unread:
                answer(f"  cannot be decoded: {printable(name)}")
            answer(printable(str(each)))
