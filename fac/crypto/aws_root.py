"""The root of all keys in AWS KMS: one symmetric KMS key a family and epoch, under an alias that says which.

The key ``alias/PREFIX-kek-1`` wraps the class keys of epoch 1, ``alias/PREFIX-index-1`` and ``alias/PREFIX-audit-1``
the two others. The key's name is bound as encryption context, so that a blob opens under no other name, and AWS's own
trail shows which key was asked for. KMS is asked at start and by ``fac keys``, never for a value.
The process needs kms:Encrypt and kms:Decrypt on those keys and kms:ListAliases; making and destroying epochs needs
kms:CreateKey, CreateAlias, DisableKey and ScheduleKeyDeletion, and belongs to another identity (docs/root.md).
Never: hold a secret, or let the service's own error text out.
"""

from collections.abc import Callable
from typing import Any, Final, NoReturn

from botocore.exceptions import BotoCoreError, ClientError

from fac.crypto.root import epoch_names, secret_name
from fac.errors import KeyUnavailable, SettingsUnsafe, WrongKey

_CONTEXT: Final = "fac"
_WAITING_DAYS: Final = 30  # the longest that KMS allows: the one step that nobody can take back
_WRONG: Final = frozenset({"InvalidCiphertextException", "IncorrectKeyException"})


class AwsKmsRoot:
    """A root in AWS KMS; ``client`` is a boto3 KMS client, whose credentials and region are AWS's own settings."""

    __slots__ = ("_client", "_prefix")

    def __init__(self, client: Any, prefix: str) -> None:
        self._client = client
        self._prefix = prefix

    def __repr__(self) -> str:
        return "<AwsKmsRoot>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a root is never pickled or copied")

    def epochs(self, family: str) -> tuple[int, ...]:
        """Return the epochs of ``family`` that have an alias, oldest first; raises KeyUnavailable."""
        pages = _asked(lambda: list(self._client.get_paginator("list_aliases").paginate()))
        names = (each["AliasName"].removeprefix("alias/") for page in pages for each in page["Aliases"])
        return epoch_names(names, self._prefix, family)

    def add_epoch(self, family: str) -> int:
        """Make the KMS key of the family's next epoch and return the epoch's number; raises KeyUnavailable."""
        epoch = max(self.epochs(family), default=0) + 1
        name = f"{self._prefix}-{family}-{epoch}"
        made = _asked(lambda: self._client.create_key(Description=f"fac root {name}", KeyUsage="ENCRYPT_DECRYPT"))
        key_id = made["KeyMetadata"]["KeyId"]
        _asked(lambda: self._client.create_alias(AliasName=f"alias/{name}", TargetKeyId=key_id))
        return epoch

    def destroy_epoch(self, family: str, epoch: int) -> None:
        """Disable the epoch's KMS key at once and have it deleted after 30 days; raises SettingsUnsafe, KeyUnavailable.

        Within the 30 days an administrator of the AWS account can still take it back; only then is it gone for good.
        """
        if epoch == max(self.epochs(family), default=epoch):
            raise SettingsUnsafe("the newest root epoch is in use; add one and rewrap before destroying this one")
        alias = f"alias/{self._prefix}-{family}-{epoch}"
        key_id = _asked(lambda: self._client.describe_key(KeyId=alias))["KeyMetadata"]["KeyId"]
        _asked(lambda: self._client.disable_key(KeyId=key_id))
        _asked(lambda: self._client.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=_WAITING_DAYS))
        _asked(lambda: self._client.delete_alias(AliasName=alias))

    def wrap(self, name: str, key: bytes) -> bytes:
        """Return KMS's ciphertext of ``key`` under the name's epoch; raises KeyUnavailable."""
        answer = _asked(
            lambda: self._client.encrypt(KeyId=self._alias(name), Plaintext=key, EncryptionContext={_CONTEXT: name})
        )
        return bytes(answer["CiphertextBlob"])

    def unwrap(self, name: str, blob: bytes) -> bytes:
        """Return the key inside ``blob``; raises WrongKey for another root or name, KeyUnavailable without KMS."""
        answer = _asked(
            lambda: self._client.decrypt(
                KeyId=self._alias(name), CiphertextBlob=blob, EncryptionContext={_CONTEXT: name}
            )
        )
        return bytes(answer["Plaintext"])

    def _alias(self, name: str) -> str:
        family, epoch = secret_name(name)
        return f"alias/{self._prefix}-{family}-{epoch}"


def _asked(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except ClientError as fault:
        code = fault.response.get("Error", {}).get("Code")
        raise (WrongKey if code in _WRONG else KeyUnavailable) from None
    except BotoCoreError:
        raise KeyUnavailable from None
