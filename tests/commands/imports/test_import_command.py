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
from tests.support.import_files import Importer, csv_of, environment_of, make_row
from tests.support.server import START_SECONDS

Command = Callable[..., "subprocess.Popen[str]"]
ROOT = Path(__file__).parents[3]


@pytest.fixture
def command(import_settings: Settings) -> Command:
    environment = {"PATH": os.environ["PATH"], **environment_of(import_settings)}

    def start(
        *arguments: str | Path, ignored: str = "", **overrides: str
    ) -> "subprocess.Popen[str]":
        program = [sys.executable, "-m", "tests.support.cli", "import", *map(str, arguments)]
        ignore = f"trap '' {ignored}; " if ignored else ""
        return subprocess.Popen(  # noqa: S603 - our own arguments
            ["/bin/sh", "-c", f'{ignore}exec "$@"', "-", *program],
            cwd=ROOT,
            env=environment | overrides,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


def wait_for_exit(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    out, err = process.communicate(timeout=START_SECONDS)
    return process.returncode, out, err


async def start_blocked_import(
    importer: Importer, database: Connection, command: Command, *, ignored: str = ""
) -> "subprocess.Popen[str]":
    """Start an import whose second batch waits for a row locked by `database`."""
    await importer.run(csv_of(make_row("HELD")))
    await database.execute("BEGIN; UPDATE widgets SET price = 2")
    rows = [make_row("BAD", price="0"), *(make_row(f"S{n}") for n in range(5_000))]
    file = importer.write(csv_of(*rows, make_row("HELD", price="1")))
    process = command(file, ignored=ignored)
    url = importer.settings.database_url.get_secret_value()
    observer = await asyncpg.connect(url)
    waits = "SELECT 1 FROM pg_locks WHERE NOT granted"
    while not await observer.fetch(waits):
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)  # noqa: ASYNC251 - nothing else runs here
    await observer.close()
    return process


async def codes(database: Connection) -> list[str]:
    await database.execute("ROLLBACK")
    return [row["code"] for row in await database.fetch("SELECT code FROM widgets")]


def test_a_successful_import_exits_with_status_0_and_prints_one_line(
    importer: Importer, command: Command
) -> None:
    path = importer.write(csv_of(make_row("A"), make_row("B")))

    status, out, err = wait_for_exit(command(path))

    line = "rows.csv: 2 rows, 2 inserted, 0 updated, 0 unchanged, 0 rejected\n"
    assert (status, out, err) == (0, line, "")


def test_an_unavailable_database_is_reported_in_one_line(
    importer: Importer, command: Command
) -> None:
    path = importer.write(csv_of(make_row()))

    url = "postgresql://nobody:secret@127.0.0.1:1/none"
    status, out, err = wait_for_exit(command(path, DATABASE_URL=url))

    assert (status, out) == (1, "")
    assert err.startswith("Nothing was imported. The database is not available: nothing listens")
    assert (err.count("\n"), "secret" in err) == (1, False)


async def test_two_parallel_imports_of_one_file_succeed(
    importer: Importer, database: Connection, command: Command
) -> None:
    path = importer.write(csv_of(*(make_row(f"S{n}") for n in range(300))))
    reverse = importer.write(
        csv_of(*(make_row(f"S{n}") for n in reversed(range(300)))), "reverse.csv"
    )

    processes = [command(path), command(reverse)]
    results = [wait_for_exit(process) for process in processes]

    assert [status for status, _, _ in results] == [0, 0]
    assert sum("300 inserted" in out for _, out, _ in results) == 1
    assert await database.fetchval("SELECT count(*) FROM widgets WHERE version = 1") == 300


async def test_an_import_killed_halfway_stores_nothing(
    importer: Importer, database: Connection, command: Command
) -> None:
    process = await start_blocked_import(importer, database, command)

    process.kill()

    assert wait_for_exit(process)[0] == -signal.SIGKILL
    assert await codes(database) == ["HELD"]


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_an_interruption_rolls_back_and_leaves_no_file(
    importer: Importer, database: Connection, command: Command, by: signal.Signals
) -> None:
    process = await start_blocked_import(importer, database, command)

    process.send_signal(by)

    assert wait_for_exit(process) == (130, "", "Nothing was imported. Interrupted\n")
    assert await codes(database) == ["HELD"]
    assert list(importer.directory.glob("*rejected*")) == []


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interruption_while_standard_input_is_read_leaves_no_copy(
    command: Command, tmp_path: Path, by: signal.Signals
) -> None:
    process = command("-", TMPDIR=str(tmp_path))
    while not list(tmp_path.glob("import-*/*")):
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)

    process.send_signal(by)

    # The pipe is still open: the command does not wait for its end.
    assert process.wait(START_SECONDS) == 130
    assert list(tmp_path.glob("import-*")) == []
    process.communicate()


@pytest.mark.parametrize(
    ("ignored", "by"), [("HUP", signal.SIGHUP), ("INT", signal.SIGINT), ("INT", signal.SIGTERM)]
)
async def test_what_a_shell_ignores_stays_ignored(
    importer: Importer,
    database: Connection,
    command: Command,
    ignored: str,
    by: signal.Signals,
) -> None:
    process = await start_blocked_import(importer, database, command, ignored=ignored)

    process.send_signal(by)

    if by is signal.SIGTERM:
        assert wait_for_exit(process)[0] == 130
    else:
        await database.execute("ROLLBACK")
        assert wait_for_exit(process)[0] == 1


def test_a_terminal_shows_the_progress(importer: Importer, command: Command) -> None:
    path = importer.write(csv_of(make_row()))

    _, _, err = wait_for_exit(command(path, FORCE_COLOR="1", TERM="xterm", COLUMNS="120"))

    assert "rows/s" in err
    assert "100%" in err
