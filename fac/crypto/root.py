"""The root of all keys: a provider that wraps and unwraps the few keys a process starts with.

In production the root is a key management service behind the same Protocol; in development it is a file. A root keeps
one secret a family (``kek``, ``index``, ``audit``) and epoch, so that one can be destroyed: from then on nothing
wrapped under it opens, in no backup, while the audit trail still verifies.
Never: hand out a root secret, or accept a key file that others could read.
"""

import json
import os
import re
import secrets
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NoReturn, Protocol

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fac.crypto.derive import KEY_BYTES, derive
from fac.crypto.framing import framed
from fac.crypto.gcm import opened, sealed
from fac.errors import KeyUnavailable, SettingsUnsafe, Unreadable, WrongKey

FILE_ENVIRONMENTS: Final = frozenset({"dev", "test", "demo"})
_FORMAT: Final = "fac-root-1"
_NAME: Final = re.compile(r"([a-z_]+)(?::[a-z_]+)?@([1-9][0-9]{0,8})")
FAMILIES: Final = ("kek", "index", "audit")
_MOST_BYTES: Final = 65_536


class Unwrapping(Protocol):
    """What gives keys back: a root, or the escrow when the root is lost."""

    def unwrap(self, name: str, blob: bytes) -> bytes:
        """Return the key; raises WrongKey when the root is another one, KeyUnavailable when the epoch is gone."""
        ...


class RootProvider(Unwrapping, Protocol):
    """What a root must do. ``name`` is ``purpose@epoch``, such as ``kek:identity@1``, and is bound into the blob."""

    def wrap(self, name: str, key: bytes) -> bytes:
        """Return ``key`` sealed under the root secret of the name's epoch; raises KeyUnavailable without it."""
        ...

    def epochs(self, family: str) -> tuple[int, ...]:
        """Return the epochs of ``family`` (``kek``, ``index``, ``audit``) whose secrets are held, oldest first."""
        ...

    def add_epoch(self, family: str) -> int:
        """Make the secret of the family's next epoch, durably, and return the epoch's number."""
        ...

    def destroy_epoch(self, family: str, epoch: int) -> None:
        """Forget the secret of ``epoch`` for good; what is gone stays so. Raises SettingsUnsafe for the newest."""
        ...


class FileRoot:
    """A root in a file of mode 0600 that belongs to this user, for dev, test and demo only.

    The file is JSON: ``{"format": "fac-root-1", "secrets": {"kek@1": "64 hex digits", ...}}``. It is read anew for each
    of the few things a root is asked: a running server sees an epoch that another process added, and keeps none that
    was destroyed.
    """

    __slots__ = ("_path",)

    def __init__(self, path: Path, environment: str) -> None:
        if environment not in FILE_ENVIRONMENTS:
            raise SettingsUnsafe("a root key file is for dev, test and demo only; name a key management service")
        self._path = path
        _ = self._secrets  # refused at the start rather than later

    def __repr__(self) -> str:
        return "<FileRoot>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a root is never pickled or copied")

    @classmethod
    def create(cls, path: Path) -> None:
        """Write a new root file with the first epoch of every family; raises FileExistsError rather than overwrite."""
        with _new_file(path) as descriptor:
            _write(descriptor, {f"{family}@1": secrets.token_bytes(KEY_BYTES) for family in FAMILIES})
        _sync_directory(path.parent)

    @property
    def _secrets(self) -> dict[str, bytes]:
        return _read(self._path)

    def epochs(self, family: str) -> tuple[int, ...]:
        """Return the epochs of ``family`` whose secrets are still held, oldest first."""
        held = (name.partition("@") for name in self._secrets)
        return tuple(sorted(int(epoch) for owner, _, epoch in held if owner == family))

    def add_epoch(self, family: str) -> int:
        """Make the secret of the family's next epoch, write the file, and return the epoch's number."""
        held = self.epochs(family)
        if not held:
            raise KeyUnavailable
        epoch = held[-1] + 1
        self._replace({**self._secrets, f"{family}@{epoch}": secrets.token_bytes(KEY_BYTES)})
        return epoch

    def destroy_epoch(self, family: str, epoch: int) -> None:
        """Forget the secret of ``epoch`` for good; what is wrapped under it never opens again."""
        if epoch == max(self.epochs(family), default=epoch):
            raise SettingsUnsafe("the newest root epoch is in use; add one and rewrap before destroying this one")
        self._replace({name: secret for name, secret in self._secrets.items() if name != f"{family}@{epoch}"})

    def wrap(self, name: str, key: bytes) -> bytes:
        """Return nonce and AES-256-GCM ciphertext of ``key``, bound to ``name``."""
        return sealed(self._cipher(name), key, _bound(name))

    def unwrap(self, name: str, blob: bytes) -> bytes:
        """Return the key inside ``blob``; raises WrongKey for another root, another name or a damaged blob."""
        cipher = self._cipher(name)
        try:
            return opened(cipher, blob, _bound(name))
        except Unreadable:
            raise WrongKey from None

    def _cipher(self, name: str) -> AESGCM:
        family, epoch = secret_name(name)
        secret = self._secrets.get(f"{family}@{epoch}")
        if secret is None:
            raise KeyUnavailable
        return AESGCM(derive(secret, "root wrap"))

    def _replace(self, held: dict[str, bytes]) -> None:
        fresh = self._path.with_name(f".{self._path.name}.{secrets.token_hex(8)}")
        try:
            with _new_file(fresh) as descriptor:
                _write(descriptor, held)
            fresh.replace(self._path)
        finally:
            fresh.unlink(missing_ok=True)
        _sync_directory(self._path.parent)


def secret_name(name: str) -> tuple[str, int]:
    """Return family and epoch of the secret that ``purpose@epoch`` is wrapped under; raises KeyUnavailable."""
    named = _NAME.fullmatch(name)
    if named is None or named[1] not in FAMILIES:
        raise KeyUnavailable
    return named[1], int(named[2])


def epoch_names(names: Iterable[str], prefix: str, family: str) -> tuple[int, ...]:
    """Return the epochs among a service's key names ``PREFIX-FAMILY-EPOCH``, oldest first; other names are not ours."""
    ours = re.compile(rf"{re.escape(prefix)}-{family}-([1-9][0-9]{{0,8}})")
    return tuple(sorted(int(found[1]) for found in map(ours.fullmatch, names) if found))


def _bound(name: str) -> bytes:
    return framed((b"fac root", name.encode()))


@contextmanager
def _new_file(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _write(descriptor: int, held: dict[str, bytes]) -> None:
    text = json.dumps({"format": _FORMAT, "secrets": {name: secret.hex() for name, secret in held.items()}})
    left = memoryview(text.encode())
    while left:
        left = left[os.write(descriptor, left) :]
    os.fsync(descriptor)


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path) -> dict[str, bytes]:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        raise SettingsUnsafe("the root key file cannot be read (absent, a link, or not allowed)") from None
    try:
        _demand_private(os.fstat(descriptor))
        text = os.read(descriptor, _MOST_BYTES)
    finally:
        os.close(descriptor)
    held = _parsed(text)
    if not held:
        raise SettingsUnsafe("the root key file is not one that fac wrote")
    return held


def _demand_private(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise SettingsUnsafe("the root key file is not a regular file")
    if status.st_uid != os.geteuid():
        raise SettingsUnsafe("the root key file belongs to another user")
    if stat.S_IMODE(status.st_mode) != 0o600:
        raise SettingsUnsafe("the root key file must have mode 0600")


def _parsed(text: bytes) -> dict[str, bytes]:
    # An error of json carries the text itself, so no exception of this parse may travel on.
    try:
        content = json.loads(text)
        if content["format"] != _FORMAT:
            return {}
        held = {str(name): bytes.fromhex(secret) for name, secret in content["secrets"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}
    sound = all(_NAME.fullmatch(name) and len(secret) == KEY_BYTES for name, secret in held.items())
    return held if sound else {}
