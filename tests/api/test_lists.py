"""Lists over HTTP: pages, cursors, links and totals."""

import asyncio
import re
from typing import Any

import asyncpg
import httpx
import pytest

from tests.support.problems import problem_of
from tests.widgets.factories import WIDGETS, widget_body

ENVELOPE = ["items", "total", "total_is_exact", "page", "page_size", "total_pages", "next_cursor"]


async def _fill(database_url: str, count: int) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        """
        INSERT INTO widgets (name, category, price, kind)
        SELECT 'Item ' || n % 7, 'C', 1 + n % 5, 'HW'
        FROM generate_series(1, $1::int) AS n
        """,
        count,
    )
    await connection.close()


async def _page(client: httpx.AsyncClient, **query: Any) -> dict[str, Any]:
    response = await client.get(WIDGETS, params=query)
    assert response.status_code == 200, response.text
    page: dict[str, Any] = response.json()
    assert list(page) == ENVELOPE
    return page


async def _read_all_ids(client: httpx.AsyncClient, **query: Any) -> list[int]:
    page = await _page(client, **query)
    ids = [item["id"] for item in page["items"]]
    while page["next_cursor"] is not None:
        page = await _page(client, **query, cursor=page["next_cursor"])
        ids += [item["id"] for item in page["items"]]
    return ids


def _links(response: httpx.Response) -> dict[str, str]:
    found = re.findall(r'<([^>]*)>; rel="(\w+)"', response.headers["Link"])
    return {relation: target for target, relation in found}


async def test_an_empty_list_has_an_empty_page(user: httpx.AsyncClient) -> None:
    page = await _page(user)

    assert list(page.values()) == [[], 0, True, 1, 50, 0, None]


async def test_a_page_contains_its_position_and_the_total(
    user: httpx.AsyncClient, database_url: str
) -> None:
    await _fill(database_url, 12)

    page = await _page(user, page=2, page_size=5)

    assert [item["id"] for item in page["items"]] == [6, 7, 8, 9, 10]
    assert (page["total"], page["page"], page["page_size"], page["total_pages"]) == (12, 2, 5, 3)
    assert page["next_cursor"] is not None
    assert (await _page(user, page=3, page_size=5))["next_cursor"] is None
    assert (await _page(user, page=4, page_size=5))["items"] == []


async def test_list_items_equal_the_single_widgets(admin: httpx.AsyncClient) -> None:
    created = await admin.post(WIDGETS, json=widget_body(price=12.5))

    assert (await _page(admin))["items"] == [created.json()]


async def test_link_headers_lead_through_all_pages(
    user: httpx.AsyncClient, database_url: str
) -> None:
    await _fill(database_url, 12)
    first = await user.get(WIDGETS, params={"page_size": 5, "category": "C", "sort_by": "price"})
    second = await user.get(_links(first)["next"])
    third = await user.get(_links(second)["next"])

    assert set(_links(first)) == {"first", "last", "next"}
    assert set(_links(second)) == {"first", "last", "next", "prev"}
    assert set(_links(third)) == {"first", "last", "prev"}
    ids = [item["id"] for response in (first, second, third) for item in response.json()["items"]]
    assert sorted(ids) == list(range(1, 13))
    assert (await user.get(_links(first)["last"])).json() == third.json()
    assert (await user.get(_links(third)["prev"])).json()["items"] == second.json()["items"]
    assert (await user.get(_links(third)["first"])).json()["items"] == first.json()["items"]


@pytest.mark.parametrize(
    "sort_by", ["id", "name", "category", "price", "quantity", "created_at", "updated_at"]
)
@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_cursors_and_page_numbers_return_the_same_items(
    user: httpx.AsyncClient, database_url: str, sort_by: str, order: str
) -> None:
    await _fill(database_url, 23)
    query = {"sort_by": sort_by, "order": order, "min_price": "2", "q": "item"}
    whole = [item["id"] for item in (await _page(user, **query, page_size=100))["items"]]

    paged = [
        item["id"]
        for number in range(1, 5)
        for item in (await _page(user, **query, page=number, page_size=6))["items"]
    ]

    assert await _read_all_ids(user, **query, page_size=7) == paged == whole


async def test_a_cursor_contains_its_page_number(
    user: httpx.AsyncClient, database_url: str
) -> None:
    await _fill(database_url, 5)
    first = await _page(user, page_size=2)

    second = await _page(user, page_size=2, cursor=first["next_cursor"])

    assert (second["page"], second["total"]) == (2, 5)


async def test_a_cursor_of_another_list_is_refused(
    user: httpx.AsyncClient, database_url: str
) -> None:
    await _fill(database_url, 5)
    cursor = (await _page(user, page_size=2, category="C"))["next_cursor"]

    for query in ({}, {"category": "D"}, {"category": "C", "order": "desc"}, {"q": "C"}):
        refused = await user.get(WIDGETS, params={**query, "page_size": 2, "cursor": cursor})
        problem_of(refused, 422, "foreign_cursor")


async def test_paging_by_cursor_skips_and_repeats_nothing_during_writes(
    user: httpx.AsyncClient, admin: httpx.AsyncClient, database_url: str
) -> None:
    await _fill(database_url, 60)

    async def write() -> None:
        for number in range(1, 15):
            await admin.post(WIDGETS, json=widget_body(name="Item 0", price=1))
            await admin.delete(f"{WIDGETS}/{number * 4}")

    walked, _ = await asyncio.gather(_read_all_ids(user, page_size=3, sort_by="name"), write())

    assert len(walked) == len(set(walked))
    assert {n for n in range(1, 61) if n % 4} <= set(walked)


async def test_a_total_is_exact_up_to_ten_thousand(
    user: httpx.AsyncClient, database_url: str
) -> None:
    await _fill(database_url, 10_000)
    exact = await _page(user, page_size=1)
    await _fill(database_url, 1)
    # Another page size, because these rows are inserted without invalidating the cache.
    bounded = await _page(user, page_size=2)
    counted = await _page(user, page_size=1, exact_total="true")

    assert (exact["total"], exact["total_is_exact"]) == (10_000, True)
    assert (bounded["total"], bounded["total_is_exact"]) == (10_000, False)
    assert (counted["total"], counted["total_is_exact"]) == (10_001, True)


async def test_a_cursor_continues_beyond_the_largest_offset(
    user: httpx.AsyncClient, database_url: str
) -> None:
    await _fill(database_url, 10_150)
    last = await user.get(WIDGETS, params={"page": 101, "page_size": 100})

    following = (await user.get(_links(last)["next"])).json()

    assert "cursor=" in _links(last)["next"]
    assert [item["id"] for item in following["items"]] == list(range(10_101, 10_151))
