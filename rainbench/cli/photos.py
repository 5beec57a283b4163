"""What `derain` tells people, on stderr: the weights, a bar a photograph, what became of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rainbench.cli.bars import BarDisplay
from rainbench.evidence.marks import is_hardly_trained, training_in_words

if TYPE_CHECKING:
    from rainbench.restorers.restoration import Outcome, Restored, Step
    from rainbench.restorers.restorer import Restorer


class PhotoDisplay(BarDisplay):
    """Shows progress while it is entered: bars on a terminal, and lines everywhere."""

    def begin(self, restorer: Restorer) -> None:
        """Name the method, its weights and what they were trained on."""
        trained = training_in_words(restorer.trained_on, restorer.budget)
        learnt = "nothing is trained" if trained is None else f"weights trained on: {trained}"
        self.say(f"{restorer.title} ({restorer.label}), {learnt}")
        if is_hardly_trained(restorer.budget):
            self.say(f"{restorer.label} is hardly trained: other methods or weights do better")

    def step(self, step: Step) -> None:
        """Show how many of a photograph's tiles are restored."""
        self._move(step.photo, step.photo.name, step.done, step.tiles)

    def end(self, outcome: Outcome) -> None:
        """Say what is to be known of a photograph beside that it is restored."""
        from rainbench.restorers.restoration import NotRestored

        if isinstance(outcome, NotRestored):
            self.say(f"{outcome.photo}: {outcome.error}")
            return
        for words in _remarks(outcome):
            self.say(f"{outcome.photo}: {words}")


def _remarks(restored: Restored) -> list[str]:
    from rainbench.restorers.restoration import RAIN_LEVELS

    said = list(restored.notes)
    if not restored.exact:
        said.append(
            f"restored in tiles of {restored.tile} pixels by a method that sees further: "
            "not quite what the whole picture gives"
        )
    if not restored.rainy:
        said.append(
            f"this picture hardly holds rain that the method sees: {restored.cleared:.1%} of its "
            f"pixels darkened by more than {RAIN_LEVELS} levels of 255"
        )
    return said
