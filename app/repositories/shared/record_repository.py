from typing import Protocol, TypeVar

from app.models.shared.listing import ListQuery, Page
from app.models.shared.record import Identified

New = TypeVar("New", contravariant=True)  # noqa: PLC0105 - read as a plain word
R = TypeVar("R", bound=Identified)


class RecordRepository(Protocol[New, R]):
    """Repository of the records of one domain; a domain adds its own errors.

    Every method raises UnavailableError if the store is unavailable. Methods that look up an ID
    raise the NotFoundError of the domain if no record has it.
    """

    async def add(self, new: New, /) -> R:
        """Store a new record with version 1."""
        ...

    async def get(self, identity: int, /) -> R: ...

    async def get_for_update(self, identity: int, /) -> R:
        """Get the record; no other transaction changes it until the caller's one has committed."""
        ...

    async def update(self, record: R, /) -> R:
        """Store all fields of an existing record; return it with its next version."""
        ...

    async def remove(self, identity: int, /) -> None: ...

    async def list(self, query: ListQuery, /) -> Page[R]:
        """Return one page and the number of matches.

        It is exact up to 10 000, or up to 1 000 if very many records match a search text.
        """
        ...
