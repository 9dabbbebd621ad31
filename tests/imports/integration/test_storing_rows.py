import gzip
import json
from decimal import Decimal
from pathlib import Path

import pytest

from app.infrastructure.database.pool import Connection
from app.models.import_rows import ImportCounts
from tests.imports.files import Importer, csv_of, json_lines_of, json_row, make_row

CATALOGUE = Path(__file__).parents[4] / "shared" / "data" / "catalogue.csv.gz"
STATE = "SELECT sku, version, updated_at, is_available, description FROM products ORDER BY sku"


async def test_a_row_is_stored_as_the_api_would_store_it(
    importer: Importer, database: Connection
) -> None:
    await importer.run(csv_of(make_row(name="  Caf\u0065\u0301 table ", description="")))

    stored = await database.fetchrow("SELECT * FROM products")
    assert stored is not None
    assert (stored["name"], stored["description"]) == ("Caf\u00e9 table", None)
    assert (stored["price"], stored["version"]) == (Decimal("999.50"), 1)
    assert stored["is_available"] is True


async def test_a_second_import_of_the_same_file_changes_nothing(
    importer: Importer, database: Connection
) -> None:
    content = csv_of(make_row("A"), make_row("B", description=""))
    await importer.run(content)
    before = await database.fetch(STATE)

    second = await importer.run(content)

    assert second.counts == ImportCounts(unchanged=2)
    assert await database.fetch(STATE) == before


async def test_only_what_differs_gets_a_new_version(
    importer: Importer, database: Connection
) -> None:
    await importer.run(csv_of(make_row("A"), make_row("B")))

    changed = await importer.run(csv_of(make_row("A"), make_row("B", price="1"), make_row("C")))

    assert changed.counts == ImportCounts(inserted=1, updated=1, unchanged=1)
    rows = await database.fetch("SELECT sku, version, updated_at > created_at FROM products")
    assert sorted(map(tuple, rows)) == [("A", 1, False), ("B", 2, True), ("C", 1, False)]


async def test_what_the_file_does_not_hold_keeps_its_value(
    importer: Importer, database: Connection
) -> None:
    await importer.run(csv_of(make_row(is_available="false")))
    row = make_row(price="5")
    del row["description"]

    await importer.run(csv_of(row))

    assert tuple((await database.fetch(STATE))[0])[3:] == (False, "Light")


async def test_json_lines_may_each_give_other_fields(
    importer: Importer, database: Connection
) -> None:
    await importer.run(
        json_lines_of(json_row("A"), json_row("B", is_available=False), json_row("C")),
        "rows.jsonl",
    )
    await importer.run(
        json_lines_of(json_row("A", is_available=False), json_row("B", description=None)),
        "rows.ndjson.gz",
    )

    rows = await database.fetch(STATE)
    assert [(row["is_available"], row["description"]) for row in rows] == [
        (False, "Light"),
        (False, None),
        (True, "Light"),
    ]


async def test_a_repeated_sku_is_rejected_with_the_line_of_the_first(importer: Importer) -> None:
    rows = [make_row(f"S{n}") for n in range(5_100)]

    result = await importer.run(
        csv_of(make_row("TWICE"), make_row("TWICE", price="1"), *rows, make_row(" TWICE "))
    )

    assert result.reasons == {
        3: "sku: stands on line 2 already",
        5104: "sku: stands on line 2 already",
    }
    assert result.counts == ImportCounts(inserted=5_101, rejected=2)


async def test_a_dry_run_counts_and_keeps_nothing(importer: Importer, database: Connection) -> None:
    result = await importer.run(csv_of(make_row("A"), make_row("B", price="0")), dry_run=True)

    assert result.counts == ImportCounts(inserted=1, rejected=1)
    assert result.reasons.keys() == {3}
    assert await database.fetch("SELECT id FROM products") == []
    assert await database.fetch("SELECT id FROM audit_log") == []
    assert importer.audit_lines() == []


async def test_an_import_leaves_one_audit_row_and_one_line(
    importer: Importer, database: Connection
) -> None:
    await importer.run(csv_of(make_row("A"), make_row("B", price="0")))

    (row,) = await database.fetch("SELECT * FROM audit_log")
    (logged,) = importer.audit_lines()
    changes = {
        "file": "catalogue.csv",
        "inserted": 1,
        "updated": 0,
        "unchanged": 0,
        "rejected": 1,
    }
    assert logged["changes"] == json.loads(row["changes"]) == changes
    assert (row["action"], row["resource"]) == ("IMPORT_PRODUCTS", "products")
    assert row["user_id"].startswith("cli:")
    assert row["role"] == "system"
    assert (logged["request_id"], logged["actor"]["user_id"]) == (row["request_id"], row["user_id"])


@pytest.mark.skipif(not CATALOGUE.exists(), reason="the real catalogue is not at hand")
async def test_a_slice_of_the_real_catalogue_goes_in_and_stays(importer: Importer) -> None:
    with gzip.open(CATALOGUE) as file:
        content = b"".join(file.readline() for _ in range(3_001))

    first = await importer.run(content, "real.csv.gz")
    second = await importer.run(content, "real.csv.gz")

    assert first.counts == ImportCounts(inserted=3_000)
    assert second.counts == ImportCounts(unchanged=3_000)
