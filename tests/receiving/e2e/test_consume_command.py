"""`python -m app consume` with the handlers of this service, killed and stopped in the middle."""

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
from tests.database import rows_of
from tests.faults.running import eventually
from tests.products.making import PRODUCTS, product_body
from tests.receiving.processes import ConsumeProcess
from tests.receiving.sender import Sender
from tests.server import make_environment
from tests.setup import Tokens, client_of, running


@pytest.fixture
def consumer(
    receiving_settings: Settings,
    database_url: str,
    auth_service: PrivateAuthService,
    rabbitmq: PrivateRabbitMQ,
    tmp_path: Path,
) -> Iterator[ConsumeProcess]:
    environment = make_environment(
        database_url,
        auth_service.url,
        tmp_path,
        service_name=receiving_settings.service_name,
        rabbitmq_url=rabbitmq.url,
        event_subscribers=["http://follower"],
    )
    with ConsumeProcess(environment=environment, log=tmp_path / "consumer.log") as process:
        yield process


@pytest.fixture
async def product_id(receiving_settings: Settings, tokens: Tokens) -> int:
    async with (
        running(receiving_settings) as app,
        client_of(app, tokens.admin) as admin,
    ):
        answer: httpx.Response = await admin.post(PRODUCTS, json=product_body())
        identity: int = answer.json()["id"]
        return identity


def stock_changed(product_id: int) -> dict[str, Any]:
    return {"event": "inventory.stock_changed", "product_id": product_id, "in_stock": False}


async def test_what_the_inventory_tells_is_done_audited_and_told_in_turn(
    consumer: ConsumeProcess, sender: Sender, product_id: int, database_url: str
) -> None:
    request = {"x-request-id": "request-of-the-inventory"}
    await sender.send(stock_changed(product_id), headers=request)
    await eventually(lambda: _is_done(database_url))

    (product,) = await rows_of(database_url, "products")
    assert (product["is_available"], product["version"]) == (False, 2)
    audit = (await rows_of(database_url))[-1]
    assert (audit["user_id"], audit["role"]) == ("inventory-service", "service")
    assert (audit["action"], audit["request_id"]) == (
        "UPDATE_AVAILABILITY",
        "request-of-the-inventory",
    )
    told = [row for row in await rows_of(database_url, "outbox") if b"availability" in row["body"]]
    assert [row["to_service"] for row in told] == ["http://follower"]
    assert "request-of-the-inventory" in told[0]["headers"]
    assert "handled" in consumer.log.read_text()
    assert "[request-of-the-inventory]" in consumer.log.read_text()


async def test_one_killed_in_its_handler_leaves_one_effect(
    consumer: ConsumeProcess, sender: Sender, product_id: int, database_url: str
) -> None:
    async with held(database_url) as holder:
        await sender.send(stock_changed(product_id))
        await eventually(lambda: _waits_for_the_row(holder))
        consumer.kill()
    consumer.start()
    await eventually(lambda: _is_done(database_url), seconds=30)

    assert consumer.stop() == 0
    assert await sender.count() == 0
    await require_one_effect(database_url)


async def test_one_told_to_stop_finishes_what_it_has_begun(
    consumer: ConsumeProcess, sender: Sender, product_id: int, database_url: str
) -> None:
    async with held(database_url) as holder:
        await sender.send(stock_changed(product_id))
        await eventually(lambda: _waits_for_the_row(holder))
        consumer.ask_to_stop()

    assert consumer.stop() == 0
    assert await sender.count() == 0
    await require_one_effect(database_url)


@asynccontextmanager
async def held(database_url: str) -> AsyncIterator[Connection]:
    """Hold the rows of all products, so that a handler waits for them."""
    connection = await asyncpg.connect(database_url)
    async with connection.transaction():
        await connection.execute("SELECT FROM products FOR UPDATE")
        yield connection
    await connection.close()


async def require_one_effect(database_url: str) -> None:
    (product,) = await rows_of(database_url, "products")
    assert (product["is_available"], product["version"]) == (False, 2)
    assert len([row for row in await rows_of(database_url) if row["role"] == "service"]) == 1
    assert len(await rows_of(database_url, "inbox")) == 1
    told = [row for row in await rows_of(database_url, "outbox") if b"availability" in row["body"]]
    assert len(told) == 1


async def _is_done(database_url: str) -> bool:
    return len(await rows_of(database_url, "inbox")) == 1


async def _waits_for_the_row(holder: Connection) -> bool:
    return bool(await holder.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))
