"""The machine that something was measured on."""

from __future__ import annotations

import os
import platform
import re
import sys
from pathlib import Path

from rainbench.evidence.profile_record import Machine


def describe_machine() -> Machine:
    """Describe this machine: its processor, the cores that this process may use, its memory."""
    return Machine(
        processor=processor(),
        cores=cores(),
        memory_bytes=_memory_bytes(),
        system=platform.system(),
        accelerator=_accelerator(),
    )


def cores() -> int:
    """Count the processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def load_average() -> float | None:
    """Return the load average of the last minute; None where the system tells none."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


class PeakMeter:
    """Measures what this process takes at its height, above what it holds when entered.

    Linux alone tells it apart from what the process took before; elsewhere `peak_bytes` is None.
    """

    peak_bytes: int | None = None

    def __enter__(self) -> PeakMeter:
        try:
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # resets VmHWM
            self._held = _status("VmRSS")
        except OSError:
            self._held = None
        return self

    def __exit__(self, *_: object) -> None:
        high = None if self._held is None else _status("VmHWM")
        if self._held is not None and high is not None:
            self.peak_bytes = max(high - self._held, 0)


def _status(field: str) -> int | None:
    try:
        found = re.search(rf"{field}:\s+(\d+) kB", Path("/proc/self/status").read_text("ascii"))
    except OSError:
        return None
    return int(found[1]) * 1024 if found else None


def processor() -> str:
    """Return what the processor calls itself."""
    try:
        names = re.findall(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text("utf-8"))
    except OSError:
        names = []
    return names[0].strip() if names else platform.processor() or platform.machine()


def _memory_bytes() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0


def _accelerator() -> str | None:
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available():
        return None
    return str(torch.cuda.get_device_name(0))
