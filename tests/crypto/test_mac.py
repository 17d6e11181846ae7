"""The audit mac: any change of any part, or of where parts end, shows."""

import hashlib
import hmac
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fac.crypto.framing import framed
from fac.crypto.keys import FileRoot, KeyRing, KeyRow, new_key_row, new_key_rows
from fac.crypto.mac import AuditMac
from fac.errors import KeyUnavailable

_PARTS = st.lists(st.binary(max_size=20), max_size=6)


class TestFraming:
    @given(_PARTS, _PARTS)
    def test_different_parts_never_frame_alike(self, one: list[bytes], two: list[bytes]) -> None:
        assert (framed(one) == framed(two)) == (one == two)

    def test_is_length_then_part(self) -> None:
        assert framed([b"ab", b""]) == b"\x00\x00\x00\x02ab\x00\x00\x00\x00"


class TestTag:
    @given(parts=_PARTS)
    def test_verifies_what_was_tagged(self, ring: KeyRing, parts: list[bytes]) -> None:
        mac = AuditMac(ring)
        tag = mac.tag(parts)
        assert len(tag) == 32
        assert mac.verify(parts, tag)
        assert not mac.verify([*parts, b""], tag)
        assert not mac.verify(parts, tag[:-1])

    def test_a_shifted_boundary_shows(self, ring: KeyRing) -> None:
        mac = AuditMac(ring)
        assert not mac.verify([b"a", b"bc"], mac.tag([b"ab", b"c"]))

    def test_is_hmac_sha256_over_the_framed_parts(self, ring: KeyRing) -> None:
        key = ring.subkey("audit", 1, "audit mac")
        assert AuditMac(ring).tag([b"x"]) == hmac.new(key, b"\x00\x00\x00\x01x", hashlib.sha256).digest()

    def test_another_key_does_not_verify(self, ring: KeyRing, root: FileRoot) -> None:
        other = AuditMac(KeyRing.open(new_key_rows(root), root))
        assert not other.verify([b"x"], AuditMac(ring).tag([b"x"]))

    def test_a_retiring_epoch_still_verifies_and_no_longer_tags(self, tmp_path: Path) -> None:
        FileRoot.create(tmp_path / "root")
        root = FileRoot(tmp_path / "root", "test")
        first = new_key_row(root, "audit", 1)
        old = AuditMac(KeyRing.open([first], root, ["audit"])).tag([b"x"])
        root.add_epoch("audit")
        retiring = KeyRow("audit", 1, first.wrapped, first.canary, "retiring")
        mac = AuditMac(KeyRing.open([retiring, new_key_row(root, "audit", 2)], root, ["audit"]))
        assert mac.verify([b"x"], old)
        assert mac.tag([b"x"]) != old

    def test_needs_the_audit_key(self, root: FileRoot, rows: list[KeyRow]) -> None:
        with pytest.raises(KeyUnavailable):
            AuditMac(KeyRing.open(rows, root, ["index"]))
        assert "AuditMac" in repr(AuditMac(KeyRing.open(rows, root, ["audit"])))
