"""Bundles: what was sealed opens, only there, only whole; anything else is Unreadable and never a null."""

import pickle
import traceback
from datetime import date
from hashlib import blake2b
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from fac.crypto.derive import derive
from fac.crypto.envelope import WRAPPED_BYTES, Binding, Vault, WrappedKey
from fac.crypto.keys import FileRoot, KeyRing, KeyRow, new_key_row, new_key_rows
from fac.crypto.padding import bucket
from fac.domain.ids import new_id
from fac.domain.vocabulary import SEALED_CLASSES, InfoClass
from fac.errors import KeyUnavailable, SealingError, Unreadable

_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
)
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_VALUES = st.dictionaries(
    _TEXT,
    st.recursive(_LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4)),
    max_size=8,
)


def _flipped(blob: bytes, bit: int) -> bytes:
    changed = bytearray(blob)
    changed[bit // 8] ^= 1 << (bit % 8)
    return bytes(changed)


def _wrap_context(sample: Any) -> bytes:
    parts = (b"fac subject key", bytes((1, InfoClass.identity.code)), sample.incident_id.bytes)
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def _working_material(ring: KeyRing, sample: Any, key: WrappedKey) -> bytes:
    """Unwrap a subject's key as the module's docstring says, without the module."""
    bound = key.blob[:16] + _wrap_context(sample) + b"\x00\x01" + sample.binding.subject_id.bytes
    kek = AESGCM(ring.subkey("kek:identity", 1, "wrap subject keys"))
    dek = kek.decrypt(key.blob[16:28], key.blob[28:], bound)
    return blake2b(dek, digest_size=48, person=b"fac subject v1").digest()


def _sealed_by_hand(material: bytes, header: bytes, ids: tuple[bytes, ...]) -> bytes:
    bound = header + b"".join(len(part).to_bytes(4, "big") + part for part in ids)
    return header + bytes(12) + AESGCM(material[16:]).encrypt(bytes(12), b'{"forged":true}', bound)


class TestRoundTrip:
    @given(values=_VALUES, info=st.sampled_from(SEALED_CLASSES))
    @settings(deadline=None)
    def test_what_was_sealed_opens_exactly(self, vault: Vault, values: dict[str, Any], info: InfoClass) -> None:
        incident_id, row_id, subject_id = new_id(), new_id(), new_id()
        key = vault.new_key(info, incident_id, subject_id)
        binding = Binding(incident_id, "notes", info, row_id, subject_id)
        blob = vault.seal(key, binding, values)
        assert vault.open(key, binding, blob) == values
        opener = vault.opener(incident_id, "notes", info)
        assert opener.open(key.epoch, key.version, key.blob, row_id, subject_id, blob) == values

    def test_the_same_values_never_seal_alike(self, vault: Vault, sample: Any) -> None:
        again = vault.seal(sample.key, sample.binding, sample.values)
        assert again != sample.blob
        assert again[-64:] != sample.blob[-64:]

    @pytest.mark.parametrize(
        "value",
        [float("nan"), float("inf"), date(2000, 1, 1), (1, 2), "\ud800", b"bytes", {1: 2}, object(), 2**70],
        ids=["nan", "inf", "date", "tuple", "surrogate", "bytes", "int_key", "object", "big_int"],
    )
    def test_what_json_cannot_hold_exactly_is_refused(self, vault: Vault, sample: Any, value: object) -> None:
        with pytest.raises(SealingError) as caught:
            vault.seal(sample.key, sample.binding, {"marker": value})  # type: ignore[dict-item]
        assert caught.value.__context__ is None


class TestMisuse:
    @pytest.mark.parametrize("field", ["incident_id", "table", "info", "row_id", "subject_id"])
    def test_a_bundle_does_not_open_in_another_place(self, vault: Vault, sample: Any, field: str) -> None:
        other = {"table": "notes", "info": InfoClass.contact}.get(field) or new_id()
        with pytest.raises(Unreadable):
            vault.open(sample.key, sample.binding._replace(**{field: other}), sample.blob)

    def test_rows_of_one_subject_cannot_be_swapped(self, vault: Vault, sample: Any) -> None:
        other = sample.binding._replace(row_id=new_id())
        blob = vault.seal(sample.key, other, sample.values)
        assert vault.open(sample.key, other, blob) == sample.values
        with pytest.raises(Unreadable):
            vault.open(sample.key, sample.binding, blob)

    def test_a_bundle_of_another_class_is_refused_even_with_its_key(self, vault: Vault, sample: Any) -> None:
        binding = sample.binding._replace(info=InfoClass.contact)
        key = vault.new_key(InfoClass.contact, sample.incident_id, binding.subject_id)
        with pytest.raises(Unreadable):
            vault.open(key, binding, sample.blob)

    def test_another_version_of_the_key_is_refused(self, vault: Vault, sample: Any) -> None:
        second = vault.new_key(InfoClass.identity, sample.incident_id, sample.binding.subject_id, version=2)
        for key in (second, sample.key._replace(version=2), second._replace(version=1)):
            with pytest.raises(Unreadable):
                vault.open(key, sample.binding, sample.blob)

    @pytest.mark.parametrize("version", [0, -1, 65_536])
    def test_a_version_that_no_header_can_hold_is_refused(self, vault: Vault, sample: Any, version: int) -> None:
        with pytest.raises(Unreadable):
            vault.open(sample.key._replace(version=version), sample.binding, sample.blob)
        with pytest.raises(SealingError):
            vault.new_key(InfoClass.identity, sample.incident_id, new_id(), version=version)

    def test_the_key_of_another_subject_or_incident_does_not_unwrap(self, vault: Vault, sample: Any) -> None:
        for incident_id, subject_id in ((sample.incident_id, new_id()), (new_id(), sample.binding.subject_id)):
            stolen = vault.new_key(InfoClass.identity, incident_id, subject_id)
            with pytest.raises(Unreadable):
                vault.open(stolen, sample.binding, sample.blob)
            with pytest.raises(Unreadable):
                vault.seal(stolen, sample.binding, sample.values)

    def test_every_bit_of_the_bundle_counts(self, vault: Vault, sample: Any) -> None:
        for bit in range(len(sample.blob) * 8):
            with pytest.raises(Unreadable):
                vault.open(sample.key, sample.binding, _flipped(sample.blob, bit))

    def test_every_bit_of_the_wrapped_key_counts(self, vault: Vault, sample: Any) -> None:
        for bit in range(len(sample.key.blob) * 8):
            damaged = sample.key._replace(blob=_flipped(sample.key.blob, bit))
            with pytest.raises(Unreadable):
                vault.open(damaged, sample.binding, sample.blob)

    def test_every_truncation_and_an_extension_are_refused(self, vault: Vault, sample: Any) -> None:
        for length in range(len(sample.blob)):
            with pytest.raises(Unreadable):
                vault.open(sample.key, sample.binding, sample.blob[:length])
        with pytest.raises(Unreadable):
            vault.open(sample.key, sample.binding, sample.blob + b" ")
        for length in (0, WRAPPED_BYTES - 1):
            with pytest.raises(Unreadable):
                vault.open(sample.key._replace(blob=sample.key.blob[:length]), sample.binding, sample.blob)

    def test_another_class_key_does_not_open(self, sample: Any, root: FileRoot) -> None:
        foreign = Vault(KeyRing.open(new_key_rows(root), root))
        with pytest.raises(Unreadable):
            foreign.open(sample.key, sample.binding, sample.blob)

    def test_an_epoch_or_class_that_is_not_here_says_so(
        self, vault: Vault, sample: Any, root: FileRoot, rows: list[KeyRow]
    ) -> None:
        with pytest.raises(KeyUnavailable):
            vault.open(sample.key._replace(epoch=9), sample.binding, sample.blob)
        narrow = Vault(KeyRing.open(rows, root, ["kek:contact"]))
        with pytest.raises(KeyUnavailable):
            narrow.open(sample.key, sample.binding, sample.blob)
        with pytest.raises(KeyUnavailable):
            narrow.new_key(InfoClass.identity, sample.incident_id, new_id())
        with pytest.raises(KeyUnavailable):
            vault.new_key(InfoClass.outline, sample.incident_id, new_id())

    def test_a_bundle_that_opens_under_its_key_but_holds_no_object_is_unreadable(
        self, vault: Vault, sample: Any
    ) -> None:
        opener = vault.opener(sample.incident_id, "persons", InfoClass.identity)
        for plain in (b"[1, 2]", b"marker not json", b"null"):
            blob = opener.seal(sample.key, sample.binding.row_id, sample.binding.subject_id, plain)
            with pytest.raises(Unreadable) as caught:
                vault.open(sample.key, sample.binding, blob)
            assert caught.value.__context__ is None


class TestCommitment:
    """A ciphertext made to open under two keys (GCM does not commit) names only one of them."""

    def test_the_header_names_the_only_key(self, vault: Vault, sample: Any) -> None:
        assert sample.blob[7:23] == sample.key.blob[:16]

    def test_a_bundle_under_the_right_name_but_another_commitment_is_refused(self, vault: Vault, sample: Any) -> None:
        other = vault.new_key(InfoClass.identity, sample.incident_id, sample.binding.subject_id)
        forged = sample.blob[:7] + other.blob[:16] + sample.blob[23:]
        for key in (other, sample.key):
            with pytest.raises(Unreadable):
                vault.open(key, sample.binding, forged)

    def test_a_wrapped_key_with_the_commitment_of_another_is_refused(
        self, vault: Vault, ring: KeyRing, sample: Any
    ) -> None:
        context = _wrap_context(sample)
        kek = AESGCM(ring.subkey("kek:identity", 1, "wrap subject keys"))
        bound = sample.key.blob[:16] + context + b"\x00\x01" + sample.binding.subject_id.bytes
        stolen_name = sample.key.blob[:16] + bytes(12) + kek.encrypt(bytes(12), b"d" * 32, bound)
        with pytest.raises(Unreadable):
            vault.seal(sample.key._replace(blob=stolen_name), sample.binding, sample.values)

    def test_a_tag_that_holds_under_a_key_the_header_does_not_name_is_not_enough(
        self, vault: Vault, ring: KeyRing, sample: Any
    ) -> None:
        second = vault.new_key(InfoClass.identity, sample.incident_id, sample.binding.subject_id)
        header = sample.blob[:23]
        ids = (sample.incident_id.bytes, b"persons", sample.binding.subject_id.bytes, sample.binding.row_id.bytes)
        forged_under_second = _sealed_by_hand(_working_material(ring, sample, second), header, ids)
        with pytest.raises(Unreadable):
            vault.open(second, sample.binding, forged_under_second)
        own = _sealed_by_hand(_working_material(ring, sample, second), header[:7] + second.blob[:16], ids)
        assert vault.open(second, sample.binding, own) == {"forged": True}


class TestLengths:
    def test_ordinary_bundles_of_a_class_are_all_of_one_length(self, vault: Vault, sample: Any) -> None:
        lengths = set()
        for name in (None, "", "Li", "Maria Guadalupe de los Angeles", "x" * 100):
            values = {"given_name": name, "family_name": name}
            lengths.add(len(vault.seal(sample.key, sample.binding, values)))
        assert len(lengths) == 1

    @given(st.integers(0, 100_000), st.sampled_from([256, 512, 1024]))
    def test_buckets_are_few_and_hold_what_they_must(self, length: int, floor: int) -> None:
        size = bucket(length, floor)
        assert size >= max(length, floor)
        assert size == floor or size <= 2 * length
        assert bucket(size, floor) == size

    def test_buckets_up_to_64_kib_are_countable_on_two_hands_and_a_foot(self) -> None:
        assert len({bucket(length, 256) for length in range(65_536)}) == 17


class TestRewrap:
    def test_a_new_epoch_rewraps_keys_and_leaves_bundles_alone(self, tmp_path: Path) -> None:
        FileRoot.create(tmp_path / "root")
        root = FileRoot(tmp_path / "root", "test")
        old_rows = new_key_rows(root)
        vault = Vault(KeyRing.open(old_rows, root))
        incident_id, row_id, subject_id = new_id(), new_id(), new_id()
        key = vault.new_key(InfoClass.legal, incident_id, subject_id)
        binding = Binding(incident_id, "needs", InfoClass.legal, row_id, subject_id)
        blob = vault.seal(key, binding, {"text": "marker"})

        assert root.add_epoch("kek") == 2
        retiring = [
            KeyRow(row.purpose, row.epoch, row.wrapped, row.canary, "retiring") if row.purpose == "kek:legal" else row
            for row in old_rows
        ]
        both = Vault(KeyRing.open([*retiring, new_key_row(root, "kek:legal", 2)], root))
        fresh = both.rewrap(key, incident_id, subject_id)
        assert (fresh.epoch, fresh.version) == (2, 1)
        assert both.open(fresh, binding, blob) == both.open(key, binding, blob) == {"text": "marker"}
        with pytest.raises(Unreadable):
            both.rewrap(key, incident_id, new_id())


class TestSecrecy:
    def test_reprs_and_errors_leak_nothing(self, vault: Vault, sample: Any) -> None:
        shown = f"{vault!r} {sample.key!r} {vault.opener(sample.incident_id, 'persons', InfoClass.identity)!r}"
        assert sample.key.blob.hex() not in shown
        assert repr(sample.key.blob) not in shown
        with pytest.raises(Unreadable) as caught:
            vault.open(sample.key, sample.binding, _flipped(sample.blob, 800))
        assert "Marker" not in "".join(traceback.format_exception(caught.value))

    def test_a_vault_cannot_be_pickled(self, vault: Vault) -> None:
        with pytest.raises(TypeError):
            pickle.dumps(vault)

    def test_the_bundle_holds_no_value(self, sample: Any) -> None:
        for value in (b"Marker", b"given_name", sample.binding.subject_id.bytes, sample.incident_id.bytes):
            assert value not in sample.blob


class TestFormat:
    """A second, plain reading of the documented format, so that a change of it cannot pass unseen."""

    def test_the_documented_format_opens_by_hand(self, ring: KeyRing, sample: Any) -> None:
        wrapped, material = sample.key.blob, _working_material(ring, sample, sample.key)
        assert material[:16] == wrapped[:16]

        blob = sample.blob
        assert blob[:23] == b"fS" + bytes((1, InfoClass.identity.code, 1)) + b"\x00\x01" + material[:16]
        ids = (sample.incident_id.bytes, b"persons", sample.binding.subject_id.bytes, sample.binding.row_id.bytes)
        bound = blob[:23] + b"".join(len(part).to_bytes(4, "big") + part for part in ids)
        plain = AESGCM(material[16:]).decrypt(blob[23:35], blob[35:], bound)
        assert len(plain) == 256
        assert plain.rstrip(b" ") == orjson.dumps(sample.values, option=orjson.OPT_SORT_KEYS)

    def test_class_codes_are_never_reused(self) -> None:
        assert {str(info): info.code for info in SEALED_CLASSES} == {
            "identity": 3, "contact": 4, "clinical": 5, "legal": 6, "financial": 7, "narrative": 8,
            "staff_record": 12, "privileged": 13, "partner_record": 14,
        }  # fmt: skip

    def test_a_derived_key_depends_on_every_part(self) -> None:
        secret = bytes(32)
        made = {derive(secret, "a", b"bc"), derive(secret, "ab", b"c"), derive(secret, "a", b"b", b"c")}
        assert len({*made, derive(bytes([1] * 32), "a", b"bc")}) == 4


class TestWrappedKey:
    def test_is_plain_data_with_a_redacted_repr(self) -> None:
        key = WrappedKey(InfoClass.identity, 2, 3, b"marker")
        assert repr(key) == "<WrappedKey identity v2 e3>"
