from functools import partial
from typing import Generic, TypeVar

from app.infrastructure.cache.cache import Cache
from app.infrastructure.database.postgres_database import PostgresDatabase
from app.models.shared.listing import ListQuery, Page
from app.models.shared.record import Identified
from app.repositories.shared.cached_records import CachedRecords, CachedTable
from app.repositories.shared.record_repository import RecordRepository

New = TypeVar("New")
R = TypeVar("R", bound=Identified)


class CachedRepository(Generic[New, R]):
    """Adds caching and invalidation to another repository; subclasses set `table`."""

    table: CachedTable[R]

    def __init__(
        self, *, stored: RecordRepository[New, R], cache: Cache, database: PostgresDatabase
    ) -> None:
        self._stored = stored
        self._records = CachedRecords(cache=cache, database=database, table=self.table)

    async def add(self, new: New) -> R:
        record = await self._stored.add(new)
        await self._records.invalidate(record.id)
        return record

    async def get(self, identity: int) -> R:
        return await self._records.get(identity, partial(self._stored.get, identity))

    async def get_for_update(self, identity: int) -> R:
        return await self._stored.get_for_update(identity)

    async def update(self, record: R) -> R:
        changed = await self._stored.update(record)
        await self._records.invalidate(record.id)
        return changed

    async def remove(self, identity: int) -> None:
        await self._stored.remove(identity)
        await self._records.invalidate(identity)

    async def list(self, query: ListQuery) -> Page[R]:
        return await self._records.list(query, partial(self._stored.list, query))
