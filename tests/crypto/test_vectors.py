"""Published vectors through the primitives exactly as the sealing floor calls them."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fac.crypto.derive import hkdf
from fac.crypto.gcm import opened, sealed
from fac.crypto.mac import hmac_sha256
from fac.errors import Unreadable

_VECTORS = Path(__file__).parent / "vectors"


def _lines(name: str) -> list[list[str]]:
    """Return the cases of a file, each a list of hexadecimal words; "-" is nothing."""
    rows = (_VECTORS / name).read_text().splitlines()
    return [["" if word == "-" else word for word in row.split(" | ")] for row in rows if row and row[0] != "#"]


_CAVP = _lines("aes_gcm_cavp.txt")
_WYCHEPROOF = _lines("aes_gcm_wycheproof.txt")
_WYCHEPROOF_HKDF = _lines("hkdf_wycheproof.txt")

# RFC 5869, appendix A, the three cases with SHA-256.
_HKDF = [
    (
        "0b" * 22,
        "000102030405060708090a0b0c",
        "f0f1f2f3f4f5f6f7f8f9",
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    ),
    (
        bytes(range(0x50)).hex(),
        bytes(range(0x60, 0xB0)).hex(),
        bytes(range(0xB0, 0x100)).hex(),
        (
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
            "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"
        ),
    ),
    (
        "0b" * 22,
        "",
        "",
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
    ),
]

# RFC 4231, section 4: cases 1, 2, 3 and 6 (a key longer than the block).
_HMAC = [
    ("0b" * 20, b"Hi There".hex(), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    (
        b"Jefe".hex(),
        b"what do ya want for nothing?".hex(),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    ("aa" * 20, "dd" * 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
    (
        "aa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First".hex(),
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
]


class TestAesGcm:
    def test_the_files_hold_cases_that_open_and_cases_that_must_not(self) -> None:
        assert sum(case[5] == "FAIL" for case in _CAVP) >= 20
        assert sum(case[5] != "FAIL" for case in _CAVP) >= 40
        assert sum(case[5] == "FAIL" for case in _WYCHEPROOF) >= 25
        assert sum(case[5] != "FAIL" for case in _WYCHEPROOF) >= 35

    @pytest.mark.parametrize(
        "case",
        [*_CAVP, *_WYCHEPROOF],
        ids=[
            f"{name}{number}" for name, cases in (("nist", _CAVP), ("wy", _WYCHEPROOF)) for number in range(len(cases))
        ],
    )
    def test_the_cipher_as_we_call_it(self, case: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
        key, nonce, text, bound, tag = (bytes.fromhex(word) for word in case[:5])
        cipher = AESGCM(key)
        if case[5] == "FAIL":
            with pytest.raises(Unreadable):
                opened(cipher, nonce + text + tag, bound)
            return
        plain = bytes.fromhex(case[5])
        assert opened(cipher, nonce + text + tag, bound) == plain
        monkeypatch.setattr("fac.crypto.gcm.os.urandom", lambda size: nonce[:size])
        assert sealed(cipher, plain, bound) == nonce + text + tag

    @pytest.mark.parametrize("size", range(28))
    def test_what_is_too_short_for_nonce_and_tag_is_refused(self, size: int) -> None:
        with pytest.raises(Unreadable):
            opened(AESGCM(bytes(32)), bytes(size), b"")

    def test_a_nonce_is_never_drawn_twice(self) -> None:
        cipher = AESGCM(bytes(32))
        assert len({sealed(cipher, b"", b"")[:12] for _ in range(2_000)}) == 2_000


class TestHkdf:
    @pytest.mark.parametrize("case", _HKDF, ids=["a1", "a2", "a3"])
    def test_rfc_5869(self, case: tuple[str, str, str, str]) -> None:
        secret, salt, info, output = (bytes.fromhex(part) for part in case)
        assert hkdf(secret, salt=salt or None, info=info, size=len(output)) == output

    @pytest.mark.parametrize("case", _WYCHEPROOF_HKDF, ids=[f"wy{number}" for number in range(len(_WYCHEPROOF_HKDF))])
    def test_wycheproof(self, case: list[str]) -> None:
        secret, salt, info = (bytes.fromhex(word) for word in case[:3])
        if case[4] == "FAIL":
            with pytest.raises(ValueError, match="derive"):
                hkdf(secret, salt=salt or None, info=info, size=int(case[3]))
        else:
            assert hkdf(secret, salt=salt or None, info=info, size=int(case[3])).hex() == case[4]


class TestHmac:
    @pytest.mark.parametrize("case", _HMAC, ids=["case1", "case2", "case3", "case6"])
    def test_rfc_4231(self, case: tuple[str, str, str]) -> None:
        key, data, output = (bytes.fromhex(part) for part in case)
        assert hmac_sha256(key, data) == output
