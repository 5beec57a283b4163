"""A method in words: what `show` prints."""

from typing import Any

from rainbench.render.text import printable

SHORT = 3
"""Entries at most of a list that is printed."""


def sheet(found: dict[str, Any]) -> str:
    """Write what there is to know of a method, a line a fact."""
    lines = []
    for key in ("kind", "command", "parameters", "macs_per_pixel"):
        if found.get(key) is not None:
            shown = found[key] if isinstance(found[key], str) else f"{found[key]:,.0f}"
            lines.append(f"{key.replace('_', ' '):16}{shown}")
    paper = found["paper"]
    if paper:
        lines.append(f"{'paper':16}{paper['authors']}: {paper['title'] or paper['remark']}")
        lines.append(f"{'':16}{paper['venue']} {paper['year'] or ''} {paper['url']}".rstrip())
    if found["code_licence"]:
        lines.append(f"{'code licence':16}{found['code_licence']}")
    for key in ("settings", "recipe", "size"):
        if found.get(key):
            shown = ", ".join(f"{name}={value}" for name, value in found[key].items())
            lines.append(f"{key:16}{shown}")
    lines += _section("variants", {k: _pairs(v) for k, v in found["variants"].items()})
    weights = found.get("weights", {})
    lines += _section(
        "weights",
        {k: f"{v['trained_on']}; {v['source']}; {v['licence']}" for k, v in weights.items()},
    )
    lines += _section("record", {k: _short(v) for k, v in found.get("record", {}).items()})
    heading = [printable(f"{found['name']}: {found['title']}"), printable(found["summary"]), ""]
    return "\n".join([*heading, *(line[:16] + printable(line[16:]) for line in lines)])


def _pairs(values: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in values.items())


def _short(value: object) -> str:
    """Write a value of a record in a line; `--json` has the long ones."""
    if isinstance(value, list) and len(value) > SHORT:
        return f"{len(value)} entries"
    return _pairs(value) if isinstance(value, dict) else str(value)


def _section(title: str, entries: dict[str, str]) -> list[str]:
    return [f"{title if i == 0 else '':16}{k}: {v}" for i, (k, v) in enumerate(entries.items())]
