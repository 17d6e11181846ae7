"""The escrow: shares that together open every key, alone nothing, and lead back to a root."""

from itertools import combinations
from pathlib import Path

import pytest

from fac.crypto.escrow import Escrow
from fac.crypto.keys import ALL_PURPOSES, KeyRing, KeyRow, new_key_row, new_key_rows
from fac.crypto.root import FileRoot
from fac.errors import EscrowInvalid, KeyUnavailable, WrongKey


@pytest.fixture
def root(tmp_path: Path) -> FileRoot:
    FileRoot.create(tmp_path / "root")
    return FileRoot(tmp_path / "root", "test")


@pytest.fixture
def rows(root: FileRoot) -> list[KeyRow]:
    return new_key_rows(root)


class TestEscrow:
    def test_any_two_of_three_bring_every_key_under_a_new_root(
        self, root: FileRoot, rows: list[KeyRow], tmp_path: Path
    ) -> None:
        escrow, shares = Escrow.make(rows, root, threshold=2, custodians=3)
        FileRoot.create(tmp_path / "new")
        new = FileRoot(tmp_path / "new", "test")
        for chosen in combinations(shares, 2):
            unlocked = Escrow.read(escrow.as_text()).unlocked(chosen)
            fresh = [unlocked.rewrapped(row, new) for row in rows]
            ring = KeyRing.open(fresh, new)
            for purpose in ALL_PURPOSES:
                assert ring.subkey(purpose, 1, "same") == KeyRing.open(rows, root).subkey(purpose, 1, "same")

    def test_fewer_shares_shares_of_two_escrows_and_misspelt_ones_open_nothing(
        self, root: FileRoot, rows: list[KeyRow]
    ) -> None:
        escrow, shares = Escrow.make(rows, root, threshold=2, custodians=3)
        other = Escrow.make(rows, root, threshold=2, custodians=3)[1]
        misspelt = shares[1].rsplit(" ", 1)[0] + " academic"
        for wrong in ([], shares[:1], [shares[0], shares[0]], [shares[0], other[1]], [shares[0], misspelt], ["x", "y"]):
            with pytest.raises(EscrowInvalid) as refused:
                escrow.unlocked(wrong)
            assert shares[0].split()[5] not in str(refused.value)

    def test_the_shares_of_another_escrow_are_wrong_for_this_file(self, root: FileRoot, rows: list[KeyRow]) -> None:
        escrow, _ = Escrow.make(rows, root, threshold=2, custodians=2)
        _, other = Escrow.make(rows, root, threshold=2, custodians=2)
        with pytest.raises(EscrowInvalid):
            escrow.unlocked(other)

    def test_more_shares_than_are_asked_for_open_it_whatever_else_lies_beside_them(
        self, root: FileRoot, rows: list[KeyRow]
    ) -> None:
        escrow, shares = Escrow.make(rows, root, threshold=2, custodians=3)
        other = Escrow.make(rows, root, threshold=2, custodians=3)[1]
        byte_order_mark = "\ufeff"
        for given in (
            shares, [*shares, *shares], [shares[0], shares[0], shares[1]], [*other, *shares[1:]],
            [shares[0], "misspelt words", shares[2]],
            [byte_order_mark + shares[0].upper(), shares[1].replace(" ", "\n")],
        ):  # fmt: skip
            escrow.unlocked(given).check(rows[0])

    def test_a_key_made_later_is_missing_and_a_key_put_in_anothers_place_is_wrong(
        self, root: FileRoot, rows: list[KeyRow]
    ) -> None:
        escrow, shares = Escrow.make(rows, root, threshold=2, custodians=2)
        unlocked = escrow.unlocked(shares)
        root.add_epoch("kek")
        with pytest.raises(KeyUnavailable):
            unlocked.check(new_key_row(root, "kek:identity", 2))
        with pytest.raises(WrongKey):
            unlocked.check(new_key_row(root, "kek:identity", 1))
        unlocked.check(rows[0])

    @pytest.mark.parametrize(("threshold", "custodians"), [(1, 3), (0, 0), (3, 2), (2, 17)])
    def test_numbers_that_split_nothing_are_refused(
        self, root: FileRoot, rows: list[KeyRow], threshold: int, custodians: int
    ) -> None:
        with pytest.raises(EscrowInvalid):
            Escrow.make(rows, root, threshold=threshold, custodians=custodians)

    @pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": "fac-escrow-1", "keys": {"index@1": "zz"}}'])
    def test_another_file_is_refused(self, text: str) -> None:
        with pytest.raises(EscrowInvalid):
            Escrow.read(text)

    def test_file_and_reprs_hold_no_key(self, root: FileRoot, rows: list[KeyRow]) -> None:
        escrow, shares = Escrow.make(rows, root, threshold=2, custodians=2)
        for row in rows:
            key = root.unwrap(f"{row.purpose}@{row.epoch}", row.wrapped)
            assert key.hex() not in escrow.as_text()
        assert shares[0] not in repr(escrow) + repr(escrow.unlocked(shares)) + escrow.as_text()
