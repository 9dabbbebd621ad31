from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from app.infrastructure.redis.redis_link import LinkTiming, RedisLink
from devtools.valkey import PrivateValkey
from tests.support.redis_links import PATIENT_TIMING, OpenLink, open_link_to


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[PrivateValkey]:
    """A server for one test, which may stop, kill or reconfigure it."""
    with PrivateValkey(log=tmp_path / "valkey.log") as server:
        yield server


@pytest.fixture
def open_link(tmp_path: Path) -> OpenLink:
    def opened(
        url: str, timing: LinkTiming = PATIENT_TIMING
    ) -> AbstractAsyncContextManager[RedisLink]:
        return open_link_to(url, tmp_path, timing)

    return opened


@pytest.fixture
async def link(own_valkey: PrivateValkey, open_link: OpenLink) -> AsyncIterator[RedisLink]:
    async with open_link(own_valkey.url) as opened:
        yield opened
