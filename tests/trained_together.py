"""Trains as `rainbench train` does, for tests of several processes; may lose one on the way.

    torchrun ... tests/trained_together.py MARK STEP train --method ...

The process of rank 1 dies at step STEP, unless the file MARK is there, which it leaves behind.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from rainbench.cli import main


def watched(mark: Path, step: int) -> None:
    """Let the process of rank 1 die when it makes the batch of a step, once."""
    from rainbench.training.pairs import Pairs

    make: Any = Pairs.make

    def dying(self: Pairs, number: int, part: slice) -> Any:  # noqa: ANN401
        if number == step and os.environ["RANK"] == "1" and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return make(self, number, part)

    Pairs.make = dying  # type: ignore[assignment,method-assign]


if __name__ == "__main__":
    watched(Path(sys.argv[1]), int(sys.argv[2]))
    sys.exit(main(sys.argv[3:]))
