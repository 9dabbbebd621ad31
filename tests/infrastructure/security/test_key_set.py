"""Keys of a JWK Set: only those that fit the algorithm are used."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from app.exceptions.shared.security_exceptions import InvalidTokenError
from app.infrastructure.security.key_set import MAX_KEYS, UnusableKeySetError, read_key_set
from app.infrastructure.security.token_decoder import TokenDecoder, TokenRules
from app.utils import base64url
from tests.support.forged_tokens import sign
from tests.support.key_sets import PrivateKey, generate, public_jwk, signed_token
from tests.support.token_decoding import NOW, chosen, make_signatures

KEYS = {algorithm: generate(algorithm) for algorithm in ("RS256", "ES256", "EdDSA")}
JWKS = {algorithm: public_jwk(key, kid="a") for algorithm, key in KEYS.items()}
OTHER = {"RS256": "ES256", "ES256": "EdDSA", "EdDSA": "RS256"}


class LoadedKeys:
    is_usable = True

    def __init__(self, keys: Any) -> None:
        self._keys = keys

    def get(self, header: Any) -> Any:
        return self._keys[header.get("kid")]

    async def refresh(self) -> None: ...


COMBINATIONS = [
    ("python-jose", "RS256"),
    ("python-jose", "ES256"),
    ("pyjwt", "RS256"),
    ("pyjwt", "ES256"),
    ("pyjwt", "EdDSA"),
]


@pytest.fixture(params=COMBINATIONS, ids="-".join)
def algorithm(request: pytest.FixtureRequest) -> Iterator[str]:
    """An algorithm, and the library that verifies it in this test."""
    chosen["library"], name = request.param
    yield name
    chosen["library"] = "python-jose"


def read(algorithm: str, *entries: Any) -> Any:
    body = json.dumps({"keys": entries}).encode()
    return read_key_set(body, algorithm=algorithm, signatures=make_signatures(algorithm))


def decoder(algorithm: str, *entries: Any) -> TokenDecoder:
    return TokenDecoder(
        keys=LoadedKeys(read(algorithm, *entries)),
        signatures=make_signatures(algorithm),
        rules=TokenRules(algorithm=algorithm),
        now=lambda: NOW,
    )


def is_refused(decoder: TokenDecoder, token: str) -> bool:
    with pytest.raises(InvalidTokenError):
        decoder.decode(token)
    return True


def test_a_token_is_verified_by_the_key_that_it_names(algorithm: str) -> None:
    other = generate(algorithm)
    both = decoder(algorithm, JWKS[algorithm], public_jwk(other, kid="b"))

    assert both.decode(signed_token(KEYS[algorithm], algorithm, kid="a")).subject == "7"
    assert both.decode(signed_token(other, algorithm, kid="b")).subject == "7"
    assert is_refused(both, signed_token(other, algorithm, kid="a"))
    assert is_refused(both, signed_token(KEYS[algorithm], algorithm, kid="c"))


def test_a_token_is_refused_if_anything_of_it_is_changed(algorithm: str) -> None:
    token = signed_token(KEYS[algorithm], algorithm, kid="a")
    head, payload, signature = token.split(".")
    forged = base64url.encode(json.dumps({"sub": "8", "exp": NOW + 60}).encode())
    one = decoder(algorithm, JWKS[algorithm])

    for changed in (
        f"{head}.{forged}.{signature}",
        f"{head}.{payload}.",
        f"{head}.{payload}.{signature[:-8]}",
        f"{head}.{payload}.{base64url.encode(bytes(len(base64url.decode(signature))))}",
    ):
        assert is_refused(one, changed)


def test_the_public_key_is_no_shared_secret(algorithm: str) -> None:
    """The confusion of algorithms: the attacker signs with what everybody can read."""
    one = decoder(algorithm, JWKS[algorithm])
    public = JWKS[algorithm]
    pem = KEYS[algorithm].public_key()
    texts = [json.dumps(public), *(value for value in public.values()), repr(pem)]
    for alg in ("HS256", algorithm, "none"):
        header = json.dumps({"alg": alg, "kid": "a"}).encode()
        for text in texts:
            token = sign(header, json.dumps({"sub": "7", "exp": NOW + 60}).encode(), secret=text)
            assert is_refused(one, token)


def test_a_token_of_another_algorithm_is_refused(algorithm: str) -> None:
    key: PrivateKey = KEYS[OTHER[algorithm]]

    assert is_refused(
        decoder(algorithm, JWKS[algorithm]), signed_token(key, OTHER[algorithm], kid="a")
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"use": "enc"},
        {"alg": "RS512"},
        {"alg": "HS256"},
        {"kty": "oct", "k": "AA"},
        {"kty": 1},
        {"key_ops": ["sign"]},
        {"key_ops": "verify"},
        {"kid": 7},
        {"kid": "k" * 256},
        {"x": None, "n": None},
        {"x": "!", "n": "!"},
        {"x": "AA", "n": "AA"},
        {"crv": "P-521", "e": "AQ" * 400},
    ],
    ids=str,
)
def test_a_key_for_another_use_or_of_another_kind_is_ignored(
    algorithm: str, changed: dict[str, Any]
) -> None:
    assert read(algorithm, JWKS[algorithm], JWKS[algorithm] | {"kid": "b"} | changed).keys() == {
        "a"
    }
    with pytest.raises(UnusableKeySetError):
        read(algorithm, JWKS[algorithm] | changed)


def test_members_that_are_not_public_are_ignored(algorithm: str) -> None:
    entry = JWKS[algorithm] | {"d": "AA", "x5c": ["MII"], "use": "sig", "key_ops": ["verify"]}
    one = decoder(algorithm, entry, {"kty": "oct", "k": "AA", "kid": "b"}, None, [], "x")

    assert one.decode(signed_token(KEYS[algorithm], algorithm, kid="a"))


def test_weak_and_oversized_keys_are_refused() -> None:
    with pytest.raises(UnusableKeySetError):
        read("RS256", public_jwk(generate("RS256", bits=1024)))
    with pytest.raises(UnusableKeySetError):
        read("RS256", JWKS["RS256"] | {"n": base64url.encode(b"\xff" * 2000)})
    with pytest.raises(UnusableKeySetError):
        read("ES256", public_jwk(ec.generate_private_key(ec.SECP384R1())))


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"keys": {}}', b'{"keys": []}', b'{"keys":[],"keys":[]}', b"\xff", b"1"],
)
def test_another_document_is_unusable(body: bytes) -> None:
    with pytest.raises(UnusableKeySetError):
        read_key_set(body, algorithm="RS256", signatures=make_signatures("RS256"))


def test_the_number_of_keys_is_limited() -> None:
    assert read("RS256", *[JWKS["RS256"]] * MAX_KEYS)
    with pytest.raises(UnusableKeySetError):
        read("RS256", *[JWKS["RS256"]] * (MAX_KEYS + 1))


def test_the_first_of_two_keys_with_one_name_counts(algorithm: str) -> None:
    other = generate(algorithm)
    both = decoder(algorithm, JWKS[algorithm], public_jwk(other, kid="a"))

    assert both.decode(signed_token(KEYS[algorithm], algorithm, kid="a"))
    assert is_refused(both, signed_token(other, algorithm, kid="a"))
