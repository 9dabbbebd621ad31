"""Lists with too many matches to sort at once are read in other ways, with the same result."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import product
from typing import Any

import pytest

from app.config.settings import Settings
from app.models.shared.listing import ListQuery
from app.repositories.shared import list_statements
from tests.support.domain import Domain
from tests.support.stores import open_store

# Which limits are passed by any list decides how it is read.
LIMITS: dict[str, dict[str, Any]] = {
    "walk": {"FEW_MATCHES": 0, "WALK_LIMIT": 1_000},
    "collect": {"FEW_MATCHES": 0, "WALK_LIMIT": 0},
    "walk to the end": {"FEW_MATCHES": 0, "WALK_LIMIT": 0, "MANY_MATCHES": 0},
    "frequent": {"FREQUENT_ROWS": 0, "FREQUENT_MATCHES": -1},
}


@asynccontextmanager
async def both_stores(domain: Domain, settings: Settings) -> AsyncIterator[tuple[Any, Any]]:
    """Open the store in memory, which is the reference, and that on PostgreSQL."""
    async with open_store("postgres", domain, settings, None) as store:
        plain = domain.fake()
        for sample in [*domain.samples, {}, {}]:
            new = domain.make_new(**sample)
            await plain.add(new)
            await store.records.add(new)
        yield plain, store.records


@pytest.mark.parametrize("limits", LIMITS.values(), ids=LIMITS)
async def test_every_way_to_read_a_list_returns_the_same_page(
    domain: Domain, settings: Settings, limits: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in limits.items():
        monkeypatch.setattr(list_statements, name, value)
    async with both_stores(domain, settings) as (plain, records):
        some, filters = plain.rows[1], sorted(domain.filter_names)
        fields = {name: name.removeprefix("min_").removeprefix("max_") for name in filters}
        values = [(name, getattr(some, field)) for name, field in fields.items()]
        criteria: list[dict[str, Any]] = [{"search": "e"}] if plain.searched else []
        criteria += [{"filters": {name: value}} for name, value in values if value is not None]
        for criterion, sort, descending in product(criteria, domain.sorts, (False, True)):
            query = ListQuery(**criterion, sort_by=sort, descending=descending, limit=3, offset=1)

            page, expected = await records.list(query), await plain.list(query)

            assert [row.id for row in page.items] == [row.id for row in expected.items], query
            assert (page.next_position is None) == (expected.next_position is None), query
