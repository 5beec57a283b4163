"""What results must cite: the suite, their methods and their datasets, as BibTeX entries."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import rainbench
from rainbench.errors import RainbenchError
from rainbench.registry import find_dataset, find_method

if TYPE_CHECKING:
    from rainbench.method import Paper

Kind = Literal["article", "inproceedings", "misc"]

# What venues call themselves where they are journals and not conferences.
_JOURNAL = re.compile(r"Transactions|Journal|Letters|Magazine|Applications|Review")
_PREPRINT = re.compile(r"arXiv", re.IGNORECASE)
_VENUE: Mapping[Kind, str] = {
    "article": "journal",
    "inproceedings": "booktitle",
    "misc": "howpublished",
}
# What begins a title and tells it from no other.
_SMALL = {"a", "an", "the", "on", "from", "for", "in", "to", "towards", "toward", "not", "just"}

UNNAMED = "authors not stated"
"""What `Paper.authors` says where the copy at hand names none."""
UNTITLED = "title not stated"


@dataclass(frozen=True, kw_only=True)
class Citation:
    """One BibTeX entry, its fields as plain text."""

    kind: Kind
    key: str
    fields: Mapping[str, str]
    """In the order that they are printed; texts as they read, not escaped."""
    authors: tuple[str, ...] = ()
    of: tuple[str, ...] = ()
    """What of the results it is: "method prenet", "dataset rain100l"."""


@dataclass(frozen=True)
class Citations:
    """All that results must cite, and what has nothing to be cited."""

    entries: tuple[Citation, ...]
    without: tuple[str, ...] = ()
    """Methods and datasets without a paper, or that are not installed, a sentence each."""


def cite_results(results: str | Path) -> Citations:
    """Gather what a folder or a zip of results must cite.

    Papers are those that the methods' and the datasets' own files name; one paper is one entry.
    Raises UsageError where there are no results, ResultsError where they cannot be trusted.
    """
    from rainbench.evidence.evidence import read_records
    from rainbench.exchange.bundle import opened_results

    with opened_results(results) as folder:
        runs = [record.header.run for record in read_records(folder)]
    papers: dict[object, tuple[Paper, list[str]]] = {}
    without: list[str] = []
    for what, name in _named(runs_of=[(run.method, run.dataset) for run in runs]):
        paper, why = _paper(what, name)
        if paper is None:
            without.append(f"{what} {name}: {why}")
        else:
            same = (paper.title, paper.year) if paper.title else paper
            papers.setdefault(same, (paper, []))[1].append(f"{what} {name}")
    entries = [_entry(paper, of) for paper, of in papers.values()]
    return Citations((suite_citation(), *_with_own_keys(entries)), tuple(without))


def suite_citation() -> Citation:
    """Cite the suite itself, as CITATION.cff does."""
    return Citation(
        kind="misc",
        key="rainbench",
        authors=("The rainbench authors",),
        fields={
            "title": "rainbench: the benchmark and comparison suite for single-image de-raining",
            "howpublished": "Software",
            "note": f"Version {rainbench.__version__}",
            "year": "2026",
        },
        of=("the suite",),
    )


def _named(runs_of: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    pairs = list(runs_of)
    methods = [("method", name) for name in sorted({method for method, _ in pairs})]
    return [*methods, *(("dataset", name) for name in sorted({data for _, data in pairs}))]


def _paper(what: str, name: str) -> tuple[Paper | None, str]:
    """Find the paper of a method or a dataset; else say why there is none."""
    try:
        value = find_method(name).value if what == "method" else find_dataset(name)
    except RainbenchError:
        return None, "not installed here"
    return value.paper, "has no paper"


def _entry(paper: Paper, of: Sequence[str]) -> Citation:
    authors = () if paper.authors == UNNAMED else tuple(paper.authors.split(", "))
    kind, key = _kind(paper, authors), _key(paper, authors, of)
    missing = [*([] if paper.title else [UNTITLED]), *([] if authors else [UNNAMED])]
    fields = {
        "title": paper.title,
        # What styles sort and label by where there is no author.
        "key": "" if authors else key,
        _VENUE[kind]: paper.venue,
        "year": "" if paper.year is None else str(paper.year),
        "url": paper.url,
        "note": "; ".join([*filter(None, [paper.remark]), *missing]),
    }
    said = {name: value for name, value in fields.items() if value}
    return Citation(kind=kind, key=key, fields=said, authors=authors, of=tuple(of))


def _kind(paper: Paper, authors: Sequence[str]) -> Kind:
    # An article or a paper of a conference without author or title, BibTeX complains of.
    if not (paper.title and authors) or _PREPRINT.search(paper.venue):
        return "misc"
    return "article" if _JOURNAL.search(paper.venue) else "inproceedings"


def _key(paper: Paper, authors: Sequence[str], of: Sequence[str]) -> str:
    words = [word for word in _letters(paper.title).split() if word not in _SMALL]
    if not paper.title:
        words = _letters(of[0]).split()[-1:] if of else []
    first = _letters(authors[0]).split()[-1] if authors else "unnamed"
    return f"{first}{paper.year or ''}{words[0] if words else ''}"


def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(re.findall(r"[a-z0-9]+", kept)) or "x"


def _with_own_keys(entries: Iterable[Citation]) -> list[Citation]:
    """Give entries of one key a letter each: "fu2017removingb"."""
    taken: dict[str, int] = {}
    found = []
    for entry in entries:
        count = taken[entry.key] = taken.get(entry.key, 0) + 1
        letter = "" if count == 1 else chr(ord("a") + count - 1)
        found.append(replace(entry, key=f"{entry.key}{letter}"))
    return found
