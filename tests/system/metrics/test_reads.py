"""Metrics of a read: lookups of the caches, and statements by use case."""

from itertools import count

import httpx

from tests.support.traffic import WIDGETS, make_widget_body
from tests.system.metrics.conftest import Measured

_names = count()


def lookups(level: str, outcome: str) -> str:
    return f'cache_lookups_total{{level="{level}",outcome="{outcome}"}}'


def statements(name: str) -> str:
    return f'db_client_operation_duration_seconds_count{{db_operation_name="{name}"}}'


async def create(client: httpx.AsyncClient) -> str:
    response = await client.post(WIDGETS, json=make_widget_body(f"read {next(_names)}"))
    assert response.status_code == 201
    return f"{WIDGETS}/{response.json()['id']}"


async def test_lookups_are_counted_by_level(measured: Measured, client: httpx.AsyncClient) -> None:
    url = await create(client)
    first = {lookups("process", "miss"): 1, lookups("shared", "miss"): 1}
    async with measured.expecting("cache_lookups_total", first):
        await client.get(url)
    async with measured.expecting("cache_lookups_total", {lookups("process", "hit"): 2}):
        await client.get(url)
        await client.get(url)
    # Two URLs of one page.
    await client.get(f"{WIDGETS}?page_size=13&sort_by=price")
    shared = {lookups("process", "miss"): 1, lookups("shared", "hit"): 1}
    async with measured.expecting("cache_lookups_total", shared):
        await client.get(f"{WIDGETS}?sort_by=price&page_size=13")


async def test_statements_have_the_names_of_their_use_cases(
    measured: Measured, client: httpx.AsyncClient
) -> None:
    read = {statements("PostgresWidgetRepository.get"): 1}
    write = {
        statements("PostgresWidgetRepository.get_for_update"): 1,
        statements("PostgresWidgetRepository.update"): 1,
    }
    url = await create(client)
    async with measured.expecting("db_client_operation_duration", read):
        await client.get(url)
        await client.get(url)
    async with measured.expecting("db_client_operation_duration", write):
        response = await client.patch(url, json={"price": 77.5})
        assert response.status_code == 200, response.text
    pages = {statements("PostgresWidgetRepository.list"): 1}
    async with measured.expecting("db_client_operation_duration", pages):
        await client.get(f"{WIDGETS}?page_size=7&sort_by=price")
