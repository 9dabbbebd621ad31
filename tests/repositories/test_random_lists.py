"""Random lists of random widgets, page after page, equal those of a reference in plain Python."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from app.config.settings import Settings
from app.models.shared.listing import ListQuery
from app.repositories.shared import list_statements
from tests.support.in_memory_repository import InMemoryRepository
from tests.support.stores import open_store
from tests.widgets.factories import DOMAIN, make_new_widget
from tests.widgets.models.widget import NewWidget
from tests.widgets.repositories.widget_repository import WidgetRepository

ROWS, LISTS = 150, 80
# So small that each list takes another way, and most lists more than one.
LIMITS: dict[str, Any] = {
    "FEW_MATCHES": 5, "MANY_MATCHES": 40, "WALK_LIMIT": 10,
    "TEXT_WALK_LIMITS": (3, 12), "FREQUENT_ROWS": 1, "FREQUENT_MATCHES": 12,
}  # fmt: skip
Both = tuple[WidgetRepository, InMemoryRepository[Any, Any]]


def random_widget(random: Random) -> NewWidget:
    """Make a widget of which most columns depend on each other, and have few values."""
    size = random.choice([0, 0, 0, 0, 1, 2, 9])
    return make_new_widget(
        name=random.choice(["Alpha", "alpha", "Zeta", "ä_%"]) + str(size),
        note=random.choice([None, "steel", "100% steel"]),
        category="common" if random.random() < 0.95 else "rare",
        price=Decimal(1 + size) + random.choice([Decimal(0), Decimal("0.01")]),
        kind="HW" if size < 2 else random.choice(["HW", "SW"]),
        quantity=random.randrange(4),
        is_active=size != 9,
        due_on=random.choice([None, date(2026, 1, 1 + size)]),
        checked_at=random.choice([None, datetime(2026, 1, 1 + size, tzinfo=UTC)]),
    )


def random_query(random: Random) -> ListQuery:
    values: dict[str, Any] = {
        "kind": "HW", "category": "rare", "is_active": random.random() < 0.5, "min_quantity": 2,
        "min_price": Decimal(random.randrange(1, 4)), "max_price": Decimal(random.randrange(1, 9)),
        "min_due_on": date(2026, 1, 2), "max_checked_at": datetime(2026, 1, 2, tzinfo=UTC),
    }  # fmt: skip
    chosen = random.sample(sorted(values), random.choice([0, 1, 1, 2, 3]))
    return ListQuery(
        filters={name: values[name] for name in chosen},
        search=random.choice(
            [
                None,
                None,
                "a",
                "alpha",
                "0% st",
                "steel",
                "ä",
                "_%",
                "nowhere",
                "steel a",
                "l t",
                "0 alpha",
                "e a e",
                "alpha nowhere",
            ]
        ),
        sort_by=random.choice(["id", "name", "category", "price", "quantity", "updated_at"]),
        descending=random.random() < 0.5,
        limit=random.choice([1, 7, 50]),
        offset=random.choice([0, 0, 3]),
        exact_total=random.random() < 0.2,
    )


@pytest.fixture
async def both(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Both]:
    for name, value in LIMITS.items():
        monkeypatch.setattr(list_statements, name, value)
    random = Random(7)  # noqa: S311 - test data
    async with open_store("postgres", DOMAIN, settings, None) as store:
        plain = DOMAIN.fake()
        for new in [random_widget(random) for _ in range(ROWS)]:
            await plain.add(new)
            await store.records.add(new)
        yield store.records, plain


async def test_random_lists_equal_a_reference(both: Both) -> None:
    stored, plain = both
    random = Random(8)  # noqa: S311 - test data
    for query in [random_query(random) for _ in range(LISTS)]:
        expected = await plain.list(replace(query, limit=ROWS))
        page = await stored.list(query)
        ids = [row.id for row in page.items]
        while page.next_position is not None:
            page = await stored.list(replace(query, after=page.next_position, offset=0))
            ids += [row.id for row in page.items]

        assert ids == [row.id for row in expected.items], query
        total, is_exact = page.total, page.total_is_exact
        assert total == expected.total if is_exact else total in {1_000, 10_000}, query
        assert is_exact or not query.exact_total, query
