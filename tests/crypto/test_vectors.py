"""Published vectors through the primitives exactly as the sealing floor calls them."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fac.crypto.derive import hkdf
from fac.crypto.gcm import opened, sealed
from fac.crypto.mac import hmac_sha256
from fac.crypto.signature import is_signed
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

# RFC 8032, section 7.1, tests 1 to 3: secret, public key, message, signature.
_ED25519 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
            "d25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
            "387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
            "4a7c15e9716ed28dc027beceea1ec40a"
        ),
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


@pytest.mark.parametrize(("secret", "public", "message", "signature"), _ED25519)
def test_ed25519_rfc_8032(secret: str, public: str, message: str, signature: str) -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret))
    said, signed = bytes.fromhex(message), bytes.fromhex(signature)
    assert key.public_key().public_bytes_raw().hex() == public
    assert key.sign(said) == signed
    assert is_signed(said, signed, bytes.fromhex(public))
    assert not is_signed(said + b"0", signed, bytes.fromhex(public))
    assert not is_signed(said, signed[:-1] + bytes([signed[-1] ^ 1]), bytes.fromhex(public))
    assert not is_signed(said, bytes([signed[0] ^ 1]) + signed[1:], bytes.fromhex(public))
    assert not is_signed(said, signed[:-1], bytes.fromhex(public))
    for other in (each[1] for each in _ED25519 if each[1] != public):
        assert not is_signed(said, signed, bytes.fromhex(other))
    assert not is_signed(said, signed, b"no key")
