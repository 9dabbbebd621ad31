import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from app.config.settings import Settings
from app.infrastructure.database.pool import Connection
from tests.imports.files import Importer, csv_of, environment_of, make_row

Command = Callable[..., "subprocess.Popen[str]"]
ROOT = Path(__file__).parents[3]


@pytest.fixture
def command(import_settings: Settings) -> Command:
    environment = {"PATH": os.environ["PATH"], **environment_of(import_settings)}

    def start(*arguments: str | Path, **overrides: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(  # noqa: S603 - our own arguments
            [sys.executable, "-m", "app", "import", *map(str, arguments)],
            cwd=ROOT,
            env=environment | overrides,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


def ended(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    out, err = process.communicate(timeout=30)
    return process.returncode, out, err


async def blocked_halfway(
    importer: Importer, database: Connection, command: Command
) -> "subprocess.Popen[str]":
    """Start an import whose second batch waits for a row that `database` holds."""
    await importer.run(csv_of(make_row("HELD")))
    await database.execute("BEGIN; UPDATE products SET price = 2")
    rows = [make_row(f"S{n}") for n in range(5_000)]
    process = command(importer.write(csv_of(*rows, make_row("HELD", price="1"))))
    url = importer.settings.database_url.get_secret_value()
    observer = await asyncpg.connect(url)
    waits = "SELECT 1 FROM pg_locks WHERE NOT granted"
    deadline = time.monotonic() + 30
    while not await observer.fetch(waits) and time.monotonic() < deadline:
        time.sleep(0.05)  # noqa: ASYNC251 - nothing else runs here
    await observer.close()
    return process


async def skus(database: Connection) -> list[str]:
    await database.execute("ROLLBACK")
    return [row["sku"] for row in await database.fetch("SELECT sku FROM products")]


def test_all_good_is_status_0_and_one_line(importer: Importer, command: Command) -> None:
    path = importer.write(csv_of(make_row("A"), make_row("B")))

    status, out, err = ended(command(path))

    line = "catalogue.csv: 2 rows, 2 inserted, 0 updated, 0 unchanged, 0 rejected\n"
    assert (status, out, err) == (0, line, "")


def test_without_a_database_one_line_says_so(importer: Importer, command: Command) -> None:
    path = importer.write(csv_of(make_row()))

    url = "postgresql://nobody:secret@127.0.0.1:1/none"
    status, out, err = ended(command(path, DATABASE_URL=url))

    assert (status, out) == (1, "")
    assert err == "Nothing was imported. The database is not available at the moment\n"


async def test_two_imports_of_one_file_both_end_well(
    importer: Importer, database: Connection, command: Command
) -> None:
    path = importer.write(csv_of(*(make_row(f"S{n}") for n in range(300))))
    reverse = importer.write(
        csv_of(*(make_row(f"S{n}") for n in reversed(range(300)))), "reverse.csv"
    )

    processes = [command(path), command(reverse)]
    results = [ended(process) for process in processes]

    assert [status for status, _, _ in results] == [0, 0]
    assert sum("300 inserted" in out for _, out, _ in results) == 1
    assert await database.fetchval("SELECT count(*) FROM products WHERE version = 1") == 300


async def test_kill_9_halfway_leaves_nothing(
    importer: Importer, database: Connection, command: Command
) -> None:
    process = await blocked_halfway(importer, database, command)

    process.kill()

    assert ended(process)[0] == -signal.SIGKILL
    assert await skus(database) == ["HELD"]


async def test_ctrl_c_halfway_rolls_back_and_is_status_130(
    importer: Importer, database: Connection, command: Command
) -> None:
    process = await blocked_halfway(importer, database, command)

    process.send_signal(signal.SIGINT)

    assert ended(process) == (130, "", "Nothing was imported. Interrupted\n")
    assert await skus(database) == ["HELD"]


def test_a_terminal_shows_how_far_it_is(importer: Importer, command: Command) -> None:
    path = importer.write(csv_of(make_row()))

    _, _, err = ended(command(path, FORCE_COLOR="1", TERM="xterm", COLUMNS="120"))

    assert "rows/s" in err
    assert "100%" in err
