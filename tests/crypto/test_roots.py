"""The roots of all keys: what each provider must do, as one list over all of them, and what each does when it fails."""

import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import boto3
import hvac
import pytest
from botocore.config import Config
from botocore.stub import Stubber
from moto import mock_aws

from fac.crypto.aws_root import AwsKmsRoot
from fac.crypto.keys import ALL_PURPOSES, KeyRing, new_key_rows
from fac.crypto.root import FAMILIES, FileRoot, RootProvider
from fac.crypto.vault_root import VaultRoot
from fac.errors import KeyUnavailable, SettingsUnsafe, WrongKey
from tests.crypto import transit

Make = Callable[[str], Any]
KEY = bytes(range(32))


@pytest.fixture
def kms(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of a KMS that lives in this process."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "invented")
    with mock_aws():
        yield boto3.client("kms", region_name="us-east-1")


@pytest.fixture
def vault() -> Iterator[transit.Transit]:
    """A transit engine that lives in this process."""
    with transit.serving() as server:
        yield server


@pytest.fixture(params=["file", "kms", "vault"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Return what makes a root of one kind by a name; two names are two roots."""

    def of_file(name: str) -> FileRoot:
        if not (path := tmp_path / name).exists():
            FileRoot.create(path)
        return FileRoot(path, "test")

    def begun(root: Any) -> Any:
        for family in FAMILIES:
            if not root.epochs(family):
                root.add_epoch(family)
        return root

    if request.param == "file":
        return of_file
    if request.param == "kms":
        client = request.getfixturevalue("kms")
        return lambda name: begun(AwsKmsRoot(client, name))
    server = request.getfixturevalue("vault")
    return lambda name: begun(VaultRoot(lambda: hvac.Client(url=server.url, token=transit.TOKEN), name))


class TestEveryRoot:
    def test_it_opens_what_it_wrapped_and_two_blobs_are_never_alike(self, make: Make) -> None:
        root: RootProvider = make("county")
        blobs = [root.wrap("kek:identity@1", KEY) for _ in range(2)]
        assert blobs[0] != blobs[1]
        assert all(KEY not in blob for blob in blobs)
        assert [make("county").unwrap("kek:identity@1", blob) for blob in blobs] == [KEY, KEY]

    @pytest.mark.parametrize("other", ["kek:contact@1", "index@1", "audit@1"])
    def test_a_blob_opens_under_no_other_name(self, make: Make, other: str) -> None:
        root = make("county")
        with pytest.raises(WrongKey):
            root.unwrap(other, root.wrap("kek:identity@1", KEY))

    def test_another_root_of_the_same_service_does_not_open_it(self, make: Make) -> None:
        blob = make("county").wrap("kek:identity@1", KEY)
        with pytest.raises((WrongKey, KeyUnavailable)):  # the stand-in for KMS says that access is denied
            make("neighbour").unwrap("kek:identity@1", blob)

    def test_a_damaged_blob_does_not_open(self, make: Make) -> None:
        root = make("county")
        blob = root.wrap("kek:identity@1", KEY)
        for spoilt in (blob[:-5], blob[:-8] + b"AAAAAAA=", b"\xff\x00", b"vault:v1:AAAA"):
            with pytest.raises((WrongKey, KeyUnavailable)):
                root.unwrap("kek:identity@1", spoilt)

    @pytest.mark.parametrize("name", ["kek:identity@2", "kek:identity@0", "kek:identity", "password@1", ""])
    def test_there_is_no_secret_for_other_names(self, make: Make, name: str) -> None:
        with pytest.raises(KeyUnavailable):
            make("county").wrap(name, KEY)

    def test_epochs_come_one_by_one_and_a_destroyed_one_opens_nothing(self, make: Make) -> None:
        root = make("county")
        old = root.wrap("kek:identity@1", KEY)
        assert root.epochs("kek") == (1,)
        assert root.add_epoch("kek") == 2
        fresh = root.wrap("kek:identity@2", KEY)
        assert make("county").epochs("kek") == (1, 2)
        root.destroy_epoch("kek", 1)
        for asked in (root, make("county")):
            with pytest.raises(KeyUnavailable):
                asked.unwrap("kek:identity@1", old)
            assert asked.unwrap("kek:identity@2", fresh) == KEY
        assert root.epochs("kek") == (2,)
        assert root.epochs("index") == (1,)

    def test_the_newest_epoch_is_not_destroyed(self, make: Make) -> None:
        root = make("county")
        with pytest.raises(SettingsUnsafe):
            root.destroy_epoch("kek", 1)
        assert root.unwrap("kek:identity@1", root.wrap("kek:identity@1", KEY)) == KEY

    def test_a_whole_ring_starts_from_it(self, make: Make) -> None:
        rows = new_key_rows(make("county"))
        assert KeyRing.open(rows, make("county")).purposes == frozenset(ALL_PURPOSES)
        with pytest.raises((WrongKey, KeyUnavailable)):
            KeyRing.open(rows, make("neighbour"))

    def test_it_shows_nothing_and_is_not_copied(self, make: Make) -> None:
        root = make("county")
        assert "county" not in repr(root)
        with pytest.raises(TypeError):
            pickle.dumps(root)


class TestAwsKms:
    def test_a_service_out_of_reach_is_a_key_unavailable_and_not_a_wrong_one(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "invented")
        nowhere = boto3.client(
            "kms", region_name="us-east-1", endpoint_url="http://127.0.0.1:9",
            config=Config(connect_timeout=1, retries={"max_attempts": 0}),
        )  # fmt: skip
        with pytest.raises(KeyUnavailable) as told:
            AwsKmsRoot(nowhere, "county").unwrap("kek:identity@1", b"blob")
        assert told.value.__cause__ is None

    @pytest.mark.parametrize(
        ("code", "told"),
        [
            ("IncorrectKeyException", WrongKey),
            ("InvalidCiphertextException", WrongKey),
            ("DisabledException", KeyUnavailable),
            ("KMSInvalidStateException", KeyUnavailable),
            ("AccessDeniedException", KeyUnavailable),
            ("ThrottlingException", KeyUnavailable),
        ],
    )
    def test_what_the_service_says_becomes_one_of_two_errors(self, kms: Any, code: str, told: type[Exception]) -> None:
        stubbed = Stubber(kms)
        stubbed.add_client_error("decrypt", service_error_code=code, service_message="of arn:aws:kms:invented")
        with stubbed, pytest.raises(told) as raised:
            AwsKmsRoot(kms, "county").unwrap("kek:identity@1", b"blob")
        assert "arn" not in str(raised.value)
        assert raised.value.__cause__ is None

    def test_a_destroyed_key_is_disabled_at_once_and_deleted_after_the_longest_wait(self, kms: Any) -> None:
        root = AwsKmsRoot(kms, "county")
        root.add_epoch("kek")
        key_id = kms.describe_key(KeyId="alias/county-kek-1")["KeyMetadata"]["KeyId"]
        root.add_epoch("kek")
        root.destroy_epoch("kek", 1)
        told = kms.describe_key(KeyId=key_id)["KeyMetadata"]
        assert told["KeyState"] == "PendingDeletion"
        assert (told["DeletionDate"] - told["CreationDate"]).days in {29, 30}


class TestVault:
    @pytest.mark.parametrize("fault", ["sealed", "token", "gone"])
    def test_what_keeps_vault_from_answering_is_a_key_unavailable(self, vault: transit.Transit, fault: str) -> None:
        token = [transit.TOKEN]
        root = VaultRoot(lambda: hvac.Client(url=vault.url, token=token[0]), "county")
        root.add_epoch("kek")
        blob = root.wrap("kek:identity@1", KEY)
        vault.is_sealed = fault == "sealed"
        if fault == "token":
            token[0] = "hvs.expired"
        if fault == "gone":
            root = VaultRoot(lambda: hvac.Client(url="http://127.0.0.1:9", token=transit.TOKEN), "county")
        with pytest.raises(KeyUnavailable) as told:
            root.unwrap("kek:identity@1", blob)
        assert told.value.__cause__ is None

    @pytest.mark.parametrize(
        "answer",
        [
            None,
            "<html>a proxy's page</html>",
            {"errors": []},
            {"data": None},
            {"data": {"keys": None, "plaintext": "%"}},
        ],
        ids=["nothing", "a page", "no data", "empty data", "data of another kind"],
    )
    def test_an_answer_that_is_none_of_vaults_is_a_key_unavailable(self, answer: object) -> None:
        transit = MagicMock(
            **{f"{verb}.return_value": answer for verb in ("list_keys", "encrypt_data", "decrypt_data")}
        )
        client = MagicMock()
        client.secrets.transit = transit
        root = VaultRoot(lambda: client, "county")
        for ask in (
            lambda: root.epochs("kek"), lambda: root.wrap("kek:identity@1", KEY),
            lambda: root.unwrap("kek:identity@1", b"vault:v1:x"),
        ):  # fmt: skip
            with pytest.raises(KeyUnavailable):
                ask()

    def test_a_token_that_its_agent_renewed_is_taken_up(self, vault: transit.Transit, tmp_path: Path) -> None:
        held = tmp_path / "token"
        held.write_text("hvs.expired")
        root = VaultRoot(lambda: hvac.Client(url=vault.url, token=held.read_text()), "county")
        with pytest.raises(KeyUnavailable):
            root.add_epoch("kek")
        held.write_text(transit.TOKEN)
        assert root.add_epoch("kek") == 1
