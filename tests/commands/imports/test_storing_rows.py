import json
from decimal import Decimal

from app.infrastructure.database.pool import Connection
from app.models.shared.import_rows import ImportCounts
from tests.support.import_files import Importer, csv_of, json_lines_of, json_row, make_row

STATE = "SELECT code, version, updated_at, is_active, note FROM widgets ORDER BY code"


async def test_a_row_is_stored_as_the_api_would_store_it(
    importer: Importer, database: Connection
) -> None:
    await importer.run(csv_of(make_row(name="  Caf\u0065\u0301 table ", note="")))

    stored = await database.fetchrow("SELECT * FROM widgets")
    assert stored is not None
    assert (stored["name"], stored["note"]) == ("Caf\u00e9 table", None)
    assert (stored["price"], stored["version"]) == (Decimal("999.50"), 1)
    assert stored["is_active"] is True


async def test_a_second_import_of_the_same_file_changes_nothing(
    importer: Importer, database: Connection
) -> None:
    content = csv_of(make_row("A"), make_row("B", note=""))
    await importer.run(content)
    before = await database.fetch(STATE)

    second = await importer.run(content)

    assert second.counts == ImportCounts(unchanged=2)
    assert await database.fetch(STATE) == before


async def test_only_changed_rows_get_a_new_version(
    importer: Importer, database: Connection
) -> None:
    await importer.run(csv_of(make_row("A"), make_row("B")))

    changed = await importer.run(csv_of(make_row("A"), make_row("B", price="1"), make_row("C")))

    assert changed.counts == ImportCounts(inserted=1, updated=1, unchanged=1)
    rows = await database.fetch("SELECT code, version, updated_at > created_at FROM widgets")
    assert sorted(map(tuple, rows)) == [("A", 1, False), ("B", 2, True), ("C", 1, False)]


async def test_a_column_missing_from_the_file_keeps_its_value(
    importer: Importer, database: Connection
) -> None:
    await importer.run(csv_of(make_row(is_active="false")))
    row = make_row(price="5")
    del row["note"]

    await importer.run(csv_of(row))

    assert tuple((await database.fetch(STATE))[0])[3:] == (False, "Light")


async def test_json_lines_may_have_different_fields(
    importer: Importer, database: Connection
) -> None:
    await importer.run(
        json_lines_of(json_row("A"), json_row("B", is_active=False), json_row("C")),
        "rows.jsonl",
    )
    await importer.run(
        json_lines_of(json_row("A", is_active=False), json_row("B", note=None)),
        "rows.ndjson.gz",
    )

    rows = await database.fetch(STATE)
    assert [(row["is_active"], row["note"]) for row in rows] == [
        (False, "Light"),
        (False, None),
        (True, "Light"),
    ]


async def test_a_repeated_key_is_rejected_with_the_line_of_the_first(importer: Importer) -> None:
    rows = [make_row(f"S{n}") for n in range(5_100)]

    result = await importer.run(
        csv_of(make_row("TWICE"), make_row("TWICE", price="1"), *rows, make_row(" TWICE "))
    )

    assert result.reasons == {
        3: "code: duplicate of line 2",
        5104: "code: duplicate of line 2",
    }
    assert result.counts == ImportCounts(inserted=5_101, rejected=2)


async def test_a_dry_run_counts_rows_and_stores_nothing(
    importer: Importer, database: Connection
) -> None:
    result = await importer.run(csv_of(make_row("A"), make_row("B", price="0")), dry_run=True)

    assert result.counts == ImportCounts(inserted=1, rejected=1)
    assert result.reasons.keys() == {3}
    assert await database.fetch("SELECT id FROM widgets") == []
    assert await database.fetch("SELECT id FROM audit_log") == []
    assert importer.audit_lines() == []


async def test_the_file_of_an_import_has_an_audit_row_and_a_line(
    importer: Importer, database: Connection
) -> None:
    await importer.run(csv_of(make_row("A"), make_row("B", price="0")))

    (row,) = await database.fetch("SELECT * FROM audit_log WHERE resource = 'widgets'")
    (logged,) = importer.audit_lines()
    changes = {
        "file": "rows.csv",
        "inserted": 1,
        "updated": 0,
        "unchanged": 0,
        "rejected": 1,
    }
    assert logged["changes"] == json.loads(row["changes"]) == changes
    assert (row["action"], row["resource"]) == ("IMPORT_WIDGETS", "widgets")
    assert row["user_id"].startswith("cli:")
    assert row["role"] == "system"
    assert (logged["request_id"], logged["actor"]["user_id"]) == (row["request_id"], row["user_id"])
