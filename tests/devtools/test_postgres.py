import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from devtools.postgres import PrivatePostgres
from devtools.postgres_cluster import PostgresCluster
from devtools.processes import ServerError, command_line


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivatePostgres]:
    directory = tmp_path_factory.mktemp("postgres")
    with PrivatePostgres(data_directory=directory, durable=False) as postgres:
        yield postgres


async def test_a_database_can_be_reached_by_its_url(server: PrivatePostgres) -> None:
    connection = await asyncpg.connect(server.create_database("reached"))

    assert await connection.fetchval("SELECT current_database()") == "reached"

    await connection.close()


async def test_a_wrong_password_is_refused(server: PrivatePostgres) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(server.url, password="a guess")


def test_creating_a_database_again_keeps_what_is_in_it(server: PrivatePostgres) -> None:
    server.create_database("kept")
    server.query("CREATE TABLE note AS SELECT 7 AS number", database="kept")

    server.create_database("kept")

    assert server.query("SELECT number FROM note", database="kept") == "7"


@pytest.mark.parametrize("extension", ["pg_trgm", "btree_gin"])
def test_the_extensions_of_the_service_are_there(server: PrivatePostgres, extension: str) -> None:
    server.query(f"CREATE EXTENSION {extension}")


def test_letters_beyond_ascii_have_a_lower_case(server: PrivatePostgres) -> None:
    assert server.query("SELECT lower('ÄÉЖ')") == "äéж"


def test_a_bad_statement_is_named(server: PrivatePostgres) -> None:
    with pytest.raises(ServerError, match="syntax error"):
        server.query("SELEKT")


def test_a_restart_keeps_address_and_data(server: PrivatePostgres) -> None:
    url = server.create_database("restarted")
    server.query("CREATE TABLE note AS SELECT 7 AS number", database="restarted")

    server.stop()
    server.start()

    assert server.database_url("restarted") == url
    assert server.query("SELECT number FROM note", database="restarted") == "7"


def test_a_killed_server_starts_again(server: PrivatePostgres) -> None:
    server.kill()
    server.start()

    assert server.query("SELECT 1") == "1"


def test_a_stopped_server_says_so(server: PrivatePostgres) -> None:
    server.stop()
    try:
        with pytest.raises(ServerError, match="not running"):
            _ = server.pid
    finally:
        server.start()


def test_a_lock_whose_pid_now_means_another_process_is_forgotten(tmp_path: Path) -> None:
    with PrivatePostgres(data_directory=tmp_path, durable=False) as server:
        lock = (tmp_path / "cluster" / "postmaster.pid").read_text()
        old_pid = str(server.pid)
    with subprocess.Popen(["/bin/sleep", "60"]) as unrelated:
        mine = lock.replace(old_pid, str(unrelated.pid), 1)
        (tmp_path / "cluster" / "postmaster.pid").write_text(mine)
        try:
            with PrivatePostgres(data_directory=tmp_path, durable=False) as server:
                assert server.query("SELECT 1") == "1"
            assert unrelated.poll() is None
        finally:
            unrelated.kill()


def test_a_copied_directory_leaves_the_server_of_the_original_alone(tmp_path: Path) -> None:
    original, copy = tmp_path / "original", tmp_path / "copy"
    with PrivatePostgres(data_directory=original, durable=False) as server:
        shutil.copytree(original, copy)

        PostgresCluster(copy).stop_leftover()

        assert server.query("SELECT 1") == "1"
    assert PostgresCluster(copy).lock() is None


def test_the_server_goes_with_a_killed_owner_and_its_data_stay(tmp_path: Path) -> None:
    owner_code = f"""
        from pathlib import Path
        from devtools.postgres import PrivatePostgres
        server = PrivatePostgres(data_directory=Path({str(tmp_path)!r}))
        server.start()
        server.query("CREATE TABLE note AS SELECT 7 AS number")
        print(server.pid, flush=True)
        input()
    """
    with subprocess.Popen(  # noqa: S603 - our own code
        [sys.executable, "-c", textwrap.dedent(owner_code)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as owner:
        assert owner.stdout
        pid = int(owner.stdout.readline())
        owner.send_signal(signal.SIGKILL)

    deadline = time.monotonic() + 20
    while command_line(pid) and time.monotonic() < deadline:
        time.sleep(0.02)

    assert command_line(pid) == []
    with PrivatePostgres(data_directory=tmp_path) as server:
        assert server.query("SELECT number FROM note") == "7"
