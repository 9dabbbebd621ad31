"""Interface through which the token decoder gets its keys."""

from collections.abc import Mapping
from typing import Any, Protocol

from app.infrastructure.security.signatures import Key


class KeySource(Protocol):
    """Keys that verify signatures."""

    @property
    def is_usable(self) -> bool:
        """False while there is no key."""
        ...

    def get(self, header: Mapping[str, Any]) -> Key:
        """Return the key for a token with this header, without waiting.

        Raises KeyError for an unknown `kid`, AuthUnavailableError if it may be unknown only because
        the keys could not be loaded.
        """
        ...

    async def refresh(self) -> None:
        """Load the keys again, unless that has just happened; never raises."""
        ...
