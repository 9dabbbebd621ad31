"""The list contract of every repository, in each store."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.models.shared.listing import ListQuery, Page
from tests.widgets.factories import make_new_widget
from tests.widgets.models.widget import NewWidget, Widget
from tests.widgets.repositories.widget_repository import WidgetRepository

JANUARY = datetime(2026, 1, 15, 9, tzinfo=UTC)
EVERY = [0, 1, 2, 3, 4, 5]

FILTERS: list[tuple[dict[str, object], list[int]]] = [
    ({}, EVERY),
    ({"kind": "SW"}, [3]),
    ({"category": "US"}, [0, 4]),
    ({"category": "us"}, []),
    ({"code": "S-1"}, [0]),
    ({"min_quantity": 3}, [2, 4]),
    ({"max_quantity": 3}, [0, 1, 2, 3, 5]),
    ({"min_due_on": date(2026, 2, 1)}, [4]),
    ({"max_checked_at": datetime(2026, 2, 1, tzinfo=UTC)}, [1]),
    ({"is_active": False}, [2]),
    ({"is_active": True}, [0, 1, 3, 4, 5]),
    ({"min_price": Decimal("20.01")}, [0, 5]),
    ({"max_price": Decimal(20)}, [1, 2, 3, 4]),
    ({"min_price": Decimal(20), "max_price": Decimal(20)}, [2, 3, 4]),
    ({"min_price": Decimal(21), "max_price": Decimal(20)}, []),
    ({"category": "US", "min_price": Decimal(25)}, [0]),
    ({"category": "US", "kind": "SW"}, []),
    ({"category": "x' OR '1'='1"}, []),
]

SEARCHES = {
    "beta": [0, 2, 5],
    "BETA": [0, 2, 5],
    "S-1": [0],
    "s-1": [0],
    "steel": [1],
    "a": [0, 1, 2, 3, 5],
    "et": [0, 2, 5],
    "äHR": [4],
    "%": [1],
    "0% s": [1],
    "_": [3],
    "a_1": [3],
    "\\": [5],
    "\\s": [5],
    "Beta S": [0, 5],
    "us beta": [0],
    "bet us": [0],
    "a beta": [0, 2, 5],
    "beta beta": [0, 2, 5],
    "s t": [0, 1, 5],
    "beta nowhere": [],
    "betas": [],
    "alphaone": [],
    ".*": [],
    "' OR 1=1": [],
}

SORTS = {
    "id": EVERY,
    "name": [0, 2, 5, 3, 1, 4],
    "category": [1, 2, 3, 5, 0, 4],
    "price": [1, 2, 3, 4, 5, 0],
    "quantity": [0, 1, 3, 5, 2, 4],
    "created_at": EVERY,
    "updated_at": EVERY,
}


class Shelf:
    """Six widgets; tests refer to them by their places, 0 to 5."""

    def __init__(self, widgets: WidgetRepository, ids: list[int]) -> None:
        self.widgets = widgets
        self.ids = ids

    async def page(self, **query: Any) -> Page[Widget]:
        return await self.widgets.list(ListQuery(**query))

    async def found(self, **query: Any) -> list[int]:
        return self.places(await self.page(**query))

    def places(self, page: Page[Widget]) -> list[int]:
        return [self.ids.index(widget.id) for widget in page.items]

    async def read_pages(self, **query: Any) -> list[int]:
        """List all pages, each from the position at which the previous one ended."""
        page = await self.page(**query)
        walked = self.places(page)
        while page.next_position is not None:
            page = await self.page(**query, after=page.next_position)
            walked += self.places(page)
        return walked


def _new(**fields: Any) -> NewWidget:
    return make_new_widget(**{"category": "EU"} | fields)


@pytest.fixture
async def shelf(widgets: WidgetRepository) -> Shelf:
    news = (
        _new(name="Beta", price=Decimal(30), code="S-1", category="US"),
        _new(name="alpha", price=Decimal(10), note="One of 100% steel", checked_at=JANUARY),
        _new(name="Beta", price=Decimal(20), quantity=3, is_active=False),
        _new(name="Gamma_1", price=Decimal(20), kind="SW"),
        _new(name="Ähre", price=Decimal(20), quantity=4, category="US", due_on=date(2026, 2, 1)),
        _new(name="Beta", price=Decimal("20.01"), code="beta\\s"),
    )
    return Shelf(widgets, [(await widgets.add(new)).id for new in news])


async def test_filters_narrow_a_list(shelf: Shelf) -> None:
    pages = [(filters, await shelf.page(filters=filters)) for filters, _ in FILTERS]

    assert [(filters, shelf.places(page)) for filters, page in pages] == FILTERS
    assert [page.total for _, page in pages] == [len(places) for _, places in FILTERS]
    assert all(page.total_is_exact for _, page in pages)


async def test_a_search_finds_a_substring_in_any_case(shelf: Shelf) -> None:
    pages = {search: await shelf.page(search=search) for search in SEARCHES}

    assert {search: shelf.places(page) for search, page in pages.items()} == SEARCHES
    assert all(page.total == len(page.items) for page in pages.values())


async def test_a_search_can_be_combined_with_filters(shelf: Shelf) -> None:
    assert await shelf.found(search="beta", filters={"category": "US"}) == [0]


async def test_a_sort_breaks_ties_by_id(shelf: Shelf) -> None:
    assert {sort: await shelf.found(sort_by=sort) for sort in SORTS} == SORTS


async def test_a_descending_sort_is_the_reverse(shelf: Shelf) -> None:
    listed = {sort: await shelf.found(sort_by=sort, descending=True) for sort in SORTS}

    assert listed == {sort: places[::-1] for sort, places in SORTS.items()}


async def test_a_change_moves_a_widget_to_the_end_of_updated_at(shelf: Shelf) -> None:
    first = await shelf.widgets.get(shelf.ids[0])

    await shelf.widgets.update(replace(first, price=Decimal(7)))

    assert await shelf.found(sort_by="updated_at") == [1, 2, 3, 4, 5, 0]


@pytest.mark.parametrize("limit", [1, 2, 6])
@pytest.mark.parametrize("descending", [False, True])
async def test_positions_lead_through_the_whole_list_once(
    shelf: Shelf, limit: int, *, descending: bool
) -> None:
    walked = {
        sort: await shelf.read_pages(sort_by=sort, descending=descending, limit=limit)
        for sort in SORTS
    }

    assert walked == {
        sort: places[::-1] if descending else places for sort, places in SORTS.items()
    }


async def test_positions_lead_through_a_filtered_list(shelf: Shelf) -> None:
    filters = {"max_price": Decimal(25)}

    walked = await shelf.read_pages(filters=filters, search="a", sort_by="price", limit=1)

    assert walked == [1, 2, 3, 5]


async def test_every_page_has_the_total_of_the_whole_list(shelf: Shelf) -> None:
    first = await shelf.page(limit=4, filters={"is_active": True})
    second = await shelf.page(limit=4, filters={"is_active": True}, after=first.next_position)

    assert (first.total, second.total) == (5, 5)


async def test_a_position_stays_valid_after_its_widget_is_removed(shelf: Shelf) -> None:
    first = await shelf.page(sort_by="price", limit=2)

    await shelf.widgets.remove(first.items[-1].id)

    assert await shelf.found(sort_by="price", after=first.next_position) == [3, 4, 5, 0]


async def test_an_offset_skips_widgets(shelf: Shelf) -> None:
    pages = {offset: await shelf.page(limit=2, offset=offset) for offset in (0, 1, 5, 6, 99)}

    listed = {offset: shelf.places(page) for offset, page in pages.items()}
    assert listed == {0: [0, 1], 1: [1, 2], 5: [5], 6: [], 99: []}
    assert {page.total for page in pages.values()} == {6}


async def test_the_last_page_has_no_next_position(shelf: Shelf) -> None:
    assert (await shelf.page(limit=6)).next_position is None
    assert (await shelf.page(limit=3, offset=3)).next_position is None
    assert (await shelf.page(limit=3, offset=2)).next_position is not None


async def test_an_exact_total_is_exact(shelf: Shelf) -> None:
    page = await shelf.page(limit=1, exact_total=True)

    assert (page.total, page.total_is_exact) == (6, True)


async def test_an_empty_list_has_an_empty_page(widgets: WidgetRepository) -> None:
    page = await widgets.list(ListQuery())

    assert page == Page(items=(), total=0, total_is_exact=True, next_position=None)
