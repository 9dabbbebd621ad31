"""Interface of a cache that all machines of the service share."""

from typing import NamedTuple, Protocol


class CachedValue(NamedTuple):
    """Result of a lookup: `data` is None without a valid value.

    `stamp` holds the generations at the time of the lookup; it is None when nothing can be stored.
    The value may be used for `expires_in` seconds.
    """

    data: bytes | None
    stamp: bytes | None
    expires_in: float = 0


class SharedCache(Protocol):
    """Cache of encoded values; an unavailable cache finds nothing and never raises an error."""

    async def find(self, tag: str, key: str) -> CachedValue:
        """Find a value; after a miss, pass the stamp to `store` with the value that was loaded."""
        ...

    def store(self, key: str, value: bytes, stamp: bytes) -> None:
        """Store a value soon, without waiting, or not at all.

        It is invalid if its tag was invalidated since the stamp was read, however late it is
        stored.
        """
        ...

    async def invalidate(self, *tags: str) -> None:
        """Invalidate all values of the tags, on all machines."""
        ...

    async def aclose(self) -> None: ...
