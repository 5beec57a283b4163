"""From a pair's name back to its files, by a layout's expressions and examples."""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import Formatter

from rainbench.dataset import Layout


class Naming:
    """Says where a layout puts a pair's pictures, by the pair's name.

    The layout's examples give the words around the groups, its expressions where the groups
    stand; a number is padded to the width that the shortest example has.
    """

    def __init__(self, layout: Layout) -> None:
        self._name = re.compile(_name_expression(layout.name))
        wanted = {"rainy": layout.rainy, "clean": layout.clean}
        if layout.rainy_half is not None:
            wanted["clean"] = layout.rainy  # both halves of one file
        self._roles = {
            role: (re.compile(expression), _example(re.compile(expression), layout.example))
            for role, expression in wanted.items()
            if expression is not None
        }

    def files(self, name: str) -> dict[str, str]:
        """Give the relative paths of a pair's rainy and clean picture; empty: cannot be told."""
        match = self._name.fullmatch(name)
        if match is None:
            return {}
        groups = {key: _unpadded(value) for key, value in match.groupdict().items()}
        paths = {
            role: _filled(expression, example, groups)
            for role, (expression, example) in self._roles.items()
        }
        return {role: path for role, path in paths.items() if path is not None}


def _name_expression(form: str) -> str:
    seen: set[str] = set()
    parts = []
    for literal, field, _, _ in Formatter().parse(form):
        parts.append(re.escape(literal))
        if field is not None:
            parts.append(f"(?P={field})" if field in seen else f"(?P<{field}>.+?)")
            seen.add(field)
    return "".join(parts)


def _example(expression: re.Pattern[str], examples: tuple[str, ...]) -> str:
    fitting = [example for example in examples if expression.fullmatch(example)]
    return min(fitting, key=len, default="")


def _unpadded(value: str) -> str:
    return str(int(value)) if value.isdecimal() else value


def _filled(expression: re.Pattern[str], example: str, groups: Mapping[str, str]) -> str | None:
    match = expression.fullmatch(example)
    if match is None or not expression.groupindex.keys() <= groups.keys():
        return None
    path = example
    for key in sorted(expression.groupindex, key=match.start, reverse=True):
        start, end = match.span(key)
        value = groups[key]
        # Words of a group's own length are none: "rain-7" may stand beside "rain-10".
        path = (
            path[:start] + (value.zfill(end - start) if value.isdecimal() else value) + path[end:]
        )
    return path if expression.fullmatch(path) else None
