"""A training run that kills its own process, for the tests that start it again."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any, NoReturn

SETTINGS: dict[str, Any] = {
    "budget": "steps=12", "batch": 2, "patch": 16, "validation": 2, "every": 3,
}  # fmt: skip
METHOD = "msfm:layers=1,channels=4"


def die(*_: object, **__: object) -> NoReturn:
    """End this process as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise SystemExit


def killed_at(pairs: Path, output: Path, cache: Path, call: str, count: int) -> None:
    """Train, and die before the call of this name ("fsync", "replace", "step") of this number."""
    from rainbench.training.job import train
    from rainbench.training.watch import Watch

    left = [count]

    def counting(real: Any) -> Any:  # noqa: ANN401 - whatever it stands for
        def counted(*words: Any, **named: Any) -> Any:  # noqa: ANN401
            left[0] -= 1
            return die() if left[0] == 0 else real(*words, **named)

        return counted

    watch = Watch()
    if call == "step":
        watch = Watch(on_step=counting(lambda *_: None))
    else:
        owner: Any = Path if call == "replace" else os
        setattr(owner, call, counting(getattr(owner, call)))
    train(METHOD, datasets=[str(pairs)], output=output, cache=cache, watch=watch, **SETTINGS)
