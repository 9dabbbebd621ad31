"""Several relays share an outbox; a relay that stops early loses nothing."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import IO, TypeAlias
from urllib.parse import urlsplit

import asyncpg
import pytest

from app.exceptions.base import UnavailableError
from devtools.fault_proxy import FaultProxy
from devtools.private_auth import PrivateAuthService
from devtools.processes import die_with_parent
from devtools.rabbitmq import PrivateRabbitMQ
from tests.support import relay_process
from tests.support.database import fetch_rows
from tests.support.outbox_sender import QUICK_RETRIES, OpenSender, Sender, open_outbox_sender, send
from tests.support.queue_reader import (
    count_ready,
    read_body,
    read_numbers,
    receive,
    receive_available,
)
from tests.support.server import ROOT, Server, make_environment
from tests.support.settings_and_clients import Tokens
from tests.support.traffic import WIDGETS, make_widget_body
from tests.support.waiting import eventually

ROWS = 10_000
FILL = """
    INSERT INTO outbox (id, queue, priority, from_service, to_service, headers, body, created_at)
    SELECT gen_random_uuid(), $1, (ARRAY[1, 5, 8, 10])[1 + i % 4], 'catalog-service', 'http://x',
           '{}', '{}', now()
    FROM generate_series(1, $2::int) AS i
"""

LaunchRelay: TypeAlias = Callable[[str], AbstractContextManager["subprocess.Popen[bytes]"]]


@pytest.fixture
def launch_relay(database_url: str, broker_url: str, tmp_path: Path) -> LaunchRelay:
    command = [sys.executable, str(Path(relay_process.__file__)), database_url, broker_url]

    @contextmanager
    def launched(mode: str) -> Iterator["subprocess.Popen[bytes]"]:
        with subprocess.Popen(  # noqa: S603 - our own code
            die_with_parent([*command, str(tmp_path), mode]),
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as process:
            yield process
            _pipe(process.stdin).close()

    return launched


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe


async def test_four_relays_publish_ten_thousand_rows_once_each(
    rabbitmq: PrivateRabbitMQ, launch_relay: LaunchRelay, queue: str, database_url: str
) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute(FILL, queue, ROWS)

    with ExitStack() as stack:
        relays = [stack.enter_context(launch_relay("to the end")) for _ in range(4)]
        for relay in relays:
            assert await asyncio.to_thread(_pipe(relay.stdout).readline) == b"ready\n"

        async def is_done() -> bool:
            sql = "SELECT count(*) FROM outbox WHERE published_at IS NULL"
            return bool(await connection.fetchval(sql) == 0)

        await eventually(is_done, seconds=120)
    await connection.close()

    assert await count_ready(rabbitmq.url, queue) == ROWS


async def test_a_killed_relay_repeats_messages_with_the_same_id(
    rabbitmq: PrivateRabbitMQ,
    launch_relay: LaunchRelay,
    open_sender: OpenSender,
    queue: str,
    database_url: str,
) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute(FILL, queue, 1)
    await connection.close()
    with launch_relay("die") as relay:
        assert await asyncio.to_thread(relay.wait, 60) != 0
    assert await count_ready(rabbitmq.url, queue) == 1

    async with open_sender() as sender:
        await eventually(sender.all_published)

    assert await count_ready(rabbitmq.url, queue) == 2
    (row,) = await fetch_rows(database_url, "outbox")
    first, second = await receive_available(rabbitmq.url, queue, 2)
    assert first.message_id == second.message_id == str(row["id"])


@pytest.fixture
def server(
    broker_url: str,
    database_url: str,
    auth_service: PrivateAuthService,
    tmp_path: Path,
    address: str,
) -> Iterator[Server]:
    messaging = {"rabbitmq_url": broker_url, "event_subscribers": [address]}
    environment = make_environment(database_url, auth_service.url, tmp_path, **messaging)
    with Server(environment=environment, directory=tmp_path) as running:
        yield running


async def test_messages_of_a_killed_worker_are_sent_by_the_next_one(
    rabbitmq: PrivateRabbitMQ, proxy: FaultProxy, server: Server, tokens: Tokens, queue: str
) -> None:
    # The server had no connection: its start blocked the event loop that runs the proxy.
    proxy.refuse()
    proxy.reset()
    async with server.async_client(tokens.admin) as client:
        response = await client.post(WIDGETS, json=make_widget_body("committed"))
    assert response.status_code == 201
    server.process.kill()
    server.process.wait()

    await proxy.accept()
    server.start()
    (message,) = await receive(rabbitmq.url, queue, count=1)

    assert read_body(message)["payload"]["widget_id"] == response.json()["id"]
    server.stop()
    assert "Traceback" not in server.output
    assert rabbitmq.url.split(":")[2].split("@")[0] not in server.output


async def test_the_relay_resumes_when_the_database_returns(
    rabbitmq: PrivateRabbitMQ, database_url: str, tmp_path: Path, queue: str
) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute(FILL, queue, 3000)
    await connection.close()
    port = urlsplit(database_url).port
    assert port is not None

    async with FaultProxy(target=port) as proxy:
        through = database_url.replace(f":{port}/", f":{proxy.port}/")
        retry_policy = replace(QUICK_RETRIES, lease_seconds=2)
        async with open_outbox_sender(
            through, rabbitmq.url, tmp_path, retry_policy=retry_policy
        ) as sender:
            await eventually(partial(_has_some, rabbitmq.url, queue))
            proxy.refuse()
            proxy.reset()
            await eventually(partial(_is_unavailable, sender))
            await proxy.accept()
            await eventually(partial(_all_are_published, sender), seconds=60)

    ids = {str(row["id"]) for row in await fetch_rows(database_url, "outbox")}
    arrived = await receive(rabbitmq.url, queue, count=3000)
    assert {message.message_id for message in arrived} == ids


async def _has_some(url: str, queue: str) -> bool:
    return await count_ready(url, queue) > 0


async def _is_unavailable(sender: Sender) -> bool:
    return not sender.database.is_up


async def _all_are_published(sender: Sender) -> bool:
    try:
        return await sender.all_published()
    except UnavailableError:
        return False


async def test_a_stopping_relay_sends_due_messages(
    rabbitmq: PrivateRabbitMQ, open_sender: OpenSender, address: str, queue: str, database_url: str
) -> None:
    async with open_sender():
        for number in range(50):
            await send(address, number)

    assert await count_ready(rabbitmq.url, queue) == 50
    assert all(row["published_at"] for row in await fetch_rows(database_url, "outbox"))


async def test_a_stopping_relay_does_not_wait_for_a_frozen_broker(
    open_sender: OpenSender, proxy: FaultProxy, address: str, rabbitmq: PrivateRabbitMQ, queue: str
) -> None:
    retry_policy = replace(QUICK_RETRIES, lease_seconds=3)
    async with asyncio.timeout(30), open_sender(retry_policy=retry_policy) as sender:
        await send(address, 1)
        await eventually(sender.all_published)
        proxy.freeze()
        await send(address, 2)

    proxy.thaw()
    async with open_sender() as sender:
        await eventually(sender.all_published)
    assert {1, 2} == set(read_numbers(await receive(rabbitmq.url, queue, count=2)))
