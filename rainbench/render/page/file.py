"""One self-contained HTML file: a template with style, script and data written into it.

The data go in as JSON and come out as text nodes; no string of them is ever read as HTML.
"""

from __future__ import annotations

import html
import json
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from rainbench.render.text import printable

HERE = Path(__file__).parent

STYLES = ("base.css", "table.css", "viewer.css", "plot.css", "grid.css")
SCRIPTS = (
    *("dom.js", "data.js", "state.js", "table.js", "blocks.js", "scale.js", "figure.js", "grid.js"),
    *("provenance.js", "zoom.js", "stage.js", "viewer.js", "images.js", "scatter.js", "main.js"),
)
"""What is written into the page, in this order: a file uses what stands before it."""


def compose(
    title: str,
    data: Mapping[str, object],
    *,
    template: str = "template.html",
    styles: Sequence[str] = STYLES,
    scripts: Sequence[str] = SCRIPTS,
) -> str:
    r"""Write the whole page; it ends in "\n".

    Args:
        title: what the window is called.
        data: what the script shows, of JSON's types.
        template: the file that the rest is written into.
        styles: the style sheets, in order.
        scripts: the parts of the script, in order.
    """
    style = "\n".join(map(_part, styles))
    script = "'use strict';\n" + "\n".join(map(_part, scripts))
    fields = {
        "policy": html.escape(_policy(style, script)),
        "title": html.escape(printable(title)),
        "style": style,
        "script": script,
        "data": escape(data),
    }
    return re.sub(r"{{(\w+)}}", lambda match: fields[match[1]], _part(template))


def escape(data: Mapping[str, object]) -> str:
    """Write data as JSON that a script element may hold.

    json writes ASCII, control characters escaped; what is left to escape are the signs that
    could end the element or begin a comment in it.
    """
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return re.sub("[<>&]", lambda match: f"\\u{ord(match[0]):04x}", text)


def _policy(style: str, script: str) -> str:
    """Allow this very style and script, pictures beside the page, and nothing else."""
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src '{_digest(script)}'",
            f"style-src '{_digest(style)}'",
            "img-src 'self' file: data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def _digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _part(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")
