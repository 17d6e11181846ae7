"""What was compiled, kept by what it was compiled for, up to a bound: the one used longest ago goes first.

A key names the version of the policy, so a swap of the policy leaves the plans of the old one to requests that still
run, and then to this bound.
Never: grow with what clients send.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

V = TypeVar("V")
MOST_KEPT = 256  # of one document: fourteen roles, a few shapes of arguments, two or three versions of the policy


class Kept(Generic[V]):
    """A bounded mapping that makes what it does not hold."""

    __slots__ = ("_held", "_most")

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._held: OrderedDict[Hashable, V] = OrderedDict()

    def __len__(self) -> int:
        return len(self._held)

    def get(self, key: Hashable, make: Callable[[], V]) -> V:
        """Return what is kept under ``key``, made now if nothing is."""
        if key in self._held:
            self._held.move_to_end(key)
            return self._held[key]
        made = self._held[key] = make()
        if len(self._held) > self._most:
            self._held.popitem(last=False)
        return made
