"""JSON for other programs: one document, every field of every block."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from hashlib import sha256
from typing import TypeAlias

from rainbench.report import Block

SCHEMA = 1
"""The version of what `--json` prints; fields are added, never changed."""

Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | float | bool | None"


def render(blocks: Sequence[Block]) -> str:
    r"""Render blocks as one JSON document; it ends in "\n"."""
    document = {"schema": SCHEMA, "blocks": [_fields(block) for block in blocks]}
    return json.dumps(document, indent=1, allow_nan=False) + "\n"


def escape(value: object) -> Json:
    """Turn a block's value into JSON's; numbers without end become "inf" and "nan".

    Text needs no more than json's own escaping: it writes ASCII, control characters escaped.
    """
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, str | int | float) or value is None:
        return value
    if isinstance(value, bytes):
        return f"sha256:{sha256(value).hexdigest()}"  # a picture, by its file's digest
    if is_dataclass(value):
        return _fields(value)
    if isinstance(value, tuple | list):
        return [escape(item) for item in value]
    return str(value)


def _fields(value: object) -> Mapping[str, Json]:
    names = [field.name for field in fields(value)] if is_dataclass(value) else []
    return {
        "kind": type(value).__name__.lower(),
        **{name: escape(getattr(value, name)) for name in names},
    }
