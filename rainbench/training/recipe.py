"""What a paper says about training its network, as a value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

if TYPE_CHECKING:
    from torch import Tensor

Loss: TypeAlias = Literal["own", "mse"]
"""The paper's own, or the mean squared error of the restored picture, the same for every method."""


def _as_it_is(returned: Any) -> Tensor:  # noqa: ANN401 - a tensor, unless a recipe says otherwise
    return cast("Tensor", returned)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A paper's training settings; a budget compresses the schedule and leaves the rest alone."""

    source: str
    """Where the paper says so: "section 4.1"."""
    loss: Callable[[Any, Tensor], Tensor]
    """(restored, clean), both (N, 3, H, W), to a scalar. `restored` is whatever the network
    returns in training mode: a loss over stages or masks is given them that way."""
    picture: Callable[[Any], Tensor] = _as_it_is
    """Which part of what the network returns in training mode is the restored picture."""
    steps: int
    """Optimiser steps of the whole schedule."""
    batch: int
    """Patches a step."""
    patch: int
    """Edge of a square training patch, in pixels."""
    learning_rate: float
    milestones: tuple[int, ...] = ()
    """Steps after which the learning rate is multiplied by `decay`."""
    decay: float = 0.1
    optimiser: Literal["adam", "sgd"] = "adam"
    momentum: float = 0.9
    """How much of the gradients' running mean a step keeps: SGD's momentum, Adam's first beta."""
    weight_decay: float = 0.0
    """What of a weight is added to its gradient."""
    flip: bool = False
    """Whether every second pair of patches, by chance, is mirrored left to right. Photographs
    under rendered rain always are: their rain knows no side."""
    initialisation: str = "as PyTorch starts layers"
    """How weights start, in words: the network's constructor does it."""

    def objective(self, loss: Loss) -> Callable[[Any, Tensor], Tensor]:
        """Return what a training with this loss makes small."""
        return self.loss if loss == "own" else self._squared_error

    def _squared_error(self, returned: Any, clean: Tensor) -> Tensor:  # noqa: ANN401
        from torch.nn.functional import mse_loss

        return mse_loss(self.picture(returned), clean)


def recipe_in_words(recipe: Recipe) -> dict[str, Any]:
    """Say a recipe as JSON holds it, its loss by name."""
    named = getattr(recipe.loss, "__name__", type(recipe.loss).__name__)
    said = {name: value for name, value in asdict(recipe).items() if name != "picture"}
    return {**said, "loss": named}
