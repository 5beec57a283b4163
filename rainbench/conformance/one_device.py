"""Whether a network computes on one device: what was left on the CPU is found.

Torch's meta device, which stands in for a GPU, takes a convolution's weights from the CPU without
a word, where a GPU refuses them.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

# What takes tensors of two devices on a GPU, too: copies, and places to look up.
_MAY_MIX = ("aten::copy_", "aten::_to_copy", "aten::index", "aten::_index")


class OneDevice(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Collects the operations that are given tensors of several devices."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.mixed: set[str] = set()
        """Their names."""

    def __torch_dispatch__(
        self,
        function: Callable[..., object],
        types: object,
        args: tuple[object, ...] = (),
        kwargs: dict[str, object] | None = None,
    ) -> object:
        given = [each for each in tree_leaves((args, kwargs)) if isinstance(each, Tensor)]
        # A single number may lie anywhere.
        devices = {each.device.type for each in given if each.dim()}
        name = str(getattr(function, "name", lambda: function)())
        if len(devices) > 1 and not name.startswith(_MAY_MIX):
            self.mixed.add(name.removeprefix("aten::"))
        return function(*args, **(kwargs or {}))
