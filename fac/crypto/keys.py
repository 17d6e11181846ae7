"""The keys of a running process: read wrapped from ``class_keys``, unwrapped once, checked, held in memory.

Purposes: ``kek:<class>`` for each sealed class (wraps subjects' keys), ``index`` (blind tokens), ``audit`` (macs).
Give a process only the purposes it needs; the reporting worker needs none. Imported only by crypto, app and
jobs.rotation. CPython cannot wipe memory: a key lives until the process ends.
Never: hold a key whose canary did not agree, or show one.
"""

import hmac
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import Final, NoReturn

from fac.crypto.derive import KEY_BYTES, derive
from fac.crypto.root import FileRoot, RootProvider, Unwrapping
from fac.domain.vocabulary import SEALED_CLASSES
from fac.errors import KeyUnavailable, WrongKey

__all__ = [
    "ALL_PURPOSES",
    "AUDIT",
    "INDEX",
    "FileRoot",
    "KeyRing",
    "KeyRow",
    "KeyState",
    "RootProvider",
    "checked_key",
    "new_key_row",
    "new_key_rows",
]

INDEX: Final = "index"
AUDIT: Final = "audit"
ALL_PURPOSES: Final = (*(f"kek:{info}" for info in SEALED_CLASSES), INDEX, AUDIT)
_CANARY_BYTES: Final = 16


class KeyState(StrEnum):
    """Life of a key epoch: made known to every process, not used yet; seals and opens; only opens; gone."""

    arriving = auto()
    active = auto()
    retiring = auto()
    destroyed = auto()


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One row of ``class_keys``: one purpose in one epoch.

    ``wrapped`` is the root's blob; ``canary`` is derived from the key and says, without telling it, which key it is.
    """

    purpose: str
    epoch: int
    wrapped: bytes = field(repr=False)
    canary: bytes = field(repr=False)
    state: str = KeyState.active


def new_key_rows(root: RootProvider) -> list[KeyRow]:
    """Return a first epoch of every purpose, wrapped by ``root``; for an empty database only."""
    return [new_key_row(root, purpose, 1) for purpose in ALL_PURPOSES]


def new_key_row(root: RootProvider, purpose: str, epoch: int) -> KeyRow:
    """Return a fresh key of ``purpose`` for ``epoch``; the caller turns the former active row into retiring."""
    if purpose not in ALL_PURPOSES:
        raise KeyUnavailable
    key = secrets.token_bytes(KEY_BYTES)
    return KeyRow(purpose, epoch, root.wrap(f"{purpose}@{epoch}", key), _canary(purpose, epoch, key))


class KeyRing:
    """The unwrapped keys of this process, by purpose and epoch. Made by :meth:`open` only."""

    __slots__ = ("_active", "_keys")

    def __init__(self, keys: dict[tuple[str, int], bytes], active: dict[str, int]) -> None:
        self._keys = keys
        self._active = active

    def __repr__(self) -> str:
        return f"<KeyRing {', '.join(sorted(self.purposes))}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key ring is never pickled or copied")

    @classmethod
    def open(cls, rows: Iterable[KeyRow], root: RootProvider, purposes: Sequence[str] | None = None) -> "KeyRing":
        """Unwrap the rows of ``purposes`` (all of them by default) and check each canary.

        Raises WrongKey when the root or a canary disagrees, KeyUnavailable when a purpose has not exactly one active
        key. Call it before the first write: a process that started under a wrong key would seal what nobody can open.
        """
        wanted = ALL_PURPOSES if purposes is None else tuple(purposes)
        keys: dict[tuple[str, int], bytes] = {}
        active: dict[str, int] = {}
        for row in rows:
            if row.purpose not in wanted or row.state == KeyState.destroyed:
                continue
            keys[row.purpose, row.epoch] = checked_key(row, root)
            if row.state == KeyState.active:
                if row.purpose in active:
                    raise KeyUnavailable
                active[row.purpose] = row.epoch
        if set(active) != set(wanted):
            raise KeyUnavailable
        return cls(keys, active)

    def adopt(self, other: "KeyRing") -> None:
        """Take the keys of ``other``, opened later from the same rows: epochs come and go while the process runs.

        Raises KeyUnavailable when ``other`` serves other purposes. Whoever made something of this ring (Vault,
        BlindIndex) adopts it next, without a pause in between.
        """
        if other.purposes != self.purposes:
            raise KeyUnavailable
        self._keys, self._active = other._keys, other._active

    @property
    def purposes(self) -> frozenset[str]:
        """The purposes this process can serve."""
        return frozenset(self._active)

    def active_epoch(self, purpose: str) -> int:
        """Return the epoch new values are made under; raises KeyUnavailable."""
        epoch = self._active.get(purpose)
        if epoch is None:
            raise KeyUnavailable
        return epoch

    def epochs(self, purpose: str) -> tuple[int, ...]:
        """Return the epochs of ``purpose`` that can still be opened, newest first."""
        return tuple(sorted((epoch for held, epoch in self._keys if held == purpose), reverse=True))

    def subkey(self, purpose: str, epoch: int, label: str, *context: bytes, size: int = KEY_BYTES) -> bytes:
        """Return a key derived for one use; the ring's own keys are never used directly. Raises KeyUnavailable."""
        key = self._keys.get((purpose, epoch))
        if key is None:
            raise KeyUnavailable
        return derive(key, label, *context, size=size)


def checked_key(row: KeyRow, root: Unwrapping) -> bytes:
    """Return the key of ``row``; raises WrongKey when the root or the canary disagrees, KeyUnavailable."""
    key = root.unwrap(f"{row.purpose}@{row.epoch}", row.wrapped)
    if len(key) != KEY_BYTES or not hmac.compare_digest(_canary(row.purpose, row.epoch, key), row.canary):
        raise WrongKey
    return key


def _canary(purpose: str, epoch: int, key: bytes) -> bytes:
    return derive(key, "canary", purpose.encode(), epoch.to_bytes(4, "big"), size=_CANARY_BYTES)
