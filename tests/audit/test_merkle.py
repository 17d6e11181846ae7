"""The Merkle root, against RFC 9162's shape."""

import hashlib

import pytest

from fac.audit.merkle import root_of


def leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def split_root(leaves: list[bytes]) -> bytes:
    """RFC 9162 2.1.1 as it is written: split at the largest power of two below the count."""
    if len(leaves) == 1:
        return leaf(leaves[0])
    power = 1
    while power * 2 < len(leaves):
        power *= 2
    return node(split_root(leaves[:power]), split_root(leaves[power:]))


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6, 7, 8, 9, 31, 32, 33, 100])
def test_the_root_is_that_of_the_standard(count: int) -> None:
    leaves = [str(number).encode() for number in range(count)]
    assert root_of(leaves) == split_root(leaves)


def test_of_nothing_it_is_the_hash_of_nothing() -> None:
    assert root_of([]) == hashlib.sha256(b"").digest()


def test_order_and_every_leaf_count() -> None:
    leaves = [b"a", b"b", b"c", b"d", b"e"]
    roots = {root_of(leaves), root_of(leaves[::-1]), root_of(leaves[:-1]), root_of([*leaves, b"e"])}
    assert len(roots) == 4


def test_a_node_is_no_leaf() -> None:
    assert root_of([leaf(b"a") + leaf(b"b")]) != root_of([b"a", b"b"])
