"""Keys for the sealing tests: a root file in a temporary folder and everything opened from it."""

from dataclasses import dataclass
from uuid import UUID

import pytest

from fac.crypto.envelope import Binding, Vault, WrappedKey
from fac.crypto.keys import FileRoot, KeyRing, KeyRow, new_key_rows
from fac.domain.ids import new_id
from fac.domain.vocabulary import InfoClass


@dataclass(frozen=True)
class Sample:
    """One sealed bundle with all that is needed to open it."""

    incident_id: UUID
    key: WrappedKey
    binding: Binding
    values: dict[str, object]
    blob: bytes


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> FileRoot:
    """A fresh file root."""
    path = tmp_path_factory.mktemp("keys") / "root.json"
    FileRoot.create(path)
    return FileRoot(path, "test")


@pytest.fixture(scope="session")
def rows(root: FileRoot) -> list[KeyRow]:
    """A first epoch of every purpose."""
    return new_key_rows(root)


@pytest.fixture(scope="session")
def ring(root: FileRoot, rows: list[KeyRow]) -> KeyRing:
    """All keys, opened."""
    return KeyRing.open(rows, root)


@pytest.fixture(scope="session")
def vault(ring: KeyRing) -> Vault:
    """A vault over all keys."""
    return Vault(ring)


@pytest.fixture(scope="session")
def sample(vault: Vault) -> Sample:
    """A small sealed bundle."""
    incident_id, row_id, subject_id = new_id(), new_id(), new_id()
    key = vault.new_key(InfoClass.identity, incident_id, subject_id)
    binding = Binding(incident_id, "persons", InfoClass.identity, row_id, subject_id)
    values: dict[str, object] = {"given_name": "Marker-Given", "family_name": "Marker-Family", "alias": None}
    return Sample(incident_id, key, binding, values, vault.seal(key, binding, values))  # type: ignore[arg-type]
