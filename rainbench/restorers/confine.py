"""Runs one command for rainbench within limits: python -I -S confine.py MEMORY_BYTES WORD...

A process of its own, for two things that rainbench cannot do to a child from among its threads:
cap the memory between fork and exec, and outlive rainbench by the moment it takes to end the
command with all its children, however rainbench was ended. Its standard input is a pipe from
rainbench on which nothing is ever written: its end is rainbench's end.

It leads the process group that the command and its children are in. Exit status: the
command's; 128 and the signal's number where a signal ended it; 127 where it could not start.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial

CANNOT_START = 127


def main() -> int:
    """Run the command and return its exit status."""
    memory, *words = sys.argv[1:]
    # No other thread runs yet, so that code between fork and exec is safe.
    before = partial(_cap_memory, int(memory)) if int(memory) else None
    try:
        command = _start(words, before)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        sys.stderr.write(f"{error}\n")
        return CANNOT_START
    threading.Thread(target=_end_with_parent, args=(command,), daemon=True).start()
    status = command.wait()
    return status if status >= 0 else 128 - status


def _start(words: list[str], before: Callable[[], None] | None) -> subprocess.Popen[bytes]:
    return subprocess.Popen(words, stdin=subprocess.DEVNULL, preexec_fn=before)  # noqa: S603


def _cap_memory(limit: int) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _end_with_parent(command: subprocess.Popen[bytes]) -> None:
    os.read(sys.stdin.fileno(), 1)
    if sys.platform == "win32":
        command.kill()
        os._exit(1)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    status = main()
    sys.stderr.flush()
    os._exit(status)  # the watching thread is still waiting
