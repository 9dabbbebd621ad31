"""Interface to the library that verifies signatures."""

from collections.abc import Mapping
from typing import Any, Protocol

# A key as the library has prepared it; only the same library can use it.
Key = Any


class Signatures(Protocol):
    """Verifies tokens of one algorithm (RFC 7518, 8037), which is fixed by the settings."""

    def secret_key(self, secret: str) -> Key:
        """Prepare a shared secret; raises ValueError for a PEM or SSH key."""
        ...

    def public_key(self, jwk: Mapping[str, str]) -> Key:
        """Prepare a public key from its members in a JWK (RFC 7517); raises any exception."""
        ...

    def verify(self, token: str, key: Key) -> bytes:
        """Return the payload; raises any exception unless the signature is valid."""
        ...
