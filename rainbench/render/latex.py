"""LaTeX tables that pdflatex sets with booktabs and nothing else."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from rainbench.evidence.evidence import Measurement
from rainbench.evidence.published import Published
from rainbench.render.drawing import Drawing
from rainbench.render.print_size import COLUMN
from rainbench.render.print_table import Layout, parted
from rainbench.render.text import number, origin, printable, printed, ranked, standing
from rainbench.report import Block, Cell, Column, Note, Rank, as_table

# What TeX's own alphabet cannot say plainly. Braces after a command keep it from eating the
# space that follows; `{-}` breaks the ligature that makes a dash of "--".
_LETTERS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"{\char36}",  # \$ is drawn from a font that small installations lack
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",  # \textquotedbl needs another font encoding
    "[": "{[}",  # after a line break it would open an optional argument
    "]": "{]}",
    "*": "{*}",  # likewise
    "-": "{-}",
    "`": "{`}",
    "'": "{'}",
    "\u2013": "--",
    "\u2014": "---",
    "\u2018": "`",
    "\u2019": "'",
    "\u201c": "``",
    "\u201d": "''",
    "…": r"\ldots{}",
    "·": r"$\cdot$",
    "\u00d7": r"$\times$",
    "±": r"$\pm$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "∞": r"$\infty$",
    "→": r"$\rightarrow$",
    "°": r"$^\circ$",
    "†": r"$^\dagger$",
    "µ": r"$\mu$",
    "ß": r"\ss{}",
    "æ": r"\ae{}",
    "Æ": r"\AE{}",
    "œ": r"\oe{}",
    "Œ": r"\OE{}",
    "ø": r"\o{}",
    "Ø": r"\O{}",
    "ł": r"\l{}",
    "Ł": r"\L{}",
    "\u0131": r"\i{}",
}

# Combining characters and the commands of the accents (The TeXbook, chapter 9).
_ACCENTS = {
    "\u0300": "`",
    "\u0301": "'",
    "\u0302": "^",
    "\u0303": "~",
    "\u0304": "=",
    "\u0306": "u ",
    "\u0307": ".",
    "\u0308": '"',
    "\u030a": "r ",
    "\u030b": "H ",
    "\u030c": "v ",
    "\u0323": "d ",
    "\u0327": "c ",
    "\u0331": "b ",
}

_RANKS: dict[Rank, str] = {
    "best": r"\textbf{{{}}}",
    "second": r"\underline{{{}}}",
    "tied": r"{}$^\dagger$",
}


def render(blocks: Sequence[Block | Drawing]) -> str:
    r"""Render blocks for the body of a LaTeX document; the text ends in "\n"."""
    body = "\n".join(_block(block) for block in blocks)
    drawn = any(isinstance(block, Drawing) for block in blocks)
    packages = "booktabs, graphicx" if drawn else "booktabs"
    return f"% The preamble needs \\usepackage{{{packages}}}.\n{body}"


def escape(text: str) -> str:
    """Make `text` stand for itself in LaTeX; a letter TeX's fonts lack becomes [U+4E2D]."""
    return "".join(_letter(letter) for letter in printable(text))


def _letter(letter: str) -> str:
    if letter in _LETTERS:
        return _LETTERS[letter]
    if letter.isascii():
        return letter
    base, *accents = list(unicodedata.normalize("NFD", letter))
    if not base.isascii() or not accents or any(accent not in _ACCENTS for accent in accents):
        return f"{{[}}U+{ord(letter):04X}{{]}}"
    for accent in accents:
        base = f"\\{_ACCENTS[accent]}{{{base}}}"
    return f"{{{base}}}"


def _block(block: Block | Drawing) -> str:
    if isinstance(block, Note):
        return f"\\noindent {escape(block.text)}\\par\n"
    if isinstance(block, Drawing):
        return _drawing(block)
    layout = Layout.of(as_table(block))
    parts = layout.parts()
    return "\n".join(
        _float(layout, part, f" ({number} of {len(parts)})" if len(parts) > 1 else "")
        for number, part in enumerate(parts, 1)
    )


def _float(layout: Layout, rows: range, part: str) -> str:
    table, kind = layout.table, "table*" if layout.across else "table"
    return "\n".join(
        [
            rf"\begin{{{kind}}}[htbp]",
            r"\centering",
            rf"\caption{{{escape(table.title + part)}}}",
            r"\footnotesize\setlength{\tabcolsep}{3pt}",
            # A table wider than the text keeps to the middle of the page.
            rf"\makebox[\linewidth]{{\begin{{tabular}}{{{_alignments(layout)}}}%",
            r"\toprule",
            _row([_heading(layout, c) for c in range(len(table.columns))]),
            r"\midrule",
            *(
                _row([_cell(cell, layout, r, c) for c, cell in enumerate(table.rows[r])])
                + r"\addlinespace[2pt]"
                for r in rows
            ),
            r"\bottomrule",
            r"\end{tabular}}",
            rf"\end{{{kind}}}",
            "",
        ]
    )


def _drawing(drawing: Drawing) -> str:
    # As wide as it was drawn, so that its letters keep their size; across both columns where
    # it is wider than one.
    kind = "figure*" if drawing.width > COLUMN else "figure"
    return "\n".join(
        [
            rf"\begin{{{kind}}}[tbp]",
            r"\centering",
            rf"\includegraphics[width={drawing.width:.2f}in]{{\detokenize{{{drawing.file}}}}}",
            rf"\caption{{{escape(drawing.title)}}}",
            rf"\end{{{kind}}}",
            "",
        ]
    )


def _alignments(layout: Layout) -> str:
    return "".join(
        r"p{0.2\linewidth}" if breaks else column.align[0]
        for breaks, column in zip(layout.breaks, layout.table.columns, strict=True)
    )


def _row(cells: Sequence[str]) -> str:
    # \tabularnewline and not \\: \raggedright in a cell gives \\ another meaning.
    return " & ".join(cells) + r" \tabularnewline"


def _heading(layout: Layout, c: int) -> str:
    title, small = layout.headings[c]
    lines = [*map(escape, title), *(rf"\scriptsize {escape(words)}" for words in small)]
    ragged = r"\raggedright " if layout.breaks[c] else ""
    return ragged + _stack(lines, layout.table.columns[c])


def _cell(cell: Cell, layout: Layout, r: int, c: int) -> str:
    column, wide = layout.table.columns[c], layout.wide
    if cell is None:
        return "--"
    if isinstance(cell, Measurement):
        beside = [rf"\scriptsize {escape(words)}" for words in standing(cell)]
        figures = ranked(cell, layout.table.ranks(r, c), _RANKS)
        return _stack([*parted(figures, wide), *beside], column)
    if isinstance(cell, Published):
        beside = [rf"\scriptsize {escape(words)}" for words in origin(cell)]
        digits = parted(printed(cell), wide)
        return _stack([*(rf"\emph{{{words}}}" for words in digits), *beside], column)
    if isinstance(cell, str):
        return rf"\raggedright {_breakable(cell)}" if layout.breaks[c] else escape(cell)
    return number(cell, column.decimals)


def _breakable(text: str) -> str:
    """Let METHOD words and paths break where one would break them by hand."""
    parts = re.split(r"(?<=[:=,/])(?=[A-Za-z])", printable(text))
    return r"\allowbreak{}".join(map(escape, parts))


def _stack(lines: Sequence[str], column: Column) -> str:
    if len(lines) == 1:
        return lines[0]
    inner = r"\\".join(lines)
    return rf"\begin{{tabular}}[t]{{@{{}}{column.align[0]}@{{}}}}{inner}\end{{tabular}}"
