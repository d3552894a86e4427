"""What a process keeps of what it worked out, up to a number of bytes: for parts of pages that are large."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar('T')


class Memory(Generic[T]):
    """Values by what they were made of; those not asked for the longest go when all together become too large.

    Made for values that follow from their key alone, so that it does not matter which process has which.
    """

    def __init__(self, most: int, size: Callable[[T], int]) -> None:
        self.most = most
        self.size = size
        self.held = 0
        self._values: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of this key, made if it is not here. Two who ask at once may both make it."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        value = make()
        with self._lock:
            if key not in self._values:
                self._values[key] = value
                self.held += self.size(value)
            while self.held > self.most:
                self.held -= self.size(self._values.popitem(last=False)[1])
        return value

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._values.clear()
            self.held = 0
