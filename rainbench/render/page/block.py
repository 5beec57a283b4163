"""A report's blocks as the page's script takes them: texts ready to print, and what sorts them."""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rainbench.evidence.evidence import Measurement
from rainbench.evidence.published import Published
from rainbench.grid import PictureGrid, Zoom
from rainbench.render.text import digits, number, origin, printable, printed, scores, standing
from rainbench.report import Block, Cell, Column, Figure, Note, Rank, Table, as_table

Json = dict[str, Any]

NO_END = "Infinity"
"""How a number without end is written: JSON has none, and JavaScript's Number() reads this."""

Address = Callable[[bytes], str]
"""Where the script finds a PNG file: beside the page, or inside it."""


def inside(png: bytes) -> str:
    """Write a picture into the page itself."""
    return f"data:image/png;base64,{b64encode(png).decode()}"


def block_to_json(
    block: Block, runs: Mapping[str, Sequence[str]], address: Address = inside
) -> Json:
    """Turn a block into JSON: its kind and fields, and, where it is drawn, its table too.

    `runs` are the ids of the runs that a text in a cell is the name of.
    """
    if isinstance(block, Note):
        return {"kind": "note", "text": printable(block.text)}
    if isinstance(block, Figure):
        return {**_figure(block), "table": _table(as_table(block), runs)}
    if isinstance(block, PictureGrid):
        return {**_grid(block, address), "table": _table(as_table(block), runs)}
    return _table(block, runs)


def finite(value: float, decimals: int) -> float | str:
    """Round a number for JSON, or write that it has no end."""
    if math.isfinite(value):
        return round(value, decimals)
    return NO_END if value > 0 else f"-{NO_END}" if value < 0 else "NaN"


def _table(table: Table, runs: Mapping[str, Sequence[str]]) -> Json:
    return {
        "kind": "table",
        "title": printable(table.title),
        "keys": table.keys,
        "columns": [
            {"title": printable(c.title), "unit": printable(c.unit), "align": c.align}
            for c in table.columns
        ],
        "rows": [
            [_cell(cell, table.columns[c], table.ranks(r, c), runs) for c, cell in enumerate(row)]
            for r, row in enumerate(table.rows)
        ],
    }


def _cell(
    cell: Cell, column: Column, ranks: tuple[Rank, Rank], runs: Mapping[str, Sequence[str]]
) -> Json:
    if isinstance(cell, Measurement):
        text = scores(cell)
        return {
            **_plain("measured", text, list(standing(cell)), list(cell.run_ids)),
            "sort": [finite(cell.psnr_db, 4), finite(cell.ssim, 6)],
            "parts": text.split(" / "),
            "ranks": list(ranks),
        }
    if isinstance(cell, Published):
        sort = [finite(float(each), 4) if each else None for each in digits(cell)]
        return {**_plain("published", printed(cell), list(origin(cell)), []), "sort": sort}
    if cell is None:
        return {**_plain("nothing", "", [], []), "sort": None}
    if isinstance(cell, str):
        text = printable(cell)
        return {**_plain("words", text, [], list(runs.get(cell, ()))), "sort": text}
    return {**_plain("number", number(cell, column.decimals), [], []), "sort": finite(cell, 6)}


def _plain(kind: str, text: str, beside: Sequence[str], runs: Sequence[str]) -> Json:
    return {"kind": kind, "text": text, "beside": list(map(printable, beside)), "runs": runs}


def _figure(figure: Figure) -> Json:
    return {
        "kind": "figure",
        "title": printable(figure.title),
        "x": printable(figure.x),
        "y": printable(figure.y),
        "x_scale": figure.x_scale,
        "y_scale": figure.y_scale,
        "series": [
            {
                "name": printable(line.name),
                "kind": line.kind,
                "points": [[finite(x, 6), finite(y, 6)] for x, y in line.points],
                "labels": list(map(printable, line.labels)),
            }
            for line in figure.series
        ],
    }


def _grid(grid: PictureGrid, address: Address) -> Json:
    return {
        "kind": "grid",
        "title": printable(grid.title),
        "captions": printable(grid.captions),
        "columns": list(map(printable, grid.columns)),
        "smooth": grid.smooth,
        "rows": [
            {
                "name": printable(row.name),
                "zooms": list(map(_zoom, row.zooms)),
                "panels": [
                    panel
                    and {
                        "file": address(panel.png),
                        "size": panel.size,
                        "caption": printable(panel.caption),
                    }
                    for panel in row.panels
                ],
            }
            for row in grid.rows
        ],
    }


def _zoom(zoom: Zoom) -> list[int]:
    return [zoom.left, zoom.top, zoom.width, zoom.height]
