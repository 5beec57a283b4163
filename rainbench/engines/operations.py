"""What torch computes, told operation by operation or call by call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode


class Operations(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Calls `see` with each operation of torch's, its arguments and what it made, while entered."""

    def __init__(self, see: Callable[[Any, tuple[Any, ...], Any], None]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._see = see

    def __torch_dispatch__(
        self,
        function: Any,  # noqa: ANN401 - torch states no types for these
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401
        made = function(*args, **(kwargs or {}))
        self._see(function, args, made)
        return made


class CountingCalls(TorchFunctionMode):
    """Counts what Python calls of torch while entered.

    For a second less than Operations, which has torch import its compiler.
    """

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_function__(
        self,
        function: Any,  # noqa: ANN401
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401
        self.count += 1
        return function(*args, **(kwargs or {}))
