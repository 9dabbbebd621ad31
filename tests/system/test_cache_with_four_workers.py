"""Four workers serve many readers and writers of few widgets without a stale read."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from devtools.private_auth import PrivateAuthService
from devtools.valkey import PrivateValkey
from tests.support.server import Server, make_environment
from tests.support.settings_and_clients import Tokens
from tests.support.version_traffic import VersionTraffic
from tests.support.waiting import eventually

READERS = 16
READS = 2400
WRITERS = 3


@pytest.fixture(params=["no Redis", "Redis"])
def server(
    request: pytest.FixtureRequest,
    database_url: str,
    auth_service: PrivateAuthService,
    valkey: PrivateValkey,
    tmp_path: Path,
) -> Server:
    redis = {"redis_url": valkey.url} if request.param == "Redis" else {}
    environment = make_environment(
        database_url, auth_service.url, tmp_path, log_level="WARNING", **redis
    )
    return Server(environment=environment, directory=tmp_path, workers=4)


@pytest.fixture
async def served(server: Server) -> AsyncIterator[Server]:
    with server:
        yield server


async def test_no_read_is_older_than_what_was_acknowledged_before_it(
    served: Server, tokens: Tokens
) -> None:
    """Each reader has one connection, and so one worker."""
    traffic = VersionTraffic(partial(served.async_client, tokens.admin))
    history = traffic.history
    async with asyncio.TaskGroup() as group:
        group.create_task(traffic.run(readers=READERS, writers=WRITERS))
        await eventually(lambda: history.reads >= READS)
        traffic.stop()

    assert history.stale == []
