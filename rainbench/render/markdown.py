"""Markdown as GitHub reads it, aligned so that a terminal can read it too."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tabulate import tabulate

from rainbench.evidence.evidence import Measurement
from rainbench.evidence.published import Published
from rainbench.render.drawing import Drawing
from rainbench.render.text import number, origin, printable, printed, ranked, standing
from rainbench.report import Block, Cell, Column, Note, Rank, Table, as_table

# Characters that open something anywhere in a line. An underscore between letters opens
# nothing, and "msfm.no_dense" should stay what one types.
_SPECIAL = re.compile(r"[\\`*\[\]|~$]|(?<![^\W_])_|_(?![^\W_])")

# What opens a heading, a list, a quotation or a rule at the start of a line: "+0.3" and "27.01"
# open nothing, for a list's sign wants a space behind it.
_OPENING = re.compile(r"^(?:([-+](?=\s|$)|-(?=[-\s]+$)|[=#>])|(\d+)([.)])(?=\s|$))")

# What begins a tag or a character's name; "p < 0.05" and "a & b" are what they are.
_NAMED = re.compile(r"<(?=[A-Za-z/!?]|$)|&(?=[#A-Za-z]|$)|^>")

# GitHub draws <ins> underlined and lets no <u> pass.
_RANKS: dict[Rank, str] = {"best": "**{}**", "second": "<ins>{}</ins>", "tied": "{}†"}

_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def render(blocks: Sequence[Block | Drawing]) -> str:
    r"""Render blocks as Markdown, an empty line between two; the text ends in "\n"."""
    return "\n".join(_block(block) for block in blocks)


def escape(text: str) -> str:
    """Make `text` stand for itself wherever it is put in a Markdown line."""
    text = _SPECIAL.sub(r"\\\g<0>", printable(text))
    text = _OPENING.sub(_escaped_opening, text)
    return _NAMED.sub(lambda match: _HTML[match[0]], text)


def _escaped_opening(match: re.Match[str]) -> str:
    if match[1] is None:
        return f"{match[2]}\\{match[3]}"
    return match[1] if match[1] == ">" else f"\\{match[1]}"


def _block(block: Block | Drawing) -> str:
    if isinstance(block, Note):
        return f"{escape(block.text)}\n"
    if isinstance(block, Drawing):
        title = escape(block.title)
        return f"![{title}](<{block.file}>)\n\n*{title}*\n"
    table = as_table(block)
    return f"**{escape(table.title)}**\n\n{_grid(table)}\n"


def _grid(table: Table) -> str:
    rows = [
        [_cell(cell, table.columns[c], table.ranks(r, c)) for c, cell in enumerate(row)]
        for r, row in enumerate(table.rows)
    ]
    return tabulate(
        rows,
        headers=[_heading(column) for column in table.columns],
        tablefmt="pipe",
        colalign=[column.align for column in table.columns] if rows else None,
        disable_numparse=True,
    )


def _heading(column: Column) -> str:
    return escape(f"{column.title}, {column.unit}" if column.unit else column.title)


def _cell(cell: Cell, column: Column, ranks: tuple[Rank, Rank]) -> str:
    if cell is None:
        return "-"
    if isinstance(cell, Measurement):
        return f"{ranked(cell, ranks, _RANKS)} ({escape(', '.join(standing(cell)))})"
    if isinstance(cell, Published):
        return f"*{printed(cell)}* ({escape(', '.join(origin(cell)))})"
    return escape(cell) if isinstance(cell, str) else number(cell, column.decimals)
