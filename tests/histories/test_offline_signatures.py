"""The verifier's own Ed25519 against RFC 8032, against the cryptography library and against forgeries."""

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from breakfix.histories.offline.ed25519 import ORDER, P, decode_point, ed25519_verify
from breakfix.histories.offline.notes import parse_key, signed_text
from breakfix.histories.offline.strict_json import Failure
from breakfix.kernel.ledger.notes import SigningKey, sign_note

# RFC 8032 §7.1, tests 1 to 3: public key, message, signature.
RFC_8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
MESSAGE = b"breakfix-pack-1\n"
SIGNATURE = KEY.sign(MESSAGE)


@pytest.mark.parametrize(("public", "message", "signature"), RFC_8032)
def test_the_published_signatures_verify(public: str, message: str, signature: str) -> None:
    key, text, blob = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)
    assert ed25519_verify(key, text, blob)
    assert not ed25519_verify(key, text + b"x", blob)


@settings(max_examples=40, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200), st.integers(0, 96 * 8))
def test_the_verdict_is_that_of_the_cryptography_library(seed: bytes, message: bytes, flipped: int) -> None:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    parts = bytearray(private.public_key().public_bytes_raw() + private.sign(message))
    if flipped < 96 * 8:
        parts[flipped // 8] ^= 1 << flipped % 8
    public, signature = bytes(parts[:32]), bytes(parts[32:])
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        expected = True
    except InvalidSignature:
        expected = False
    assert ed25519_verify(public, message, signature) is expected
    assert expected is (flipped == 96 * 8)


def test_a_second_spelling_of_a_signature_is_refused() -> None:
    scalar = int.from_bytes(SIGNATURE[32:], "little") + ORDER
    assert ed25519_verify(PUBLIC, MESSAGE, SIGNATURE)
    assert not ed25519_verify(PUBLIC, MESSAGE, SIGNATURE[:32] + scalar.to_bytes(32, "little"))


@pytest.mark.parametrize("y", [1, P - 1, 0, P, P + 1], ids=["neutral", "order 2", "order 4", "y = p", "y = p + 1"])
@pytest.mark.parametrize("sign", [0, 1])
def test_a_key_that_accepts_any_message_is_refused(y: int, sign: int) -> None:
    key = (y | sign << 255).to_bytes(32, "little")
    neutral = (1).to_bytes(32, "little")
    for message in (b"", b"a", b"b", b"c", b"d", b"e", b"f", b"g"):
        assert not ed25519_verify(key, message, neutral + bytes(32))


@pytest.mark.parametrize(
    ("public", "signature"),
    [
        (PUBLIC[:31], SIGNATURE),
        (PUBLIC + b"x", SIGNATURE),
        (PUBLIC, SIGNATURE[:63]),
        (PUBLIC, b""),
        (PUBLIC, bytes(64)),
    ],
)
def test_keys_and_signatures_of_another_length_are_refused(public: bytes, signature: bytes) -> None:
    assert not ed25519_verify(public, MESSAGE, signature)


@pytest.mark.parametrize("excess", range(19))
def test_a_point_has_one_spelling(excess: int) -> None:
    assert decode_point((P + excess).to_bytes(32, "little")) is None
    assert decode_point((P + excess | 1 << 255).to_bytes(32, "little")) is None


@pytest.mark.parametrize("right_first", [True, False])
def test_a_wrong_signature_in_the_keys_name_is_not_saved_by_a_right_one(right_first: bool) -> None:
    key, text = SigningKey.generate("log.example"), "text\n"
    right, wrong = (sign_note(line, key).split("\n\n")[1] for line in (text, "other\n"))
    witness = sign_note(text, SigningKey.generate("witness.example")).split("\n\n")[1]
    own = parse_key(key.verifier_key)
    assert signed_text(f"{text}\n{witness}{right}".encode(), own) == text
    lines = right + wrong if right_first else wrong + right
    with pytest.raises(Failure, match="is wrong"):
        signed_text(f"{text}\n{lines}".encode(), own)
