"""Public keys of a JWK Set (RFC 7517)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.infrastructure.security.signatures import Key, Signatures
from app.utils import base64url
from app.utils.json_text import object_from_json

MAX_KEYS = 32
MAX_KID_CHARS = 255
# 2048 to 8192 bits; a larger modulus or exponent takes long to verify.
RSA_MODULUS_BYTES = range(256, 1025)
MAX_RSA_EXPONENT_BYTES = 4

KeySet = Mapping[str | None, Key]


class UnusableKeySetError(Exception):
    """The document is no JWK Set, or has no key for the algorithm."""


@dataclass(frozen=True, slots=True)
class KeyType:
    """Public members of a key, and those that have one value only."""

    members: tuple[str, ...]
    fixed: Mapping[str, str]


KEY_TYPES = {
    "RS256": KeyType(("kty", "n", "e"), {"kty": "RSA"}),
    "ES256": KeyType(("kty", "crv", "x", "y"), {"kty": "EC", "crv": "P-256"}),
    "EdDSA": KeyType(("kty", "crv", "x"), {"kty": "OKP", "crv": "Ed25519"}),
}


def read_key_set(body: bytes, *, algorithm: str, signatures: Signatures) -> KeySet:
    """Return the keys by `kid`; raises UnusableKeySetError.

    Keys for other algorithms or purposes are ignored, and so is a second key with the same `kid`.
    """
    try:
        entries = object_from_json(body)["keys"]
    except (ValueError, KeyError) as error:
        raise UnusableKeySetError("it is not a JWK Set") from error
    if not isinstance(entries, list) or len(entries) > MAX_KEYS:
        raise UnusableKeySetError(f"it is not a list of at most {MAX_KEYS} keys")
    keys: dict[str | None, Key] = {}
    for kid, key in _usable(entries, algorithm, signatures):
        keys.setdefault(kid, key)
    if not keys:
        raise UnusableKeySetError(f"it has no usable key for {algorithm}")
    return keys


def _usable(
    entries: list[object], algorithm: str, signatures: Signatures
) -> Iterator[tuple[str | None, Key]]:
    for entry in entries:
        if isinstance(entry, dict) and _is_for(algorithm, entry):
            # Without the other members, such as those of a private key.
            public = {name: entry[name] for name in KEY_TYPES[algorithm].members}
            try:
                yield entry.get("kid"), signatures.public_key(public)
            except Exception:  # noqa: BLE001, S112 - libraries raise many types for a bad key
                continue


def _is_for(algorithm: str, entry: Mapping[str, object]) -> bool:
    kid, operations = entry.get("kid"), entry.get("key_ops", ["verify"])
    return (
        (kid is None or (isinstance(kid, str) and len(kid) <= MAX_KID_CHARS))
        and entry.get("use", "sig") == "sig"
        and entry.get("alg", algorithm) == algorithm
        and isinstance(operations, list)
        and "verify" in operations
        and _has_type(KEY_TYPES[algorithm], entry)
    )


def _has_type(key_type: KeyType, entry: Mapping[str, object]) -> bool:
    if not all(isinstance(entry.get(name), str) for name in key_type.members):
        return False
    if any(entry[name] != value for name, value in key_type.fixed.items()):
        return False
    return entry["kty"] != "RSA" or _is_bounded_rsa(str(entry["n"]), str(entry["e"]))


def _is_bounded_rsa(modulus: str, exponent: str) -> bool:
    try:
        size = len(base64url.decode(modulus).lstrip(b"\0"))
        return size in RSA_MODULUS_BYTES and (
            len(base64url.decode(exponent)) <= MAX_RSA_EXPONENT_BYTES
        )
    except ValueError:
        return False
