"""Without the real catalogue, the benchmarks make their own products."""

import csv
import hashlib
import io
from collections import Counter
from decimal import Decimal
from pathlib import Path

import asyncpg
import pytest

from app.commands.import_targets import TARGETS
from devtools.bench import catalogue as module
from devtools.bench.catalogue import COLUMNS, MADE_ROWS, find_or_make_catalogue, make_catalogue
from devtools.bench.databases import insert_products
from devtools.bench.measure import FULL, QUICK

ROWS = 20_000


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(make_catalogue(ROWS).content.decode())))


def test_a_clone_without_the_file_makes_enough_rows_for_all_measurements(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FILE", tmp_path / "missing.csv.gz")

    made = find_or_make_catalogue()

    # Rows are cut by lines for the import.
    assert made.content.count(b"\n") == MADE_ROWS + 1
    assert max(FULL.import_rows, QUICK.import_rows) <= MADE_ROWS


def test_the_rows_are_the_same_everywhere() -> None:
    digest = hashlib.sha256(make_catalogue(1000).content).hexdigest()

    assert digest == "38551b0871ec27f41ad6a465a09f270f04f718a7a72424d2b296821718721fa1"


def test_made_and_real_products_have_databases_of_their_own() -> None:
    assert make_catalogue(1).database(10) != module.Catalogue("listing", b"").database(10)


def test_the_rows_are_distributed_like_the_real_ones(rows: list[dict[str, str]]) -> None:
    types = Counter(row["product_type"] for row in rows)
    found = sum("controller" in f"{row['name']} {row['description']}".lower() for row in rows)

    assert 0.3 < types["HW"] / ROWS < 0.46
    assert 0.02 < found / ROWS < 0.08
    assert len({row["sku"] for row in rows}) == ROWS
    assert tuple(rows[0]) == COLUMNS


async def test_the_rows_can_be_inserted(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await insert_products(connection, make_catalogue(100), 250)

        assert await connection.fetchval("SELECT count(*) FROM products") == 250
    finally:
        await connection.close()


def test_the_rows_are_valid_products(rows: list[dict[str, str]]) -> None:
    schema = TARGETS["products"].schema

    for row in rows[:500]:
        schema.model_validate({**row, "price": Decimal(row["price"])})
