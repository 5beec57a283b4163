"""What a run tells of itself while it goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from rainbench.errors import RainbenchError
from rainbench.metrics.comparison import Score
from rainbench.protocol import HEADLINE
from rainbench.runs.record import ImageRecord


@dataclass(frozen=True, kw_only=True)
class Progress:
    """What has just happened to a run, for a progress bar and for plain lines alike."""

    method: str
    """The row's label: "msfm.light"."""
    dataset: str
    done: int = 0
    """Images gone through: measured, kept from earlier sessions, or failed."""
    total: int
    """Images asked for."""
    image: str | None = None
    """The image that is through; None: nothing is but a beginning, or a wait."""
    kept: bool = False
    """Whether an earlier session had measured this image."""
    score: Score | None = None
    """Under the headline protocol; None: no ground truth, or failed."""
    seconds: float | None = None
    """Of the de-rain call; None: failed, or pictures were scored and no method ran."""
    problem: str | None = None
    """Why the image failed."""
    waiting_for: str | None = None
    """Who holds the run meanwhile."""
    remark: str | None = None
    """What is to be known of the run, once."""


OnProgress = Callable[[Progress], None]


def ignore(_: Progress) -> None:
    """Let progress pass unseen."""


class Ticker:
    """Counts a run's images and tells of each."""

    def __init__(self, method: str, dataset: str, total: int, on_progress: OnProgress) -> None:
        self._now = Progress(method=method, dataset=dataset, total=total)
        self._tell = on_progress

    def wait(self, holder: str) -> None:
        """Tell who is waited for."""
        self._tell(replace(self._now, waiting_for=holder))

    def start(self, remark: str | None = None) -> None:
        """Tell that the run begins, and what is to be known of it."""
        self._tell(replace(self._now, remark=remark))

    def image(self, name: str, line: ImageRecord | RainbenchError, *, kept: bool = False) -> None:
        """Tell what became of an image, and count it."""
        self._now = replace(self._now, done=self._now.done + 1)
        now = replace(self._now, image=name, kept=kept)
        if isinstance(line, RainbenchError):
            self._tell(replace(now, problem=str(line)))
        else:
            self._tell(replace(now, score=line.scores.get(HEADLINE), seconds=line.seconds))
