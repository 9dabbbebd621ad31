from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from devtools.valkey import PrivateValkey


@pytest.fixture
async def redis(valkey: PrivateValkey) -> AsyncIterator[Redis]:
    async with Redis.from_url(valkey.url, protocol=2) as client:
        yield client
