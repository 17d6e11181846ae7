"""Tokens and sealed pointers: equal terms meet, and only inside one incident and one organisation."""

from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fac.crypto import blind_index
from fac.crypto.blind_index import POINTER_BYTES, TOKEN_BYTES, BlindIndex
from fac.crypto.keys import FileRoot, KeyRing, KeyRow, new_key_row
from fac.domain.ids import new_id
from fac.errors import KeyUnavailable, SealingError, Unreadable

INCIDENT, CUSTODIAN, PERSON = new_id(), new_id(), new_id()


@pytest.fixture
def index(ring: KeyRing) -> BlindIndex:
    """An index over the test keys."""
    return BlindIndex(ring)


class TestTokens:
    def test_equal_terms_give_equal_tokens_in_order(self, index: BlindIndex, ring: KeyRing) -> None:
        first = index.tokens(INCIDENT, CUSTODIAN, ["a", "b", "a"])
        assert first[0] == first[2] != first[1]
        assert {len(token) for token in first} == {TOKEN_BYTES}
        assert BlindIndex(ring).tokens(INCIDENT, CUSTODIAN, iter(["b"])) == [first[1]]

    def test_nobody_else_can_make_them(self, index: BlindIndex, monkeypatch: pytest.MonkeyPatch, ring: KeyRing) -> None:
        mine = index.tokens(INCIDENT, CUSTODIAN, ["a"])
        assert index.tokens(new_id(), CUSTODIAN, ["a"]) != mine
        assert index.tokens(INCIDENT, new_id(), ["a"]) != mine
        assert index.tokens(CUSTODIAN, INCIDENT, ["a"]) != mine
        monkeypatch.setattr(blind_index, "NORMALISER_VERSION", 9_999)
        assert BlindIndex(ring).tokens(INCIDENT, CUSTODIAN, ["a"]) != mine

    @given(st.lists(st.text(st.characters(codec="ascii"), max_size=20), unique=True, max_size=30))
    def test_different_terms_give_different_tokens(self, ring: KeyRing, terms: list[str]) -> None:
        assert len(set(BlindIndex(ring).tokens(INCIDENT, CUSTODIAN, terms))) == len(terms)

    def test_while_an_epoch_changes_both_are_looked_for(self, tmp_path: Path) -> None:
        FileRoot.create(tmp_path / "root")
        root = FileRoot(tmp_path / "root", "test")
        first = new_key_row(root, "index", 1)
        before = BlindIndex(KeyRing.open([first], root, ["index"]))
        root.add_epoch("index")
        retiring = KeyRow("index", 1, first.wrapped, first.canary, "retiring")
        during = BlindIndex(KeyRing.open([retiring, new_key_row(root, "index", 2)], root, ["index"]))
        old, new = before.tokens(INCIDENT, CUSTODIAN, ["a"]), during.tokens(INCIDENT, CUSTODIAN, ["a"])
        assert old != new
        assert during.query_tokens(INCIDENT, CUSTODIAN, iter(["a"])) == [*new, *old]
        pointer = before.seal_pointer(INCIDENT, old[0], PERSON)
        assert during.open_pointer(INCIDENT, old[0], pointer) == PERSON
        with pytest.raises(KeyUnavailable):
            before.open_pointer(INCIDENT, new[0], during.seal_pointer(INCIDENT, new[0], PERSON))

    def test_needs_the_index_key(self, root: FileRoot, rows: list[KeyRow]) -> None:
        index = BlindIndex(KeyRing.open(rows, root, ["audit"]))
        with pytest.raises(KeyUnavailable):
            index.tokens(uuid4(), uuid4(), ["a term"])
        with pytest.raises(KeyUnavailable):
            index.query_tokens(uuid4(), uuid4(), ["a term"])
        with pytest.raises(KeyUnavailable):
            index.seal_pointer(uuid4(), b"12345678", uuid4())

    def test_the_caches_stay_bounded(self, index: BlindIndex, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(blind_index, "_MOST_CACHED", 2)
        expected = index.tokens(INCIDENT, CUSTODIAN, ["a"])
        for _ in range(5):
            token = index.tokens(INCIDENT, new_id(), ["a"])[0]
            incident_id = new_id()
            assert index.open_pointer(incident_id, token, index.seal_pointer(incident_id, token, PERSON)) == PERSON
            assert len(index._token_keys) <= 2  # the bound is what is tested
            assert len(index._pointer_ciphers) <= 2  # as above
        assert index.tokens(INCIDENT, CUSTODIAN, ["a"]) == expected


class TestPointers:
    def test_a_pointer_opens_under_its_token(self, index: BlindIndex) -> None:
        token = index.tokens(INCIDENT, CUSTODIAN, ["a"])[0]
        pointer = index.seal_pointer(INCIDENT, token, PERSON)
        assert len(pointer) == POINTER_BYTES
        assert index.open_pointer(INCIDENT, token, pointer) == PERSON

    def test_two_pointers_to_one_person_show_no_likeness(self, index: BlindIndex) -> None:
        one, two = (index.seal_pointer(INCIDENT, b"tokentok", PERSON) for _ in range(2))
        assert one != two
        assert PERSON.bytes not in one + two

    def test_moved_or_damaged_pointers_do_not_open(self, index: BlindIndex) -> None:
        pointer = index.seal_pointer(INCIDENT, b"tokentok", PERSON)
        for incident_id, token in ((new_id(), b"tokentok"), (INCIDENT, b"tokentol"), (INCIDENT, b"")):
            with pytest.raises(Unreadable):
                index.open_pointer(incident_id, token, pointer)
        for bit in range(POINTER_BYTES * 8):
            damaged = bytearray(pointer)
            damaged[bit // 8] ^= 1 << (bit % 8)
            with pytest.raises(SealingError):
                index.open_pointer(INCIDENT, b"tokentok", bytes(damaged))
        for damaged_length in (b"", pointer[:-1], pointer + b"x"):
            with pytest.raises(Unreadable):
                index.open_pointer(INCIDENT, b"tokentok", damaged_length)

    def test_many_at_once_open_as_one_by_one_and_what_is_damaged_is_left_out(self, index: BlindIndex) -> None:
        one, two = index.tokens(INCIDENT, CUSTODIAN, ["a", "b"])
        good = [
            (token, index.seal_pointer(INCIDENT, token, person))
            for token in (one, two)
            for person in (PERSON, new_id())
        ]
        moved, pointer = (two, good[0][1]), good[0][1]
        cut, unknown = (one, pointer[:-1]), (one, bytes([255, 255]) + pointer[2:])
        damaged = (one, pointer[:-1] + bytes([pointer[-1] ^ 1]))
        given = [moved, *good, cut, damaged, unknown, (one, b"")]
        assert list(index.open_pointers(INCIDENT, given)) == [
            (token, index.open_pointer(INCIDENT, token, pointer).bytes) for token, pointer in good
        ]
        assert list(index.open_pointers(new_id(), given)) == []

    def test_repr_shows_nothing(self, index: BlindIndex) -> None:
        assert repr(index) == "<BlindIndex>"
