"""Commands in containers without a readable HOME, a name of the user or a place to write."""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.infrastructure.database.pool import Connection
from devtools.private_auth import PrivateAuthService
from devtools.rabbitmq import PrivateRabbitMQ
from tests.support.command_faults import ARGUMENTS, WAITING_COMMANDS, leaf_commands
from tests.support.hardened_process import UNNAMED_USER_ID
from tests.support.import_files import csv_of, make_row
from tests.support.server import ROOT, START_SECONDS, make_environment

ENDING_COMMANDS = sorted({" ".join(words) for words in leaf_commands()} - {*WAITING_COMMANDS})


@pytest.fixture
def open_directory() -> Iterator[Path]:
    """A directory that every user may read; pytest's own are private."""
    code = (ROOT, Path(sys.executable))
    folders = {folder for path in code for folder in (path, *path.parents)}
    if not all(folder.stat().st_mode & 0o001 for folder in folders):
        pytest.skip(f"other users cannot reach {ROOT}, so none can run its commands")
    directory = Path(tempfile.mkdtemp(dir="/tmp"))
    directory.chmod(0o755)
    (directory / "home").mkdir(mode=0)
    yield directory
    shutil.rmtree(directory)


async def run(
    kind: str, directory: Path, environment: dict[str, str], *arguments: object
) -> tuple[int, str]:
    """Return exit status, and stdout and stderr."""
    process = await start(kind, directory, environment, *arguments)
    output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode()


async def start(
    kind: str, directory: Path, environment: dict[str, str], *arguments: object
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.hardened_process", kind, *map(str, arguments)),
        env={
            "PATH": os.defpath,
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            **environment,
            "TMPDIR": "/does/not/exist",
            "HOME": str(directory / "home"),
        },
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


@pytest.fixture
def environment(
    database_url: str, auth_service: PrivateAuthService, open_directory: Path
) -> dict[str, str]:
    return make_environment(database_url, auth_service.url, open_directory / "logs")


async def test_a_user_without_a_name_and_with_an_unreadable_home_can_import(
    open_directory: Path, environment: dict[str, str], database: Connection
) -> None:
    file = open_directory / "widgets.csv"
    file.write_text(csv_of(make_row("A")))

    status, output = await run("unnamed", open_directory, environment, "import", file)

    assert status == 0, output
    assert "1 inserted" in output
    assert "Traceback" not in output
    expected = UNNAMED_USER_ID if os.geteuid() == 0 else os.geteuid()
    actor = await database.fetchval("SELECT user_id FROM audit_log")
    assert actor.startswith(f"cli:uid-{expected}" if os.geteuid() == 0 else "cli:")


@pytest.mark.parametrize("kind", ["unnamed", "read-only"])
@pytest.mark.parametrize("command", ENDING_COMMANDS)
async def test_every_command_works_without_home_and_temporary_directory(
    command: str,
    kind: str,
    open_directory: Path,
    environment: dict[str, str],
    rabbitmq: PrivateRabbitMQ,
) -> None:
    (open_directory / "widgets.csv").write_text(csv_of(make_row("A")))
    words = (*command.split(), *ARGUMENTS.get(command, ()))
    status, output = await run(
        kind, open_directory, environment | {"RABBITMQ_URL": rabbitmq.url}, *words
    )

    assert status == 0, output
    assert "Traceback" not in output


@pytest.mark.parametrize("kind", ["unnamed", "read-only"])
@pytest.mark.parametrize("command", WAITING_COMMANDS)
async def test_a_command_that_waits_starts_without_home_and_temporary_directory(
    command: str,
    kind: str,
    open_directory: Path,
    environment: dict[str, str],
    rabbitmq: PrivateRabbitMQ,
) -> None:
    settings = environment | {"RABBITMQ_URL": rabbitmq.url, "SERVICE_NAME": "hardened"}
    process = await start(kind, open_directory, settings, command)
    assert process.stdout is not None
    seen = b""
    async with asyncio.timeout(START_SECONDS):
        while b"RabbitMQ is healthy" not in seen:
            line = await process.stdout.readline()
            assert line, seen
            assert b"Traceback" not in line, seen
            seen += line
    process.terminate()
    seen += await process.stdout.read()

    assert await process.wait() == 0, seen
    assert b"Traceback" not in seen


async def test_a_committed_import_succeeds_where_nothing_can_be_written(
    open_directory: Path, environment: dict[str, str], database: Connection
) -> None:
    file = open_directory / "widgets.csv"
    file.write_text(csv_of(make_row("A")))

    status, output = await run("read-only", open_directory, environment, "import", file)

    assert status == 0, output
    assert "1 inserted" in output
    assert "Traceback" not in output
    assert output.count(f"Lines for {environment['AUDIT_LOG_FILE']} cannot be written") == 1
    assert await database.fetchval("SELECT count(*) FROM widgets") == 1
