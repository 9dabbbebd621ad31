"""What the cached repositories of all domains share."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, fields, replace
from functools import partial
from hashlib import sha256
from typing import Any, Generic, TypeVar

import msgspec

from app.infrastructure.cache.cache import Cache
from app.infrastructure.database.postgres_database import PostgresDatabase
from app.models.listing import ListQuery, Page
from app.models.record import Identified
from app.utils.json_text import to_json

R = TypeVar("R", bound=Identified)
T = TypeVar("T")

Load = Callable[[], Coroutine[Any, Any, T]]


@dataclass(frozen=True, kw_only=True)
class _StoredPage(Generic[R]):
    """A page without its position, which would come back as text."""

    items: tuple[R, ...]
    total: int
    total_is_exact: bool
    is_last: bool


class CachedTable(Generic[R]):
    """How the records of a table and lists of them are named and written down."""

    def __init__(self, name: str, model: type[R]) -> None:
        self.name = name
        self.record: MessagePack[R] = MessagePack(model)
        self.page: MessagePack[_StoredPage[R]] = MessagePack(_StoredPage[model])  # type: ignore[valid-type]
        # Two versions of the service that know different fields do not read each other's values.
        shape = repr([(field.name, str(field.type)) for field in fields(model)])
        self._shape = sha256(shape.encode()).hexdigest()[:8]

    def subject(self, identity: int) -> str:
        return f"{self.name}/{identity}"

    def record_key(self, identity: int) -> str:
        return f"{self.name}/{identity}#{self._shape}"

    def list_key(self, query: ListQuery) -> str:
        same = replace(query, filters=dict(sorted(query.filters.items())))
        return f"{self.name}?{sha256(to_json(same)).hexdigest()}#{self._shape}"


class MessagePack(Generic[T]):
    def __init__(self, model: type[T]) -> None:
        self.encode: Callable[[T], bytes] = msgspec.msgpack.Encoder().encode
        self.decode: Callable[[bytes], T] = msgspec.msgpack.Decoder(model).decode


class CachedRecords(Generic[R]):
    """Reads of one table through the cache, and the news of its changes.

    A transaction sees what it has changed itself, so nothing is cached in one.
    """

    def __init__(self, *, cache: Cache, database: PostgresDatabase, table: CachedTable[R]) -> None:
        self._cache = cache
        self._database = database
        self._table = table

    async def get(self, identity: int, load: Load[R]) -> R:
        if self._database.in_transaction:
            return await load()
        subject, key = self._table.subject(identity), self._table.record_key(identity)
        return await self._cache.get(subject, key, self._table.record, load)

    async def list(self, query: ListQuery, load: Load[Page[R]]) -> Page[R]:
        if self._database.in_transaction:
            return await load()

        async def load_stored() -> _StoredPage[R]:
            return _stored(await load())

        key = self._table.list_key(query)
        stored = await self._cache.get(self._table.name, key, self._table.page, load_stored)
        return _page(stored, query)

    async def changed(self, identity: int) -> None:
        """Spread the news when the present transaction is over."""
        subjects = (self._table.subject(identity), self._table.name)
        await self._database.once_written(partial(self._cache.changed, *subjects))


def _stored(page: Page[R]) -> _StoredPage[R]:
    return _StoredPage(
        items=page.items,
        total=page.total,
        total_is_exact=page.total_is_exact,
        is_last=page.next_position is None,
    )


def _page(stored: _StoredPage[R], query: ListQuery) -> Page[R]:
    position = None
    if not stored.is_last:
        last = stored.items[-1]
        position = (getattr(last, query.sort_by), last.id)
    return Page(
        items=stored.items,
        total=stored.total,
        total_is_exact=stored.total_is_exact,
        next_position=position,
    )
