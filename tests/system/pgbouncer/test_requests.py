"""The service behind a real PgBouncer, in both of the modes that it supports."""

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg
import pytest

import app
from app.infrastructure.database.pool import SESSION
from devtools.pgbouncer import PrivatePgBouncer
from devtools.private_auth import PrivateAuthService
from tests.support.running_service import RunningService
from tests.support.settings_and_clients import Tokens, make_client, make_settings, running_app
from tests.support.traffic import WIDGETS, make_widget_body, require_unavailable, uncached_list_url
from tests.support.waiting import eventually
from tests.system.pgbouncer.conftest import MakePooler


@pytest.mark.usefixtures("long_wait")
async def test_requests_at_once_are_all_served(
    service: RunningService, direct: asyncpg.Connection
) -> None:
    statuses: Counter[int] = Counter()

    async def use(number: int) -> None:
        key = {"Idempotency-Key": f"key-{number}"}
        body = make_widget_body(f"w {number}")
        created = await service.admin.post(WIDGETS, json=body, headers=key)
        changed = await service.admin.patch(created.headers["Location"], json={"price": 11})
        answers = [created, changed]
        answers += [await service.admin.get(uncached_list_url()) for _ in range(3)]
        statuses.update(answer.status_code for answer in answers)

    for batch in range(4):
        await asyncio.gather(*(use(25 * batch + number) for number in range(25)))

    assert statuses == {201: 100, 200: 400}
    assert await direct.fetchval("SELECT count(*) FROM audit_log") == 200


async def test_every_connection_has_the_settings_of_the_service(service: RunningService) -> None:
    database = service.resources.database
    names = [*SESSION, "timezone", "application_name"]

    async def read() -> dict[str, str]:
        rows = await database.fetch(
            "SELECT name, current_setting(name) AS value FROM unnest($1::text[]) AS name", names
        )
        return {row["name"]: row["value"] for row in rows}

    found = await asyncio.gather(*(read() for _ in range(20)))

    expected = SESSION | {"timezone": "UTC", "application_name": app.__slug__}
    assert all(each == expected for each in found)


async def test_a_restart_of_the_pooler_costs_503s_and_no_other_error(
    service: RunningService,
    pooler: PrivatePgBouncer,
    server_thread: ThreadPoolExecutor,
    direct: asyncpg.Connection,
) -> None:
    loop = asyncio.get_running_loop()
    statuses: Counter[int] = Counter()
    created: set[int] = set()
    is_over = False

    async def client(number: int) -> None:
        while not is_over:
            if number % 2:
                answer = await service.admin.get(uncached_list_url())
            else:
                body = make_widget_body(f"writer {number}")
                answer = await service.admin.post(WIDGETS, json=body)
            statuses[answer.status_code] += 1
            if answer.status_code == 201:
                created.add(answer.json()["id"])
            if answer.status_code not in {200, 201}:
                require_unavailable(answer)
                await asyncio.sleep(0.02)

    clients = asyncio.gather(*(client(number) for number in range(12)))
    await eventually(lambda: _has(statuses, 200))
    await loop.run_in_executor(server_thread, pooler.stop)
    await eventually(service.is_down)
    await loop.run_in_executor(server_thread, pooler.start)
    await eventually(service.is_ready)
    statuses.clear()
    await eventually(lambda: _has(statuses, 200))
    is_over = True
    await clients

    assert await service.serves()
    rows = await direct.fetch("SELECT id FROM widgets")
    assert created <= {row["id"] for row in rows}


async def _has(statuses: Counter[int], status: int) -> bool:
    return statuses[status] > 10


async def test_a_wrong_mode_costs_503s_and_no_other_error(
    make_pooler: MakePooler,
    auth_service: PrivateAuthService,
    tokens: Tokens,
    tmp_path: Path,
) -> None:
    pooler = make_pooler("transaction", pool_size=4)
    settings = make_settings(pooler.url, auth_service.url, tmp_path, database_pooling="session")

    async with (
        running_app(settings) as application,
        make_client(application, tokens.admin) as admin,
    ):
        answers = await asyncio.gather(
            *(admin.get(uncached_list_url()) for _ in range(40)),
            *(admin.post(WIDGETS, json=make_widget_body(f"w {number}")) for number in range(40)),
        )

    refused = [answer for answer in answers if answer.status_code not in {200, 201}]
    for answer in refused:
        require_unavailable(answer)
    assert refused
