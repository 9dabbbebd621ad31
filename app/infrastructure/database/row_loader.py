"""Fetch single rows by ID, those of one turn of the event loop in one statement."""

from collections.abc import Awaitable, Callable, Sequence

import asyncpg

from app.utils.batcher import Batcher

MAX_BATCH = 100

Fetch = Callable[[str, list[int]], Awaitable[list[asyncpg.Record]]]


class RowLoader:
    """Combines reads of the same statement, such as `SELECT … WHERE id = ANY($1)`."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._batchers: dict[str, Batcher[int, asyncpg.Record | None]] = {}

    async def fetch_row(self, sql: str, identity: int) -> asyncpg.Record | None:
        batcher = self._batchers.get(sql)
        if batcher is None:
            batcher = self._batchers[sql] = self._make_batcher(sql)
        return await batcher.submit(identity)

    def _make_batcher(self, sql: str) -> Batcher[int, asyncpg.Record | None]:
        async def serve(identities: list[int]) -> Sequence[asyncpg.Record | BaseException | None]:
            try:
                return await self._fetch_rows(sql, identities)
            except asyncpg.DataError:
                # One ID that the column cannot hold must not fail the others.
                return [await self._fetch_alone(sql, identity) for identity in identities]

        return Batcher(serve, max_batch=MAX_BATCH)

    async def _fetch_rows(self, sql: str, identities: list[int]) -> Sequence[asyncpg.Record | None]:
        rows = {row["id"]: row for row in await self._fetch(sql, identities)}
        return [rows.get(identity) for identity in identities]

    async def _fetch_alone(self, sql: str, identity: int) -> asyncpg.Record | BaseException | None:
        try:
            return (await self._fetch_rows(sql, [identity]))[0]
        except asyncpg.DataError as error:
            return error
