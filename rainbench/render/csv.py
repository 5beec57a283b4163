"""CSV for spreadsheets and scripts: one row a cell, its protocol in a column of its own."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence

from rainbench.evidence.evidence import Measurement
from rainbench.evidence.published import Published
from rainbench.render.text import digits, number, printable
from rainbench.report import Block, Cell, Column, Note, Rank, Table, as_table

# A spreadsheet takes a text that begins so for a formula (OWASP, "CSV Injection"); the wide
# forms too, in East Asian locales.
_FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20")

_FOUND = (
    *("column", "value", "protocol", "dataset", "release", "split"),
    *("psnr_db", "ssim", "images", "of", "marks", "printed_in"),
    *("overlap", "unseen_psnr_db", "unseen_ssim", "psnr_stands", "ssim_stands"),
)

_RANKS: Mapping[Rank, str] = {
    "best": "best",
    "second": "second",
    "tied": "not distinguishable from the best",
    "": "",
}


def render(blocks: Sequence[Block]) -> str:
    r"""Render blocks as one CSV with one heading; lines end in "\n".

    Columns: the table's title, what says which row it is, then the cell: a plain one under
    `value`, a measurement under the others, a published number under those too and with what it
    was printed in, which nothing measured has. Notes are for readers and left out: each mark
    stands in its cell's row, and so does how a score stands to the best. Cells without anything
    are left out too.
    """
    tables = [as_table(block) for block in blocks if not isinstance(block, Note)]
    keys = dict.fromkeys(_key(column) for t in tables for column in t.columns[: t.keys])
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    heading = ["table", *keys, *_FOUND]
    writer.writerow([escape(name) for name in heading])
    for table in tables:
        for line in _lines(table):
            writer.writerow([line.get(name, "") for name in heading])
    return text.getvalue()


def escape(text: str) -> str:
    """Make `text` stand for itself in a spreadsheet; quoting is the csv module's part."""
    text = printable(text)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _key(column: Column) -> str:
    taken = column.title in ("table", *_FOUND)
    return f"{column.title} of the row" if taken else column.title


def _lines(table: Table) -> Iterator[Mapping[str, str]]:
    columns = table.columns
    for r, row in enumerate(table.rows):
        key = {_key(c): _plain(row[i], c) for i, c in enumerate(columns[: table.keys])}
        for index in range(table.keys, len(columns)):
            if row[index] is None:
                continue
            found = _found(row[index], columns[index], table.ranks(r, index))
            column = escape(columns[index].title)
            yield {**key, "table": escape(table.title), "column": column, **found}


def _found(cell: Cell, column: Column, ranks: tuple[Rank, Rank]) -> dict[str, str]:
    if isinstance(cell, Published):
        return _printed(cell)
    if not isinstance(cell, Measurement):
        return {"value": _plain(cell, column)}
    return {
        "protocol": escape(cell.protocol),
        "dataset": escape(cell.dataset),
        "release": escape(cell.release),
        "split": escape(cell.split),
        "psnr_db": number(float(cell.psnr_db), 4),
        "ssim": number(float(cell.ssim), 6),
        "images": str(cell.images),
        "of": str(cell.of),
        "marks": escape("; ".join(cell.marks)),
        "overlap": cell.overlap,
        "psnr_stands": _RANKS[ranks[0]],
        "ssim_stands": _RANKS[ranks[1]],
        **_unseen(cell),
    }


def _unseen(cell: Measurement) -> dict[str, str]:
    rest = cell.unseen
    if rest is None:
        return {"unseen_psnr_db": "", "unseen_ssim": ""}
    return {
        "unseen_psnr_db": number(float(rest.psnr_db), 4),
        "unseen_ssim": number(float(rest.ssim), 6),
    }


def _printed(number: Published) -> dict[str, str]:
    psnr, ssim = digits(number)
    return {
        "protocol": escape(number.protocol),
        "dataset": escape(number.dataset),
        "release": escape(number.release),
        "psnr_db": psnr,
        "ssim": ssim,
        "printed_in": escape(f"{number.key}, {number.place}"),
    }


def _plain(cell: Cell, column: Column) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Measurement):
        return number(float(cell.psnr_db), 4)
    if isinstance(cell, Published):
        return digits(cell)[0]
    return escape(cell) if isinstance(cell, str) else number(cell, column.decimals)
