"""`consume` with the handlers of the test domain, killed and stopped in the middle."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from app.config.settings import Settings
from app.infrastructure.database.pool import Connection
from devtools.private_auth import PrivateAuthService
from devtools.rabbitmq import PrivateRabbitMQ
from tests.support.consume_process import ConsumeProcess
from tests.support.database import fetch_rows
from tests.support.other_service import OtherService
from tests.support.server import make_environment
from tests.support.settings_and_clients import Tokens, make_client, running_app
from tests.support.waiting import eventually
from tests.widgets.factories import WIDGETS, widget_body


@pytest.fixture
def consumer(
    consumer_settings: Settings,
    database_url: str,
    auth_service: PrivateAuthService,
    rabbitmq: PrivateRabbitMQ,
    tmp_path: Path,
) -> Iterator[ConsumeProcess]:
    environment = make_environment(
        database_url,
        auth_service.url,
        tmp_path,
        service_name=consumer_settings.service_name,
        rabbitmq_url=rabbitmq.url,
        event_subscribers=["http://follower"],
    )
    with ConsumeProcess(environment=environment, log=tmp_path / "consumer.log") as process:
        yield process


@pytest.fixture
async def widget_id(consumer_settings: Settings, tokens: Tokens) -> int:
    async with (
        running_app(consumer_settings) as app,
        make_client(app, tokens.admin) as admin,
    ):
        response: httpx.Response = await admin.post(WIDGETS, json=widget_body())
        identity: int = response.json()["id"]
        return identity


def stock_changed(widget_id: int) -> dict[str, Any]:
    return {"event": "inventory.widget_changed", "widget_id": widget_id, "in_stock": False}


async def test_a_message_is_handled_audited_and_followed_by_an_event(
    consumer: ConsumeProcess, other_service: OtherService, widget_id: int, database_url: str
) -> None:
    request = {"x-request-id": "request-of-the-inventory"}
    await other_service.send(stock_changed(widget_id), headers=request)
    await eventually(lambda: _is_handled(database_url))

    (widget,) = await fetch_rows(database_url, "widgets")
    assert (widget["is_active"], widget["version"]) == (False, 2)
    audit = (await fetch_rows(database_url))[-1]
    assert (audit["user_id"], audit["role"]) == ("inventory-service", "service")
    assert (audit["action"], audit["request_id"]) == (
        "UPDATE_WIDGET",
        "request-of-the-inventory",
    )
    messages = [
        row for row in await fetch_rows(database_url, "outbox") if b"widget.changed" in row["body"]
    ]
    assert [row["to_service"] for row in messages] == ["http://follower"]
    assert "request-of-the-inventory" in messages[0]["headers"]
    assert "handled" in consumer.log.read_text()
    assert "[request-of-the-inventory]" in consumer.log.read_text()


async def test_a_consumer_killed_in_a_handler_causes_one_effect(
    consumer: ConsumeProcess, other_service: OtherService, widget_id: int, database_url: str
) -> None:
    async with locked_widgets(database_url) as lock:
        await other_service.send(stock_changed(widget_id))
        await eventually(lambda: _waits_for_lock(lock))
        consumer.kill()
    consumer.start()
    await eventually(lambda: _is_handled(database_url), seconds=30)

    assert consumer.stop() == 0
    assert await other_service.count_ready() == 0
    await require_one_effect(database_url)


async def test_a_stopping_consumer_finishes_its_current_message(
    consumer: ConsumeProcess, other_service: OtherService, widget_id: int, database_url: str
) -> None:
    async with locked_widgets(database_url) as lock:
        await other_service.send(stock_changed(widget_id))
        await eventually(lambda: _waits_for_lock(lock))
        consumer.terminate()

    assert consumer.stop() == 0
    assert await other_service.count_ready() == 0
    await require_one_effect(database_url)


@asynccontextmanager
async def locked_widgets(database_url: str) -> AsyncIterator[Connection]:
    """Lock the rows of all widgets, so that a handler waits for them."""
    connection = await asyncpg.connect(database_url)
    async with connection.transaction():
        await connection.execute("SELECT FROM widgets FOR UPDATE")
        yield connection
    await connection.close()


async def require_one_effect(database_url: str) -> None:
    (widget,) = await fetch_rows(database_url, "widgets")
    assert (widget["is_active"], widget["version"]) == (False, 2)
    assert len([row for row in await fetch_rows(database_url) if row["role"] == "service"]) == 1
    assert len(await fetch_rows(database_url, "inbox")) == 1
    messages = [
        row for row in await fetch_rows(database_url, "outbox") if b"widget.changed" in row["body"]
    ]
    assert len(messages) == 1


async def _is_handled(database_url: str) -> bool:
    return len(await fetch_rows(database_url, "inbox")) == 1


async def _waits_for_lock(lock: Connection) -> bool:
    return bool(await lock.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))
