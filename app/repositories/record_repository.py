from typing import Protocol, TypeVar

from app.models.listing import ListQuery, Page
from app.models.record import Identified

New = TypeVar("New", contravariant=True)  # noqa: PLC0105 - read as a plain word
R = TypeVar("R", bound=Identified)


class RecordRepository(Protocol[New, R]):
    """Where the records of one domain are kept; a domain adds what it refuses.

    Every method raises UnavailableError when the store is away, and those that are given an
    id raise the domain's NotFoundError if there is no such record.
    """

    async def add(self, new: New, /) -> R:
        """Store it as version 1."""
        ...

    async def get(self, identity: int, /) -> R: ...

    async def get_for_update(self, identity: int, /) -> R:
        """Like `get`, and nobody else changes it before the transaction ends."""
        ...

    async def update(self, record: R, /) -> R:
        """Store the fields of an existing record; returns it with its next version."""
        ...

    async def remove(self, identity: int, /) -> None: ...

    async def list(self, query: ListQuery, /) -> Page[R]:
        """Return one page and the number of all matches, exact up to 10 000."""
        ...
