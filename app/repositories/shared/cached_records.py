"""Cache-aside reads of records and list pages, for the cached repositories of all domains."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, fields, replace
from functools import partial
from hashlib import sha256
from typing import Any, Generic, TypeVar

import msgspec

from app.infrastructure.cache.cache import Cache
from app.infrastructure.database.postgres_database import PostgresDatabase
from app.models.shared.listing import ListQuery, Page
from app.models.shared.record import Identified
from app.utils.json_text import to_json

R = TypeVar("R", bound=Identified)
T = TypeVar("T")

Load = Callable[[], Coroutine[Any, Any, T]]


@dataclass(frozen=True, kw_only=True)
class _CachedPage(Generic[R]):
    """Page as it is cached.

    `next_position` is omitted, because MessagePack would decode a date or Decimal in it as text;
    it is rebuilt from the last item.
    """

    items: tuple[R, ...]
    total: int
    total_is_exact: bool
    is_last: bool


class CachedTable(Generic[R]):
    """Cache keys, cache tags and codecs for the records and lists of one table."""

    def __init__(self, name: str, model: type[R]) -> None:
        self.name = name
        self.record_codec: MessagePackCodec[R] = MessagePackCodec(model)
        self.page_codec: MessagePackCodec[_CachedPage[R]] = MessagePackCodec(_CachedPage[model])  # type: ignore[valid-type]
        # Part of each key: during a deployment, versions with different fields share no values.
        schema = repr([(field.name, str(field.type)) for field in fields(model)])
        self._schema_hash = sha256(schema.encode()).hexdigest()[:8]

    def tag(self, identity: int) -> str:
        return f"{self.name}/{identity}"

    def record_key(self, identity: int) -> str:
        return f"{self.name}/{identity}#{self._schema_hash}"

    def list_key(self, query: ListQuery) -> str:
        normalised = replace(query, filters=dict(sorted(query.filters.items())))
        return f"{self.name}?{sha256(to_json(normalised)).hexdigest()}#{self._schema_hash}"


class MessagePackCodec(Generic[T]):
    """Codec for values of one type."""

    def __init__(self, model: type[T]) -> None:
        self.encode: Callable[[T], bytes] = msgspec.msgpack.Encoder().encode
        self.decode: Callable[[bytes], T] = msgspec.msgpack.Decoder(model).decode


class CachedRecords(Generic[R]):
    """Reads the records of one table through the cache and invalidates their tags.

    Inside a transaction the cache is bypassed: reads must see uncommitted changes, which must not
    be cached.
    """

    def __init__(self, *, cache: Cache, database: PostgresDatabase, table: CachedTable[R]) -> None:
        self._cache = cache
        self._database = database
        self._table = table

    async def get(self, identity: int, load: Load[R]) -> R:
        if self._database.in_transaction:
            return await load()
        tag, key = self._table.tag(identity), self._table.record_key(identity)
        return await self._cache.get_or_load(tag, key, self._table.record_codec, load)

    async def list(self, query: ListQuery, load: Load[Page[R]]) -> Page[R]:
        if self._database.in_transaction or query.is_batch:
            return await load()

        async def load_page() -> _CachedPage[R]:
            return _to_cached_page(await load())

        key = self._table.list_key(query)
        cached = await self._cache.get_or_load(
            self._table.name, key, self._table.page_codec, load_page
        )
        return _to_page(cached, query)

    async def invalidate(self, identity: int) -> None:
        """Invalidate the record and all lists when the current transaction ends.

        This includes a failed commit, whose outcome may be unknown.
        """
        tags = (self._table.tag(identity), self._table.name)
        await self._database.after_commit_attempt(partial(self._cache.invalidate, *tags))


def _to_cached_page(page: Page[R]) -> _CachedPage[R]:
    return _CachedPage(
        items=page.items,
        total=page.total,
        total_is_exact=page.total_is_exact,
        is_last=page.next_position is None,
    )


def _to_page(cached: _CachedPage[R], query: ListQuery) -> Page[R]:
    position = None
    if not cached.is_last:
        last = cached.items[-1]
        position = (getattr(last, query.sort_by), last.id)
    return Page(
        items=cached.items,
        total=cached.total,
        total_is_exact=cached.total_is_exact,
        next_position=position,
    )
