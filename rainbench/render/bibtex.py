"""BibTeX that bibtex and biber read: balanced braces, TeX's own characters spelt out."""

from __future__ import annotations

from rainbench.evidence.citation import Citation, Citations
from rainbench.render import latex
from rainbench.render.text import printable

# BibTeX counts every brace, escaped or not: those of a text become commands.
_LETTERS = {
    "\\": r"{\textbackslash}",
    "{": r"{\textbraceleft}",
    "}": r"{\textbraceright}",
    "%": r"\%",
    "&": r"\&",
    "#": r"\#",
    "$": r"\$",
    "_": r"\_",
    "^": r"{\textasciicircum}",
    "~": r"{\textasciitilde}",
}

HEAD = "% Authors by surname, as the suite knows them: complete them from the publisher's record."


def render(citations: Citations) -> str:
    r"""Render entries, an empty line between two; the text ends in "\n"."""
    without = [f"% Not cited: {_comment(words)}." for words in citations.without]
    return "\n".join([HEAD, *without, "", *map(_entry, citations.entries)])


def escape(text: str) -> str:
    """Make `text` stand for itself in a BibTeX field."""
    return "".join(
        _LETTERS.get(letter, letter) if letter.isascii() else latex.escape(letter)
        for letter in printable(text)
    )


def _entry(entry: Citation) -> str:
    fields = {name: f"{{{escape(value)}}}" for name, value in entry.fields.items()}
    if "title" in fields:  # inner braces keep a style from lowering letters
        fields["title"] = f"{{{fields['title']}}}"
    if entry.authors:
        names = " and ".join(map(_author, entry.authors))
        fields = {"author": f"{{{names}}}", **fields}
    lines = ",\n".join(f"  {name} = {value}" for name, value in fields.items())
    of = _comment(", ".join(entry.of))
    return f"% {of}\n@{entry.kind}{{{entry.key},\n{lines}\n}}\n"


def _author(name: str) -> str:
    """Write a name; a group's, or one that holds BibTeX's own word, is one whole."""
    whole = name.casefold().startswith("the ") or " and " in f" {name.casefold()} " or "," in name
    return f"{{{escape(name)}}}" if whole else escape(name)


def _comment(text: str) -> str:
    # An @ would begin an entry.
    return printable(text).replace("@", "(at)")
