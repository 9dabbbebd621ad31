"""A row whose unique values another one has is rejected, and not the file."""

from collections.abc import AsyncIterator

import pytest

from app.infrastructure.database.pool import Connection
from tests.support.import_files import Importer, csv_of, json_lines_of, json_row, make_row

pytestmark = pytest.mark.usefixtures("unique_together")

STATE = "SELECT code, name, note FROM widgets ORDER BY code"
TAKEN = "name, note: another record has this already"


@pytest.fixture
async def unique_together(database: Connection) -> AsyncIterator[None]:
    await database.execute("ALTER TABLE widgets ADD CONSTRAINT trial_key UNIQUE (name, note)")
    yield
    await database.execute("ALTER TABLE widgets DROP CONSTRAINT trial_key")


async def test_values_of_another_record_or_line_are_rejected_with_the_reason(
    importer: Importer, database: Connection
) -> None:
    await importer.run(csv_of(make_row("A", name="a"), make_row("B", name="b")))

    result = await importer.run(
        csv_of(
            make_row("A", name="a"),
            make_row("B", name="a"),
            make_row("C", name="b"),
            make_row("D", name="d"),
            make_row("E", name="d"),
            make_row("F", name="d", note="Heavy"),
        )
    )

    assert result.reasons == {3: TAKEN, 4: TAKEN, 6: "name, note: line 5 has this already"}
    assert (result.counts.inserted, result.counts.unchanged, result.counts.rejected) == (2, 1, 3)
    rows = [tuple(row) for row in await database.fetch(STATE)]
    assert rows == [
        *(("A", "a", "Light"), ("B", "b", "Light")),
        *(("D", "d", "Light"), ("F", "d", "Heavy")),
    ]


async def test_null_equals_nothing(importer: Importer) -> None:
    result = await importer.run(csv_of(make_row("A", note=""), make_row("B", note="")))

    assert (result.counts.inserted, result.reasons) == (2, {})


async def test_a_field_that_a_row_lacks_counts_with_its_stored_value(importer: Importer) -> None:
    rows = [json_row("A"), json_row("B", note="Heavy")]
    await importer.run(json_lines_of(*rows), "rows.jsonl")
    del rows[0]["note"]

    # A keeps "Light"; a new record without a note has none.
    result = await importer.run(
        json_lines_of(rows[0], json_row("B", note="Light"), {**rows[0], "code": "C"}),
        "rows.jsonl",
    )

    counts = result.counts
    assert (counts.unchanged, counts.inserted, counts.rejected) == (1, 1, 1)


async def test_a_second_unique_field_is_checked_too(
    importer: Importer, database: Connection
) -> None:
    await database.execute("ALTER TABLE widgets ADD CONSTRAINT single_key UNIQUE (name)")

    result = await importer.run(csv_of(make_row("A"), make_row("B", note="Heavy")))

    await database.execute("ALTER TABLE widgets DROP CONSTRAINT single_key")
    assert result.reasons == {3: "name: line 2 has this already"}
