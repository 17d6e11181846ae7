"""The root of all keys in a Vault (or OpenBao) transit engine: one transit key a family and epoch.

The transit key ``PREFIX-kek-1`` wraps the class keys of epoch 1, ``PREFIX-index-1`` and ``PREFIX-audit-1`` the two
others. Each is ``derived``: the key's name is the derivation context, so that a blob opens under no other name. Vault
is asked at start and by ``fac keys``, never for a value.
The process needs update on ``transit/encrypt/PREFIX-*`` and ``transit/decrypt/PREFIX-*`` and list on ``transit/keys``;
making and destroying epochs belongs to another token (docs/root.md).
Never: hold a secret beyond the call, or let Vault's own error text out.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any, Final, NoReturn

from hvac.exceptions import InvalidPath, InvalidRequest, VaultError
from requests.exceptions import RequestException

from fac.crypto.root import epoch_names, secret_name
from fac.errors import KeyUnavailable, SettingsUnsafe, WrongKey

_KIND: Final = "aes256-gcm96"
# What Vault 1.x and OpenBao 2.x say with status 400 when a ciphertext is not of this key or context.
_WRONG: Final = ("message authentication failed", "invalid ciphertext", "unable to decrypt")


class VaultRoot:
    """A root in Vault; ``client`` returns a signed-in hvac client, anew for each call, because tokens are renewed."""

    __slots__ = ("_client", "_mount", "_prefix")

    def __init__(self, client: Callable[[], Any], prefix: str, mount: str = "transit") -> None:
        self._client = client
        self._prefix = prefix
        self._mount = mount

    def __repr__(self) -> str:
        return "<VaultRoot>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a root is never pickled or copied")

    def epochs(self, family: str) -> tuple[int, ...]:
        """Return the epochs of ``family`` that have a transit key, oldest first; raises KeyUnavailable."""
        names = self._asked(lambda transit: list(_listed(transit, self._mount)["data"]["keys"]))
        return epoch_names(names, self._prefix, family)

    def add_epoch(self, family: str) -> int:
        """Make the transit key of the family's next epoch and return the epoch's number; raises KeyUnavailable."""
        epoch = max(self.epochs(family), default=0) + 1
        name = f"{self._prefix}-{family}-{epoch}"
        self._asked(
            lambda transit: transit.create_key(
                name=name, derived=True, exportable=False, allow_plaintext_backup=False, key_type=_KIND,
                mount_point=self._mount,
            )
        )  # fmt: skip
        return epoch

    def destroy_epoch(self, family: str, epoch: int) -> None:
        """Delete the epoch's transit key for good; raises SettingsUnsafe for the newest one, KeyUnavailable."""
        if epoch == max(self.epochs(family), default=epoch):
            raise SettingsUnsafe("the newest root epoch is in use; add one and rewrap before destroying this one")
        name = f"{self._prefix}-{family}-{epoch}"
        self._asked(
            lambda transit: transit.update_key_configuration(name=name, deletion_allowed=True, mount_point=self._mount)
        )
        self._asked(lambda transit: transit.delete_key(name=name, mount_point=self._mount))

    def wrap(self, name: str, key: bytes) -> bytes:
        """Return Vault's ciphertext of ``key`` under the name's epoch; raises KeyUnavailable."""
        ciphertext: bytes = self._asked(
            lambda transit: transit.encrypt_data(
                name=self._key(name), plaintext=_text(key), context=_text(name.encode()), mount_point=self._mount
            )["data"]["ciphertext"].encode()
        )
        return ciphertext

    def unwrap(self, name: str, blob: bytes) -> bytes:
        """Return the key inside ``blob``; raises WrongKey for another root or name, KeyUnavailable without Vault."""
        try:
            ciphertext = blob.decode("ascii")
        except UnicodeDecodeError:
            raise WrongKey from None
        key: bytes = self._asked(
            lambda transit: b64decode(
                transit.decrypt_data(
                    name=self._key(name), ciphertext=ciphertext, context=_text(name.encode()), mount_point=self._mount
                )["data"]["plaintext"],
                validate=True,
            )
        )
        return key

    def _key(self, name: str) -> str:
        family, epoch = secret_name(name)
        return f"{self._prefix}-{family}-{epoch}"

    def _asked(self, ask: Callable[[Any], Any]) -> Any:
        try:
            return ask(self._client().secrets.transit)
        except InvalidRequest as refused:
            told = " ".join(map(str, refused.errors or ()))
            raise (WrongKey if any(words in told for words in _WRONG) else KeyUnavailable) from None
        except (VaultError, RequestException, OSError):
            raise KeyUnavailable from None
        except (KeyError, TypeError, AttributeError, ValueError):  # a proxy's page, or nothing: no answer of Vault's
            raise KeyUnavailable from None


def _listed(transit: Any, mount: str) -> Any:
    try:
        return transit.list_keys(mount_point=mount)
    except InvalidPath:  # Vault's word for an engine without any key
        return {"data": {"keys": []}}


def _text(data: bytes) -> str:
    return b64encode(data).decode()
