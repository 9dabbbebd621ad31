from collections.abc import Mapping
from typing import Any

from app.infrastructure.security.signatures import Key, Signatures


class StaticSecret:
    """A KeySource with one shared secret for all tokens."""

    is_usable = True

    def __init__(self, secret: str, *, signatures: Signatures) -> None:
        if not secret:
            raise ValueError("JWT_SECRET_KEY: must not be empty")
        try:
            self._key = signatures.secret_key(secret)
        except ValueError:
            raise ValueError(
                "JWT_SECRET_KEY: must be a shared secret, not a PEM or SSH key"
            ) from None

    def get(self, _: Mapping[str, Any]) -> Key:
        return self._key

    async def refresh(self) -> None:
        """Do nothing: the secret never changes."""
