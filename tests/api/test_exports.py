"""Exports of hostile text, and of more rows than one batch."""

import json
from pathlib import Path

import httpx
import pytest

from app.config.settings import Settings
from app.services.shared.export import BATCH_ROWS
from tests.support.database import delete_all_rows, execute
from tests.support.exported_rows import csv_rows, json_rows
from tests.support.import_files import json_lines_of, json_row, run_import_of
from tests.support.service import WIDGETS as TARGET
from tests.widgets.factories import WIDGETS

URL = f"{WIDGETS}/export"
JSON_LINES = {"Accept": "application/jsonl"}

MANY = """
    INSERT INTO widgets (code, name, category, price, kind)
    SELECT n::text, 'Item ' || n % 7, 'C', 1 + n % 5, CASE n % 2 WHEN 0 THEN 'HW' ELSE 'SW' END
    FROM generate_series(1, $1::int) AS n"""
HOSTILE = [
    *('=HYPERLINK("http://x","y")', "+1", "-1", "@SUM(1)", "'=1", "''@", "'plain'", "\uff1d1"),
    *('a"b""c', "a,b;c\td".replace("\t", " "), "|", "a\u2028b\u2029c", "\u202e\u200dx", "sep=;"),
    *(
        "=cmd|' /C calc'!A0",
        "日本 🖥 e\u0301",
        "NULL",
        "null",
        "true",
        "007",
        "1e5",
        "\\N",
        '"',
        "'",
    ),
]


@pytest.mark.parametrize("accept", ["text/csv", "application/jsonl"])
async def test_hostile_text_survives_an_export_and_an_import(
    user: httpx.AsyncClient, settings: Settings, tmp_path: Path, accept: str
) -> None:
    first = tmp_path / "first.jsonl"
    rows = [json_row(f"N-{n}", name=text, note=text) for n, text in enumerate(HOSTILE)]
    first.write_text(json_lines_of(*rows))
    await run_import_of(first, target=TARGET, settings=settings)
    before = json_rows((await user.get(URL, headers=JSON_LINES)).content)
    exported = tmp_path / ("rows.csv" if accept == "text/csv" else "rows.jsonl")
    exported.write_bytes((await user.get(URL, headers={"Accept": accept})).content)

    await delete_all_rows(settings.database_url.get_secret_value())
    counts = await run_import_of(exported, target=TARGET, settings=settings)

    assert (counts.inserted, counts.rejected) == (len(HOSTILE), 0)
    assert json_rows((await user.get(URL, headers=JSON_LINES)).content) == before
    assert len({row["name"] for row in before}) == len(HOSTILE)


async def test_no_cell_begins_like_a_formula(
    user: httpx.AsyncClient, settings: Settings, tmp_path: Path
) -> None:
    first = tmp_path / "first.jsonl"
    rows = [json_row(f"N-{n}", name=text) for n, text in enumerate(HOSTILE)]
    first.write_text(json_lines_of(*rows))
    await run_import_of(first, target=TARGET, settings=settings)

    cells = [cell for row in csv_rows((await user.get(URL)).content) for cell in row.values()]

    assert [cell for cell in cells if cell[:1] in "=+-@\uff1d" and cell] == []
    assert "'+1" in cells


async def test_batches_follow_each_other_without_a_gap(
    user: httpx.AsyncClient, database_url: str
) -> None:
    count = 2 * BATCH_ROWS + 1
    await execute(database_url, MANY, count)

    for query in ("", "?sort_by=price&order=desc", "?q=item&sort_by=name"):
        rows = json_rows((await user.get(URL + query, headers=JSON_LINES)).content)
        assert {int(row["code"]) for row in rows} == set(range(1, count + 1)), query
        assert len(rows) == count


async def test_an_export_is_read_from_the_database_and_not_cached(
    user: httpx.AsyncClient, database_url: str
) -> None:
    insert = "INSERT INTO widgets (name, category, price, kind) VALUES ('A', 'C', 1.50, 'HW')"
    lengths = []
    for _ in range(2):
        await execute(database_url, insert)
        lengths.append(len(csv_rows((await user.get(URL)).content)))

    assert lengths == [1, 2]


async def test_an_export_without_rows_has_a_header(user: httpx.AsyncClient) -> None:
    empty = await user.get(URL)
    empty_lines = await user.get(URL, headers=JSON_LINES)

    assert empty.text.removeprefix("\ufeff").startswith("code,name,")
    assert empty.text.endswith("\r\n")
    assert (empty_lines.status_code, empty_lines.content) == (200, b"")


async def test_numbers_are_exact(user: httpx.AsyncClient, database_url: str) -> None:
    await execute(
        database_url,
        "INSERT INTO widgets (name, category, price, kind) VALUES ('A', 'C', 9999999999.99, 'HW')",
    )

    (row,) = csv_rows((await user.get(URL)).content)
    line = (await user.get(URL, headers=JSON_LINES)).text

    assert row["price"] == "9999999999.99"
    assert '"price":9999999999.99' in line
    assert json.loads(line)["code"] is None
