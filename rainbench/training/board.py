"""Training as TensorBoard shows it: scalars, and one validation picture as it gets better."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rainbench.errors import NotInstalledError
from rainbench.protocol import HEADLINE

if TYPE_CHECKING:
    from rainbench.training.validation import Sample
    from rainbench.training.watch import Moment

FOLDER = "tensorboard"


class Board:
    """Writes events for TensorBoard into a run's folder.

    Raises NotInstalledError where TensorBoard is not there.
    """

    def __init__(self, output: Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise NotInstalledError(
                expected="TensorBoard",
                got="no package of that name",
                now="pip install rainbench[tensorboard], or train without --tensorboard",
            ) from error
        self._writer = SummaryWriter(str(output / FOLDER))

    def tell(self, moment: Moment) -> None:
        """Write loss, validation and speed."""
        scalars = {
            "loss": moment.loss,
            f"validation (dB, {HEADLINE})": moment.validation_db,
            "patches per second": moment.patches_per_second,
        }
        for name, value in scalars.items():
            self._writer.add_scalar(name, value, moment.step)
        self._writer.flush()

    def show(self, step: int, sample: Sample) -> None:
        """Write a picture: rainy, restored and clean, side by side."""
        restored = (sample.restored.clip(0, 1) * 255).round().astype(np.uint8)
        beside = np.concatenate([sample.rainy, restored, sample.clean], axis=1)
        self._writer.add_image("rainy, restored, clean", beside, step, dataformats="HWC")

    def close(self) -> None:
        """Write what is not written yet."""
        self._writer.close()
