"""The private PostgreSQL server starts, restarts, recovers and stops with its parent."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from devtools.postgres import PrivatePostgres
from devtools.postgres_cluster import PostgresCluster
from devtools.processes import ServerError, command_line_of


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivatePostgres]:
    directory = tmp_path_factory.mktemp("postgres")
    with PrivatePostgres(data_directory=directory, durable=False) as postgres:
        yield postgres


async def test_create_database_returns_a_url_to_connect_to(server: PrivatePostgres) -> None:
    connection = await asyncpg.connect(server.create_database("connected"))

    assert await connection.fetchval("SELECT current_database()") == "connected"

    await connection.close()


async def test_a_wrong_password_is_rejected(server: PrivatePostgres) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(server.url, password="a guess")


def test_creating_an_existing_database_keeps_its_data(server: PrivatePostgres) -> None:
    server.create_database("kept")
    server.query("CREATE TABLE note AS SELECT 7 AS number", database="kept")

    server.create_database("kept")

    assert server.query("SELECT number FROM note", database="kept") == "7"


def test_the_only_database_follows_a_rename_of_the_service(server: PrivatePostgres) -> None:
    others = "SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'"
    for other in server.query(others).split():
        server.query(f"DROP DATABASE {other} WITH (FORCE)")
    server.create_only_database("old_name")
    server.query("CREATE TABLE note AS SELECT 7 AS number", database="old_name")

    assert server.create_only_database("new_name") == server.database_url("new_name")
    assert server.query("SELECT number FROM note", database="new_name") == "7"

    # With two, it is not known which has the rows.
    server.create_database("own")
    server.create_only_database("newer_name")
    assert server.query("SELECT to_regclass('note')", database="newer_name") == ""
    assert server.query("SELECT number FROM note", database="new_name") == "7"
    for name in ("new_name", "newer_name", "own"):
        server.query(f"DROP DATABASE {name}")


@pytest.mark.parametrize("extension", ["pg_trgm", "btree_gin"])
def test_the_required_extensions_are_available(server: PrivatePostgres, extension: str) -> None:
    server.query(f"CREATE EXTENSION {extension}")


def test_lower_converts_non_ascii_letters(server: PrivatePostgres) -> None:
    assert server.query("SELECT lower('ÄÉЖ')") == "äéж"


def test_an_invalid_statement_raises_the_error_of_the_server(server: PrivatePostgres) -> None:
    with pytest.raises(ServerError, match="syntax error"):
        server.query("SELEKT")


def test_a_restart_keeps_url_and_data(server: PrivatePostgres) -> None:
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


def test_the_pid_of_a_stopped_server_raises_an_error(server: PrivatePostgres) -> None:
    server.stop()
    try:
        with pytest.raises(ServerError, match="not running"):
            _ = server.pid
    finally:
        server.start()


def test_a_lock_file_with_a_reused_pid_is_deleted(tmp_path: Path) -> None:
    with PrivatePostgres(data_directory=tmp_path, durable=False) as server:
        lock = (tmp_path / "cluster" / "postmaster.pid").read_text()
        old_pid = str(server.pid)
    with subprocess.Popen(["/bin/sleep", "60"]) as unrelated:
        stale_lock = lock.replace(old_pid, str(unrelated.pid), 1)
        (tmp_path / "cluster" / "postmaster.pid").write_text(stale_lock)
        try:
            with PrivatePostgres(data_directory=tmp_path, durable=False) as server:
                assert server.query("SELECT 1") == "1"
            assert unrelated.poll() is None
        finally:
            unrelated.kill()


def test_a_copied_directory_does_not_stop_the_original_server(tmp_path: Path) -> None:
    original, copy = tmp_path / "original", tmp_path / "copy"
    with PrivatePostgres(data_directory=original, durable=False) as server:
        shutil.copytree(original, copy)

        PostgresCluster(copy).stop_leftover()

        assert server.query("SELECT 1") == "1"
    assert PostgresCluster(copy).lock() is None


def test_the_server_stops_with_a_killed_parent_and_keeps_its_data(
    tmp_path: Path, start_and_kill_parent: Callable[[str], list[int]]
) -> None:
    pids = start_and_kill_parent(f"""
        from pathlib import Path
        from devtools.postgres import PrivatePostgres
        server = PrivatePostgres(data_directory=Path({str(tmp_path)!r}))
        server.start()
        server.query("CREATE TABLE note AS SELECT 7 AS number")
        print(server.pid, flush=True)
        input()
    """)

    assert [command_line_of(pid) for pid in pids] == [[]]
    with PrivatePostgres(data_directory=tmp_path) as server:
        assert server.query("SELECT number FROM note") == "7"
