"""Numbers that others have printed, each with its data, protocol and source."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from rainbench.errors import PluginError
from rainbench.evidence.marks import NOT_STATED
from rainbench.protocol import find_protocol

FILE = Path(__file__).with_name("published.toml")

_SCORE = re.compile(r"(?P<psnr>\d+(?:\.(?P<psnr_d>\d+))?)?/(?P<ssim>[01](?:\.(?P<ssim_d>\d+))?)?")

_SOURCE = {"key", "cited", "protocol", "notes", "table"}
_TABLE = {"place", "columns", "rows", "protocol", "trained_on", "notes"}
_COLUMN = {"data", "release", "called", "protocol", "trained_on", "notes"}
_ROW = {"method", "words", "scores", "weights", "parameters", "trained_on", "notes"}

IN_DOMAIN = "in-domain"
NOTHING = "nothing"


@dataclass(frozen=True, kw_only=True)
class Published:
    """A PSNR and an SSIM as somebody printed them: beside measured ones, never among them."""

    method: str
    """As the source calls it."""
    words: str = ""
    """The same method here, as METHOD words without weights; empty: there is none."""
    weights: str = ""
    """The published file that the number belongs to, by its name here; empty: not at hand."""
    trained_on: str | None
    """None: nothing is trained. Else "rain200h:train", or "not stated"."""
    dataset: str
    release: str
    called: str
    """What the source calls the data: "Rain100H" of what is rain200h here."""
    protocol: str
    """A protocol's name; words with a space in them where it is none of these: "not stated"."""
    psnr_db: float | None
    """In dB; None: not printed."""
    ssim: float | None
    psnr_decimals: int = 2
    """Decimals printed."""
    ssim_decimals: int = 4
    parameters: int | None = None
    """Printed beside it; None: not printed."""
    key: str
    """The source in a word or two, as it stands beside the number."""
    place: str
    """Where in the source: "table 1"."""
    cited: str
    """The source in full."""
    caveats: tuple[str, ...] = ()
    """What must be known of the source, a sentence each."""
    notes: tuple[str, ...] = ()
    """What must be known of this number, a sentence each."""

    @property
    def data(self) -> str:
        """Name the data as measurements do: "rain200h (2018)"."""
        return f"{self.dataset} ({self.release})"


def cite(numbers: Iterable[Published]) -> tuple[str, ...]:
    """Cite what the numbers were printed in, a paragraph a source, with all that must be known."""
    sources: dict[str, list[Published]] = {}
    for number in numbers:
        sources.setdefault(number.key, []).append(number)
    said = []
    for key, of in sources.items():
        places = dict.fromkeys(number.place for number in of)
        notes = dict.fromkeys(note for number in of for note in number.notes)
        head = f"{key}: {of[0].cited}; {', '.join(places)}."
        said.append(" ".join([head, *of[0].caveats, *notes]))
    return tuple(said)


@cache
def published_numbers() -> tuple[Published, ...]:
    """Return the published numbers that ship with the suite, in the order of their file."""
    return read_published(FILE.read_text(encoding="utf-8"), str(FILE))


def read_published(text: str, place: str) -> tuple[Published, ...]:
    """Read published numbers from TOML, in the form that published.toml explains.

    Raises PluginError, naming the place, for whatever is not in that form: an unknown key or
    protocol, a row of another length than the columns, a score that is none.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _broken(place, "TOML", str(error)) from error
    source = _Entry(document, place, {"source"})
    return tuple(number for each in source.entries("source", _SOURCE) for number in _read(each))


@dataclass(frozen=True)
class _Entry:
    """One table of the file: each value taken by its type, and no key that nobody reads."""

    document: Mapping[str, Any]
    place: str
    known: set[str]

    def __post_init__(self) -> None:
        unknown = sorted(set(self.document) - self.known)
        if unknown:
            raise _broken(self.place, f"keys among {sorted(self.known)}", unknown[0])

    def text(self, key: str, default: str | None = None) -> str:
        value = self.document.get(key, default)
        return value if isinstance(value, str) else self.refuse(key, "a text")

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.document.get(key, [])
        good = isinstance(value, list) and all(isinstance(each, str) for each in value)
        return tuple(value) if good else self.refuse(key, "a list of texts")

    def count(self, key: str) -> int | None:
        value = self.document.get(key)
        good = value is None or (type(value) is int and value > 0)
        return value if good else self.refuse(key, "a count")

    def entries(self, key: str, known: set[str]) -> tuple[_Entry, ...]:
        value = self.document.get(key)
        if not isinstance(value, list) or not value or not all(isinstance(v, dict) for v in value):
            self.refuse(key, "tables")
        return tuple(_Entry(v, f"{self.place}, {key} {n}", known) for n, v in enumerate(value, 1))

    def refuse(self, key: str, expected: str) -> NoReturn:
        raise _broken(self.place, f"{expected} as {key!r}", repr(self.document.get(key)))


def _read(source: _Entry) -> Iterator[Published]:
    for table in source.entries("table", _TABLE):
        columns = table.entries("columns", _COLUMN)
        for row in table.entries("rows", _ROW):
            scores, weights = row.texts("scores"), row.texts("weights") or ("",) * len(columns)
            if not len(scores) == len(weights) == len(columns):
                row.refuse("scores", f"{len(columns)} scores, and weights or none")
            for column, score, file in zip(columns, scores, weights, strict=True):
                if score:
                    yield _number(source, table, column, row, score, file)


def _number(
    source: _Entry, table: _Entry, column: _Entry, row: _Entry, score: str, weights: str
) -> Published:
    match = _SCORE.fullmatch(score)
    if match is None or score == "/":
        row.refuse("scores", "PSNR/SSIM")
    dataset = column.text("data")
    return Published(
        method=row.text("method"),
        words=row.text("words", ""),
        weights=weights,
        trained_on=_trained_on(dataset, (row, column, table)),
        dataset=dataset,
        release=column.text("release"),
        called=column.text("called"),
        protocol=_protocol((column, table, source)),
        psnr_db=float(match["psnr"]) if match["psnr"] else None,
        ssim=float(match["ssim"]) if match["ssim"] else None,
        psnr_decimals=len(match["psnr_d"] or ""),
        ssim_decimals=len(match["ssim_d"] or ""),
        parameters=row.count("parameters"),
        key=source.text("key"),
        place=table.text("place"),
        cited=source.text("cited"),
        caveats=source.texts("notes"),
        notes=(*table.texts("notes"), *column.texts("notes"), *row.texts("notes")),
    )


def _trained_on(dataset: str, entries: Sequence[_Entry]) -> str | None:
    said = next((e.text("trained_on") for e in entries if "trained_on" in e.document), IN_DOMAIN)
    if said == NOTHING:
        return None
    return f"{dataset}:train" if said == IN_DOMAIN else said


def _protocol(entries: Sequence[_Entry]) -> str:
    said = next((e.text("protocol") for e in entries if "protocol" in e.document), NOT_STATED)
    return said if " " in said else find_protocol(said).name


def _broken(place: str, expected: str, got: str) -> PluginError:
    return PluginError(expected=f"{expected} in {place}", got=got, now="mend the file")
