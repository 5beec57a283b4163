"""What `rainbench data audit --json` printed, kept in a file, read again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rainbench.data.audit import Audit, Match
from rainbench.errors import ResultsError
from rainbench.runs.document import Fields, parse

SUFFIX = ".json"

SCHEMA = 1


def is_audit(path: Path) -> bool:
    """Whether a file is a kept audit, as far as its first bytes say."""
    if path.suffix != SUFFIX:
        return False
    with path.open("rb") as file:
        return b'"audits"' in file.read(64)


def read_audits(path: Path) -> tuple[Audit, ...]:
    """Read a kept audit. Raises ResultsError where it cannot be trusted."""
    place = str(path)
    fields = Fields(parse(path.read_bytes(), place), place)
    if fields.whole("schema") > SCHEMA:
        fields.refuse("schema", f"at most {SCHEMA}")
    try:
        return tuple(_read(each) for each in fields.document["audits"])
    except (KeyError, TypeError, ValueError) as error:
        raise ResultsError(
            expected="what `rainbench data audit --json` prints",
            got=f"{path} ({error})",
            now="write it again",
        ) from error


def _read(document: Mapping[str, Any]) -> Audit:
    one, other = document["images"]
    return Audit(
        train=str(document["train"]),
        test=str(document["test"]),
        images=(int(one), int(other)),
        unread=tuple(map(str, document["unread"])),
        matches=tuple(Match(**row) for row in document["rows"]),
    )
