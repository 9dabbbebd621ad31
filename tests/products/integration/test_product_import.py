import gzip
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from app.commands.import_targets import TARGETS
from app.config.settings import Settings
from app.infrastructure.audit.postgres_audit_trail import PostgresAuditTrail
from app.infrastructure.database.opening import open_database
from app.infrastructure.database.postgres_database import PostgresDatabase
from app.infrastructure.messaging.opening import unrelayed_events
from app.models.shared.import_rows import ImportCounts
from app.ports.audit_trail import Actor
from app.repositories.products.postgres_product_repository import PostgresProductRepository
from app.services.products.product_service import ProductService
from app.services.shared.change_log import ChangeLog
from tests.products.factories import PRODUCTS, make_new_product, product_body
from tests.support.database import delete_all_rows
from tests.support.import_files import run_import_of
from tests.support.server import ROOT

CATALOGUE = ROOT.parent / "shared" / "data" / "catalogue.csv.gz"
MESSAGING = {
    "rabbitmq_url": SecretStr("amqp://guest:guest@127.0.0.1:9/"),
    "event_subscribers": ["http://localhost:8002/api/v1/orders"],
}


@pytest.mark.skipif(not CATALOGUE.exists(), reason="the real catalogue is not at hand")
async def test_part_of_a_real_catalogue_is_imported_once(
    settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "real.csv.gz"
    with gzip.open(CATALOGUE) as file:
        path.write_bytes(gzip.compress(b"".join(file.readline() for _ in range(3_001))))

    async def imported() -> ImportCounts:
        return await run_import_of(path, target=TARGETS["products"], settings=settings)

    assert await imported() == ImportCounts(inserted=3_000)
    assert await imported() == ImportCounts(unchanged=3_000)


@pytest.mark.skipif(not CATALOGUE.exists(), reason="the real catalogue is not at hand")
async def test_an_export_of_a_real_catalogue_is_imported_as_the_same_catalogue(
    user: httpx.AsyncClient, settings: Settings, tmp_path: Path
) -> None:
    path, target = tmp_path / "real.csv", TARGETS["products"]
    with gzip.open(CATALOGUE) as file:
        path.write_bytes(b"".join(file.readline() for _ in range(1_501)))
    await run_import_of(path, target=target, settings=settings)
    for accept in ("text/csv", "application/jsonl"):
        exported = await user.get(f"{PRODUCTS}/export", headers={"Accept": accept})
        path = tmp_path / re.findall(r'"(.*)"', exported.headers["Content-Disposition"])[0]
        path.write_bytes(exported.content)

        again = await run_import_of(path, target=target, settings=settings)
        await delete_all_rows(settings.database_url.get_secret_value())
        replaced = await run_import_of(path, target=target, settings=settings)

        assert (again, replaced) == (ImportCounts(unchanged=1_500), ImportCounts(inserted=1_500))
        same = await user.get(f"{PRODUCTS}/export", headers={"Accept": accept})
        assert same.content == exported.content


async def test_an_import_tells_a_consumer_the_same_as_the_api(
    settings: Settings, tmp_path: Path
) -> None:
    settings = settings.model_copy(update=MESSAGING)
    async with open_database(settings) as database:
        service = _service(settings, database)
        product = await service.create(make_new_product(sku="A", price=Decimal("100.00")))
        await service.change_price(product.id, price=Decimal("130.00"))
        await service.change_availability(product.id, is_available=False)
        await service.delete(product.id)
        expected = await _taken_records(database)
        path = tmp_path / "rows.csv"
        target = TARGETS["products"]
        for price, is_available in (("100.00", "true"), ("130.00", "false")):
            row = product_body(sku="A", price=price, is_available=is_available)
            path.write_text(f"{','.join(row)}\n{','.join(row.values())}\n")
            await run_import_of(path, target=target, settings=settings)
        stored = await database.fetchrow("SELECT version FROM products")
        actual = await _taken_records(database)

    assert stored is not None
    assert stored["version"] == 3
    assert actual[0] == expected[0][:-1]
    assert actual[1] == expected[1][:-1]
    assert [action for action, _ in actual[0]] == [
        *("CREATE_PRODUCT", "UPDATE_PRICE", "SIGNIFICANT_PRICE_CHANGE", "UPDATE_AVAILABILITY")
    ]
    assert [payload["version"] for payload in actual[1]] == [1, 2, 3]


async def test_fields_without_a_route_of_their_own_are_told_together(
    settings: Settings, tmp_path: Path
) -> None:
    settings = settings.model_copy(update=MESSAGING)
    path, target = tmp_path / "rows.csv", TARGETS["products"]
    async with open_database(settings) as database:
        for name, price in (("Old", "1"), ("New", "1.10")):
            row = product_body(sku="A", name=name, category=f"{name}er", price=price)
            path.write_text(f"{','.join(row)}\n{','.join(row.values())}\n")
            await run_import_of(path, target=target, settings=settings)
        actions, payloads = await _taken_records(database)

    assert actions[1:] == [
        ("UPDATE_PRICE", {"price": {"old": 1.0, "new": 1.1}}),
        (
            "UPDATE_PRODUCT",
            {
                "name": {"old": "Old", "new": "New"},
                "category": {"old": "Older", "new": "Newer"},
            },
        ),
    ]
    events = [(payload["event"], payload["version"]) for payload in payloads]
    assert events == [
        *(("product.created", 1), ("product.price_changed", 2), ("product.changed", 3))
    ]


def _service(settings: Settings, database: PostgresDatabase) -> ProductService:
    """Build the service as the API does."""
    audit = PostgresAuditTrail(
        database=database, actor=Actor(user_id="api", role="admin"), announce=lambda _: None
    )
    events = unrelayed_events(settings, database)
    return ProductService(
        products=PostgresProductRepository(database=database),
        transactions=database,
        changes=ChangeLog(resource="products", audit=audit, events=events),
    )


async def _taken_records(database: PostgresDatabase) -> tuple[list[Any], list[Any]]:
    """Return audit rows and payloads, without what differs by time and chance; delete both."""
    audit = await database.fetch(
        "SELECT action, changes FROM audit_log WHERE resource LIKE 'products/%' ORDER BY id"
    )
    messages = await database.fetch("SELECT body FROM outbox ORDER BY position")
    await database.execute("TRUNCATE audit_log, outbox")
    payloads = [json.loads(row["body"])["payload"] for row in messages]
    for payload in payloads:
        del payload["product_id"], payload["occurred_at"]
    return [(row["action"], json.loads(row["changes"])) for row in audit], payloads
