"""The import command against a bare COPY of the same rows into the same table."""

import io
import subprocess
import sys
import time
from pathlib import Path

from app.infrastructure.database.migration import migrate
from devtools.bench.databases import SOURCE, connect, database_url, remake
from devtools.bench.site import Site
from devtools.processes import ServerError, guarded

TEMPLATE, TARGET = "empty", "importing"


async def measure_bulk(
    site: Site, catalogue: bytes, *, rows: int, rounds: int
) -> dict[str, list[float]]:
    """Return seconds, one value per round; the two take turns."""
    content = b"".join(catalogue.splitlines(keepends=True)[: rows + 1])
    file = site.directory / "import.csv"
    file.write_bytes(content)
    await _fresh(site, TEMPLATE, "template1")
    await migrate(database_url(site.postgres_url, TEMPLATE))
    spent: dict[str, list[float]] = {"copy": [], "import": []}
    for _ in range(rounds):
        await _fresh(site, TARGET, TEMPLATE)
        spent["copy"].append(await _copy(site, content))
        await _fresh(site, TARGET, TEMPLATE)
        spent["import"].append(_import(site, file))
    return spent


async def _fresh(site: Site, name: str, template: str) -> None:
    maintenance = await connect(site.postgres_url)
    await remake(maintenance, name, template)
    await maintenance.execute("CHECKPOINT")
    await maintenance.close()


async def _copy(site: Site, content: bytes) -> float:
    connection = await connect(site.postgres_url, TARGET)
    await connection.execute("SET statement_timeout = 0")
    start = time.perf_counter()
    await connection.copy_to_table(
        "products", source=io.BytesIO(content), columns=SOURCE, format="csv", header=True
    )
    seconds = time.perf_counter() - start
    await connection.close()
    return seconds


def _import(site: Site, file: Path) -> float:
    start = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - our own module
        guarded([sys.executable, "-m", "app", "import", str(file)]),
        env=site.environment(TARGET),
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - start
    if done.returncode:
        raise ServerError(f"the import failed: {done.stdout}{done.stderr}")
    return seconds
