"""Values kept as long as they are in use and the memory allows."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from typing import Generic, TypeVar

import numpy as np

T = TypeVar("T", bound=tuple[object, ...])


class Memo(Generic[T]):
    """Tuples of arrays by key, each made once while they fit into `max_bytes`.

    Those used longest ago give way; the latest stays, however large it is. For one thread.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._held = 0
        self._values: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the value under `key`, made now if it is not there."""
        if key in self._values:
            self._values.move_to_end(key)
            return self._values[key][0]
        value = make()
        size = _nbytes(value)
        self._values[key] = value, size
        self._held += size
        while self._held > self._max_bytes and len(self._values) > 1:
            _, (_, freed) = self._values.popitem(last=False)
            self._held -= freed
        return value


def _nbytes(values: Iterable[object]) -> int:
    total = 0
    for each in values:
        if isinstance(each, np.ndarray):
            total += each.nbytes
        elif isinstance(each, tuple):
            total += _nbytes(each)
    return total
