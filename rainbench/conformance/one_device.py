"""Whether a network computes on one device: what was left on the CPU is found.

Torch's meta device, which stands in for a GPU, takes a convolution's weights from the CPU without
a word, where a GPU refuses them.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor
from torch.utils._pytree import tree_leaves

# What takes tensors of two devices on a GPU, too: copies, and places to look up.
_MAY_MIX = {"copy_", "_to_copy", "index", "index_put", "index_put_", "_index_put_impl_"}


class OneDevice:
    """Collects the operations that are given tensors of several devices."""

    def __init__(self) -> None:
        self.mixed: set[str] = set()
        """Their names."""

    def see(self, function: Any, args: object, _made: object) -> None:  # noqa: ANN401
        """Look at an operation's arguments."""
        given = [each for each in tree_leaves(args) if isinstance(each, Tensor)]
        # A single number may lie anywhere.
        devices = {each.device.type for each in given if each.dim()}
        name = str(function.name()).removeprefix("aten::").partition(".")[0]
        if len(devices) > 1 and name not in _MAY_MIX:
            self.mixed.add(name)
