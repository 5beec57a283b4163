"""Counts in words."""


def counted(count: int, noun: str) -> str:
    """Say how many: "1 pair", "1,400 pairs"; `noun` is one whose plural ends in s alone."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
