from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TypeAlias

import pytest

from app.infrastructure.cache.redis_link import TIMING, LinkTiming, RedisLink, open_redis_link
from devtools.valkey import PrivateValkey
from tests.setup import make_settings

OpenLink: TypeAlias = Callable[..., AbstractAsyncContextManager[RedisLink]]


@pytest.fixture
def victim(tmp_path: Path) -> Iterator[PrivateValkey]:
    """A server of the test's own, to do anything with."""
    with PrivateValkey(log=tmp_path / "valkey.log") as server:
        yield server


@pytest.fixture
def open_link(tmp_path: Path) -> OpenLink:
    @asynccontextmanager
    async def opened(url: str, timing: LinkTiming = TIMING) -> AsyncIterator[RedisLink]:
        settings = make_settings("postgresql://x/x", "http://x", tmp_path, redis_url=url)
        async with open_redis_link(settings, timing=timing) as link:
            assert link is not None
            yield link

    return opened


@pytest.fixture
async def link(victim: PrivateValkey, open_link: OpenLink) -> AsyncIterator[RedisLink]:
    async with open_link(victim.url) as opened:
        yield opened
