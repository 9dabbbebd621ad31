"""Four workers serve many readers and writers of few widgets without a stale read."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from random import Random

import httpx
import pytest

from devtools.private_auth import PrivateAuthService
from devtools.valkey import PrivateValkey
from tests.support.server import Server, make_environment
from tests.support.settings_and_clients import Tokens
from tests.support.version_history import VersionHistory
from tests.widgets.factories import WIDGETS, widget_body

READERS = 16
READS = 150
WRITERS = 3
HOT = 4

MakeServer = Callable[..., Server]


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
    history = VersionHistory()
    async with served.async_client(tokens.admin) as admin:
        for _ in range(HOT):
            history.record((await admin.post(WIDGETS, json=widget_body())).json())
    is_stopped = asyncio.Event()
    async with asyncio.TaskGroup() as writing:
        for number in range(WRITERS):
            writing.create_task(_write(served, tokens, history, is_stopped, seeded(number)))
        writing.create_task(_add_and_remove(served, tokens, history, is_stopped))
        readers = (_read(served, tokens, history, seeded(number)) for number in range(READERS))
        await asyncio.gather(*readers)
        is_stopped.set()

    assert history.reads == READERS * READS
    assert history.stale == []


def seeded(number: int) -> Random:
    return Random(number)  # noqa: S311 - no secret


async def _write(
    server: Server,
    tokens: Tokens,
    history: VersionHistory,
    is_stopped: asyncio.Event,
    random: Random,
) -> None:
    async with server.async_client(tokens.admin) as admin:
        while not is_stopped.is_set():
            url = f"{WIDGETS}/{random.randint(1, HOT)}"
            response = await admin.patch(url, json={"price": random.randint(1, 10**6)})
            assert response.status_code == 200
            history.record(response.json())
            await asyncio.sleep(0.01)


async def _add_and_remove(
    server: Server, tokens: Tokens, history: VersionHistory, is_stopped: asyncio.Event
) -> None:
    async with server.async_client(tokens.admin) as admin:
        while not is_stopped.is_set():
            widget = (await admin.post(WIDGETS, json=widget_body())).json()
            history.record(widget)
            await asyncio.sleep(0.02)
            history.record_removal_started(widget["id"])
            await admin.delete(f"{WIDGETS}/{widget['id']}")
            history.record_removal(widget["id"])


async def _read(server: Server, tokens: Tokens, history: VersionHistory, random: Random) -> None:
    """Read over one connection, and so from one worker."""
    async with server.async_client(tokens.user) as user:
        for _ in range(READS):
            await _read_once(user, history, random)
            history.reads += 1


async def _read_once(user: httpx.AsyncClient, history: VersionHistory, random: Random) -> None:
    required = history.before()
    if random.random() < 0.1:
        page = (await user.get(WIDGETS, params={"page_size": 100})).json()
        history.check_list(required, page["items"])
        return
    identity = random.choice([*range(1, HOT + 1), max(required)])
    known = required[identity]
    headers = {"If-None-Match": f'"{known - 1}"'} if random.random() < 0.2 else {}
    response = await user.get(f"{WIDGETS}/{identity}", headers=headers)
    if response.status_code == 304:
        history.check(required, identity, known - 1)
    else:
        history.check(required, identity, response.json().get("version"))
