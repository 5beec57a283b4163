"""A network without a LearnedMethod: what is known of it once it is opened."""

import numpy as np
import torch
from torch import nn

from rainbench.restorers.bare import ModuleDerainer

RAINY = np.random.default_rng(0).random((5, 7, 3), dtype=np.float32)


def test_a_module_is_opened_on_a_device_and_counted() -> None:
    torch.manual_seed(0)
    network = ModuleDerainer(nn.Conv2d(3, 3, 3, padding=1))
    opened = network.open("cpu")
    assert (opened.engine, opened.device, opened.parameters) == ("channels_last", "cpu", 84)
    assert (opened.trained_on, opened.weights_sha256) == ("not stated", None)
    np.testing.assert_array_equal(opened.derain(RAINY), network(RAINY))
