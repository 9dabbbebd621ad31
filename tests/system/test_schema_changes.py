"""Tables that are altered while the service reads and writes them."""

import asyncio

import asyncpg

from tests.support.running_service import RunningService
from tests.support.traffic import Traffic, require_exactly_once

TYPES = ("bigint", "integer")


async def test_a_column_that_changes_its_type_under_load_costs_no_500(
    service: RunningService, direct: asyncpg.Connection, direct_url: str
) -> None:
    traffic = Traffic(service.admin)
    clients = asyncio.create_task(traffic.run(12))
    for number in range(20):
        await asyncio.sleep(0.05)
        await direct.execute(f"ALTER TABLE widgets ALTER quantity TYPE {TYPES[number % 2]}")
    traffic.is_stopped = True
    await clients

    assert traffic.statuses[200] > 0
    assert traffic.statuses[201] > 0
    assert set(traffic.statuses) <= {200, 201, 503}
    await require_exactly_once(direct_url, traffic.acknowledged)


async def test_a_transaction_with_outdated_statements_is_retried(
    service: RunningService, direct: asyncpg.Connection
) -> None:
    database = service.resources.database
    read = "SELECT quantity FROM widgets"
    attempts = 0

    async def work() -> None:
        nonlocal attempts
        attempts += 1
        await database.fetch(read)

    for column_type in TYPES:
        attempts = 0
        await database.fetch(read)
        await direct.execute(f"ALTER TABLE widgets ALTER quantity TYPE {column_type}")
        await database.run(work)
        assert attempts == 2
