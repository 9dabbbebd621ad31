"""Every filter, search and sort of a domain matches a reference in plain Python."""

from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

import pytest

from app.models.shared.listing import ListQuery, Page
from tests.support.domain import Domain
from tests.support.in_memory_repository import InMemoryRepository
from tests.support.stores import Store


class Shelf(NamedTuple):
    """The samples of a domain in the store under test and in memory. Each has a place."""

    store: Store
    ids: list[int]
    plain: InMemoryRepository[Any, Any]

    async def found(self, query: ListQuery) -> list[int]:
        return self.places(await self.store.records.list(query))

    def places(self, page: Page[Any]) -> list[int]:
        return [self.ids.index(record.id) for record in page.items]

    async def expected(self, query: ListQuery) -> list[int]:
        return [record.id - 1 for record in (await self.plain.list(query)).items]

    async def read_pages(self, query: dict[str, Any]) -> list[int]:
        """List all pages, each from the position at which the previous one ended."""
        page = await self.store.records.list(ListQuery(**query))
        walked = self.places(page)
        while page.next_position is not None:
            page = await self.store.records.list(ListQuery(**query, after=page.next_position))
            walked += self.places(page)
        return walked


@pytest.fixture
async def shelf(store: Store, domain: Domain) -> Shelf:
    plain, ids = domain.fake(), []
    for new in [domain.make_new(**sample) for sample in domain.samples]:
        await plain.add(new)
        ids.append((await store.records.add(new)).id)
    return Shelf(store, ids, plain)


def _values(shelf: Shelf, name: str) -> list[Any]:
    field = name.removeprefix("min_").removeprefix("max_")
    values = (getattr(row, field) for row in shelf.plain.rows.values())
    return list(dict.fromkeys(value for value in values if value is not None))


def _texts(shelf: Shelf) -> Iterator[str]:
    """Return parts of the stored texts with changed letter case."""
    for name in shelf.plain.searched:
        for text in _values(shelf, name):
            yield from filter(None, (text[:2], text[1:4].upper(), text[-3:].lower(), text))


async def test_every_filter_matches_the_reference(shelf: Shelf, domain: Domain) -> None:
    for name in domain.filter_names:
        told_apart = []
        for value in _values(shelf, name):
            query = ListQuery(filters={name: value})
            found = await shelf.found(query)
            assert found == await shelf.expected(query), (name, value)
            told_apart.append(len(found) < len(shelf.ids))
        assert any(told_apart), f"no sample is left out by {name}"


async def test_a_search_finds_a_substring_in_any_case(shelf: Shelf) -> None:
    for text in _texts(shelf):
        query = ListQuery(search=text)
        found = await shelf.found(query)
        assert found == await shelf.expected(query), text
        assert found, text


async def test_every_sort_breaks_ties_by_id(shelf: Shelf, domain: Domain) -> None:
    for sort, descending in product(domain.sorts, (False, True)):
        query = ListQuery(sort_by=sort, descending=descending)
        assert await shelf.found(query) == await shelf.expected(query), query


@pytest.mark.parametrize("limit", [1, 4])
async def test_positions_lead_through_the_whole_list_once(
    shelf: Shelf, domain: Domain, limit: int
) -> None:
    for sort, descending in product(domain.sorts, (False, True)):
        query: dict[str, Any] = {"sort_by": sort, "descending": descending}

        walked = await shelf.read_pages({**query, "limit": limit})

        assert walked == await shelf.expected(ListQuery(**query)), query


async def test_the_total_counts_the_whole_list(shelf: Shelf) -> None:
    page = await shelf.store.records.list(ListQuery(limit=1, exact_total=True))

    assert (page.total, page.total_is_exact, len(page.items)) == (len(shelf.ids), True, 1)
