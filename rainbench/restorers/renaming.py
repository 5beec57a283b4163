"""Names of tensors in somebody's weights file, and what they are called here."""

import re
from collections.abc import Callable, Sequence
from typing import TypeAlias

Names: TypeAlias = Sequence[tuple[str, str | Callable[[re.Match[str]], str]]]
"""Patterns of how names begin, and what is to stand there, as `re.sub` takes the two."""


def rename(name: str, names: Names) -> str:
    """Rename one tensor by the first pattern that its name begins with; by none, it stays."""
    for pattern, here in names:
        renamed, count = re.subn(rf"^{pattern}", here, name)
        if count:
            return renamed
    return name
