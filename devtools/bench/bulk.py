"""Compare the import command with a plain COPY of the same rows into the same table."""

import io
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path

from app.infrastructure.database.migration import migrate
from devtools.bench.catalogue import COLUMNS, Catalogue
from devtools.bench.databases import connect, database_url, recreate_database
from devtools.bench.testbed import Testbed
from devtools.processes import ServerError, die_with_parent

MAX_SKU = 64
TEMPLATE_DATABASE, TARGET_DATABASE = "empty", "importing"


async def measure_import(
    testbed: Testbed, catalogue: Catalogue, *, rows: int, rounds: int
) -> dict[str, list[float]]:
    """Return seconds, one value per round. COPY and import alternate."""
    content = _first_rows(catalogue, rows)
    file = testbed.directory / "import.csv"
    file.write_bytes(content)
    await _recreate(testbed, TEMPLATE_DATABASE, "template1")
    await migrate(database_url(testbed.postgres_url, TEMPLATE_DATABASE))
    seconds: dict[str, list[float]] = {"copy": [], "import": []}
    for _ in range(rounds):
        await _recreate(testbed, TARGET_DATABASE, TEMPLATE_DATABASE)
        seconds["copy"].append(await _time_copy(testbed, content))
        await _recreate(testbed, TARGET_DATABASE, TEMPLATE_DATABASE)
        seconds["import"].append(_time_import(testbed, file))
    return seconds


def _first_rows(catalogue: Catalogue, count: int) -> bytes:
    """Return a file of rows that the table accepts: one SKU of the real catalogue is too long."""
    lines = catalogue.content.splitlines(keepends=True)
    return b"".join(islice((line for line in lines if line.index(b",") <= MAX_SKU), count + 1))


async def _recreate(testbed: Testbed, name: str, template: str) -> None:
    maintenance = await connect(testbed.postgres_url)
    await recreate_database(maintenance, name, template)
    await maintenance.execute("CHECKPOINT")
    await maintenance.close()


async def _time_copy(testbed: Testbed, content: bytes) -> float:
    connection = await connect(testbed.postgres_url, TARGET_DATABASE)
    await connection.execute("SET statement_timeout = 0")
    start = time.perf_counter()
    await connection.copy_to_table(
        "products", source=io.BytesIO(content), columns=COLUMNS, format="csv", header=True
    )
    seconds = time.perf_counter() - start
    await connection.close()
    return seconds


def _time_import(testbed: Testbed, file: Path) -> float:
    start = time.perf_counter()
    result = subprocess.run(  # noqa: S603 - our own module
        die_with_parent([sys.executable, "-m", "app", "import", str(file)]),
        env=testbed.environment(TARGET_DATABASE),
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - start
    if result.returncode:
        raise ServerError(f"the import failed: {result.stdout}{result.stderr}")
    return seconds
