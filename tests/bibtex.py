"""A strict reader of BibTeX, for tests: what it accepts, bibtex and biber accept."""

import re

_OPENING = re.compile(r"@([a-z]+)\{([A-Za-z][A-Za-z0-9:._-]*),\s*")
_FIELD = re.compile(r"([a-z]+) = \{")


def read_bibtex(text: str) -> dict[str, tuple[str, dict[str, str]]]:
    """Read entries by key: kind and fields. Raises ValueError for anything out of place."""
    entries: dict[str, tuple[str, dict[str, str]]] = {}
    place = 0
    while place < len(text):
        line_end = text.find("\n", place) + 1 or len(text)
        line = text[place:line_end].strip()
        if not line or line.startswith("%"):
            if "@" in line:
                raise ValueError(f"an entry would begin in {line!r}")
            place = line_end
            continue
        opening = _OPENING.match(text, place)
        if opening is None:
            raise ValueError(f"no entry at {line!r}")
        fields, place = _read_fields(text, opening.end())
        if opening[2] in entries:
            raise ValueError(f"two entries of the key {opening[2]}")
        entries[opening[2]] = opening[1], fields
    return entries


def _read_fields(text: str, place: int) -> tuple[dict[str, str], int]:
    fields: dict[str, str] = {}
    while text[place] != "}":
        match = _FIELD.match(text, place)
        if match is None or match[1] in fields:
            raise ValueError(f"no field of its own at {text[place : place + 30]!r}")
        value, place = _braced(text, match.end())
        fields[match[1]] = value
        separator = re.compile(r",\s*|\s*(?=\})").match(text, place)
        if separator is None:
            raise ValueError(f"neither a comma nor an end at {text[place : place + 30]!r}")
        place = separator.end()
    return fields, place + 1


def _braced(text: str, place: int) -> tuple[str, int]:
    """Read up to the brace that closes; BibTeX counts all of them, escaped or not."""
    depth, start = 1, place
    while depth:
        if place >= len(text):
            raise ValueError("a brace that is never closed")
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        place += 1
    return text[start : place - 1], place
