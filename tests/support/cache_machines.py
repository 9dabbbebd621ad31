"""Caches of several machines in one process, each with its own file of generations."""

import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pytest
from pydantic import SecretStr

from app.config.settings import Settings
from app.infrastructure.cache.cache import Cache
from app.infrastructure.cache.opening import open_cache
from app.infrastructure.database.postgres_database import PostgresDatabase
from app.infrastructure.redis.opening import open_redis_link
from app.infrastructure.redis.redis_link import RedisLink
from tests.support.slow_widgets import SlowWidgets
from tests.support.waiting import eventually
from tests.widgets.repositories.cached_widget_repository import CachedWidgetRepository
from tests.widgets.repositories.postgres_widget_repository import PostgresWidgetRepository


@dataclass(frozen=True)
class Machine:
    """The cache of one machine; it reads uncached values from `slow`."""

    widgets: CachedWidgetRepository
    slow: SlowWidgets
    cache: Cache
    link: RedisLink | None
    database: PostgresDatabase

    async def wait_for_redis(self) -> None:
        """Wait until the cache uses Redis again."""
        link = self.link
        assert link is not None
        await eventually(lambda: link.is_up and self.cache.generations.shared_is_current)


OpenMachine: TypeAlias = Callable[..., AbstractAsyncContextManager[Machine]]


@asynccontextmanager
async def open_machine_in(
    directory: Path, settings: Settings, database: PostgresDatabase, *, waits_for_redis: bool
) -> AsyncIterator[Machine]:
    """Open a cache with its generations in the directory."""
    async with open_redis_link(settings) as link:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tempfile, "tempdir", str(directory))
            opening = open_cache(settings, link)
            cache = await opening.__aenter__()
        if link is not None and waits_for_redis:
            await _wait_until_flushed(cache)
        slow = SlowWidgets(PostgresWidgetRepository(database=database))
        widgets = CachedWidgetRepository(stored=slow, cache=cache, database=database)
        try:
            yield Machine(widgets, slow, cache, link, database)
        finally:
            await opening.__aexit__(None, None, None)


async def _wait_until_flushed(cache: Cache) -> None:
    """Wait until the cache listens to Redis, which starts new generations."""
    before = cache.generations.read("anything")
    await eventually(
        lambda: cache.generations.shared_is_current and cache.generations.read("anything") != before
    )


def copy_settings(settings: Settings, redis_url: str | None) -> Settings:
    return settings.model_copy(update={"redis_url": redis_url and SecretStr(redis_url)})
