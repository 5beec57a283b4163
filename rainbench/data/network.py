"""Whether the network may be used, and how long a server is waited for."""

from __future__ import annotations

import os
from dataclasses import dataclass

from rainbench.errors import DatasetError

OFFLINE = "RAINBENCH_OFFLINE"


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long a server is waited for, and how often it is asked again."""

    tries: int = 6
    """Failures in a row, without a byte more, after which a source is given up."""
    connect_seconds: float = 20.0
    stall_seconds: float = 60.0
    """Silence after which a connection counts as broken."""
    first_wait_seconds: float = 1.0
    """Doubled after every failure, and shortened by chance, so that many clients spread."""
    longest_wait_seconds: float = 120.0
    """A server that asks for more time than this is given up."""


def is_offline(flag: bool = False) -> bool:
    """Whether the network must not be used: by `flag`, or by RAINBENCH_OFFLINE."""
    return flag or os.environ.get(OFFLINE, "") not in ("", "0")


def require_network(what: str, *, offline: bool = False) -> None:
    """Raise DatasetError where the network must not be used."""
    if is_offline(offline):
        raise DatasetError(
            expected=f"a network to fetch {what} over",
            got=f"offline, as --offline or {OFFLINE} says",
            now="allow it, or `rainbench data import NAME PATH` what you have",
        )
