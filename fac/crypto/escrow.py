"""The escrow: a second way to the class keys, in the hands of several custodians, for the day the root is lost.

A key service can be closed by a mistake, an unpaid bill or a court. The escrow file holds every class key wrapped under
a secret that is kept nowhere: it is split into shares (SLIP-0039, Shamir's scheme in words that can be written down and
check themselves), of which a given number brings it back and fewer tell nothing. File and shares are kept apart from
each other, from the database and its backups.
An escrow opens what it was made over, also from an old backup: when an epoch is destroyed to shred what lies in
backups, the escrow is made anew and the old file and shares are destroyed with it.
Never: write the secret down, or open the escrow for anything but putting the keys under a root again.
"""

import json
import secrets
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Final, NoReturn

import shamir_mnemonic
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fac.crypto.derive import KEY_BYTES, derive
from fac.crypto.framing import framed
from fac.crypto.gcm import opened, sealed
from fac.crypto.keys import KeyRow, KeyState, checked_key
from fac.crypto.root import RootProvider
from fac.errors import EscrowInvalid, KeyUnavailable, Unreadable, WrongKey

_FORMAT: Final = "fac-escrow-1"
_MOST_SHARES: Final = 16  # of SLIP-0039
_MOST_BYTES: Final = 1_048_576
_BYTE_ORDER_MARK: Final = "\ufeff"  # which some editors put in front of a text


class Escrow:
    """Class keys wrapped under the custodians' secret, by ``purpose@epoch``. Holds no secret itself."""

    __slots__ = ("_wrapped",)

    def __init__(self, wrapped: dict[str, bytes]) -> None:
        self._wrapped = wrapped

    def __repr__(self) -> str:
        return f"<Escrow {', '.join(sorted(self._wrapped))}>"

    @property
    def names(self) -> frozenset[str]:
        """The keys inside, as ``purpose@epoch``."""
        return frozenset(self._wrapped)

    @classmethod
    def make(
        cls, rows: Iterable[KeyRow], root: RootProvider, *, threshold: int, custodians: int
    ) -> tuple["Escrow", list[str]]:
        """Return an escrow of every key that is not destroyed, and a share for each custodian.

        Raises EscrowInvalid for numbers that split nothing (two of two at least, sixteen at most), WrongKey when the
        root is another one.
        """
        if not 2 <= threshold <= custodians <= _MOST_SHARES:
            raise EscrowInvalid("threshold")
        secret = secrets.token_bytes(KEY_BYTES)
        cipher = _cipher(secret)
        wrapped = {
            name: sealed(cipher, checked_key(row, root), _bound(name))
            for row in rows
            if row.state != KeyState.destroyed and (name := f"{row.purpose}@{row.epoch}")
        }
        ((*shares,),) = shamir_mnemonic.generate_mnemonics(1, [(threshold, custodians)], secret, iteration_exponent=0)
        return cls(wrapped), shares

    def as_text(self) -> str:
        """Return the escrow file's JSON."""
        keys = {name: blob.hex() for name, blob in sorted(self._wrapped.items())}
        return json.dumps({"format": _FORMAT, "keys": keys}, indent=1) + "\n"

    @classmethod
    def read(cls, text: str) -> "Escrow":
        """Return the escrow that ``as_text`` wrote; raises EscrowInvalid."""
        try:
            content = json.loads(text) if len(text) <= _MOST_BYTES else {}
            if content["format"] != _FORMAT:
                raise EscrowInvalid("escrow")
            return cls({str(name): bytes.fromhex(blob) for name, blob in content["keys"].items()})
        except (ValueError, KeyError, TypeError, AttributeError):
            raise EscrowInvalid("escrow") from None

    def unlocked(self, shares: Sequence[str]) -> "UnlockedEscrow":
        """Return what opens the keys, by as many of ``shares`` as are asked for; the others may be of another escrow.

        Raises EscrowInvalid for shares that are too few, misspelt or of other escrows.
        """
        for enough in _sets(shares):
            try:
                opener = UnlockedEscrow(shamir_mnemonic.combine_mnemonics(enough), self._wrapped)
            except shamir_mnemonic.MnemonicError:
                continue
            if opener.opens_its_own():
                return opener
        raise EscrowInvalid("shares")


def _sets(shares: Sequence[str]) -> Iterator[list[str]]:
    """Yield, of each escrow that shares are given of, as many as it asks for: more than these the library refuses."""
    held: dict[tuple[int, int], dict[int, str]] = defaultdict(dict)
    for words in (" ".join(share.replace(_BYTE_ORDER_MARK, "").lower().split()) for share in shares):
        with suppress(shamir_mnemonic.MnemonicError):  # misspelt: the others may be enough
            share = shamir_mnemonic.share.Share.from_mnemonic(words)
            held[share.identifier, share.member_threshold][share.index] = words
    for (_, threshold), own in held.items():
        if len(own) >= threshold:
            yield list(own.values())[:threshold]


class UnlockedEscrow:
    """An escrow with its secret, for the length of one command."""

    __slots__ = ("_cipher", "_wrapped")

    def __init__(self, secret: bytes, wrapped: dict[str, bytes]) -> None:
        self._cipher = _cipher(secret)
        self._wrapped = wrapped

    def __repr__(self) -> str:
        return "<UnlockedEscrow>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an unlocked escrow is never pickled or copied")

    def opens_its_own(self) -> bool:
        """Tell whether the secret is the one that this escrow was made with."""
        name = min(self._wrapped, default="")
        try:
            self.unwrap(name, b"")
        except (KeyUnavailable, WrongKey):
            return False
        return True

    def unwrap(self, name: str, blob: bytes) -> bytes:  # as a root does; the database's blob is the lost root's
        """Return the key ``name``; raises KeyUnavailable when it is not in here, WrongKey for other shares."""
        wrapped = self._wrapped.get(name)
        if wrapped is None:
            raise KeyUnavailable
        try:
            return opened(self._cipher, wrapped, _bound(name))
        except Unreadable:
            raise WrongKey from None

    def check(self, row: KeyRow) -> None:
        """Raise KeyUnavailable when the key of ``row`` is not in here, WrongKey when it is another one."""
        checked_key(row, self)

    def rewrapped(self, row: KeyRow, root: RootProvider) -> KeyRow:
        """Return ``row`` with its key under ``root``, which has opened it again.

        Raises KeyUnavailable when the key is not in here, WrongKey when it is not the one the row tells of.
        """
        wrapped = root.wrap(f"{row.purpose}@{row.epoch}", checked_key(row, self))
        fresh = KeyRow(row.purpose, row.epoch, wrapped, row.canary, row.state)
        checked_key(fresh, root)
        return fresh


def _cipher(secret: bytes) -> AESGCM:
    return AESGCM(derive(secret, "escrow wrap"))


def _bound(name: str) -> bytes:
    return framed((b"fac escrow", name.encode()))
