"""Lists of more matches than are sorted at once: what is walked must be the same."""

from itertools import product
from typing import Any

import pytest

from app.config.settings import Settings
from app.models.listing import ListQuery
from app.repositories import listing
from tests.domains.domain import Domain
from tests.stores import open_store


async def test_a_walk_along_an_index_gives_what_sorting_gives(
    domain: Domain, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_store("postgres", domain, settings, None) as store:
        for sample in [*domain.samples, {}, {}]:
            await store.records.add(domain.make_new(**sample))

        async def listed(**query: Any) -> list[int]:
            page = await store.records.list(ListQuery(limit=3, offset=1, **query))
            return [record.id for record in page.items]

        for sort, descending in product(domain.sorts, (False, True)):
            query = {"sort_by": sort, "descending": descending}
            monkeypatch.setattr(listing, "FEW", 1_000)
            is_sorted = await listed(**query)
            monkeypatch.setattr(listing, "FEW", 0)
            assert await listed(**query) == is_sorted, query
            assert len(is_sorted) == 3
