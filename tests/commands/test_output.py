"""Output of commands to pipes, full disks and closed descriptors; interruptions."""

import asyncio
import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from devtools.ports import LOOPBACK
from tests.support.command_faults import leaf_commands
from tests.support.database import fetch_rows
from tests.support.import_files import csv_of, make_row
from tests.support.server import ROOT, make_environment

FULL = "/dev/full"
HAS_FULL = Path(FULL).exists()
PROGRAM = shlex.join([sys.executable, "-m", "tests.support.cli"])


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    own = make_environment(database_url, "http://127.0.0.1:9/auth", tmp_path, log_level="ERROR")
    (tmp_path / "widgets.csv").write_text(csv_of(make_row("A")))
    return {"PATH": os.defpath, "PYTHONPATH": str(ROOT), **own}


async def run_in_shell(
    line: str, environment: dict[str, str], directory: Path
) -> tuple[int, str, str]:
    """Run a line of bash, in which PROGRAM is the command line; return status and output."""
    process = await asyncio.create_subprocess_exec(
        *("bash", "-c", line.replace("PROGRAM", PROGRAM)),
        env=environment,
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    output, errors = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode(), errors.decode()


@pytest.mark.parametrize("command", [" ".join(words) for words in leaf_commands()])
async def test_help_ends_quietly_with_every_standard_stream_closed(
    command: str, environment: dict[str, str], tmp_path: Path
) -> None:
    line = f"PROGRAM {command} --help <&- >&- 2> errors"
    status, _, _ = await run_in_shell(line, environment, tmp_path)

    assert (status, (tmp_path / "errors").read_text()) == (0, "")


async def test_a_reader_that_stops_ends_a_list_quietly(
    environment: dict[str, str], tmp_path: Path
) -> None:
    # The command starts after its reader has ended.
    line = "{ sleep 1; PROGRAM outbox list --json; echo $? >&2; } | true"
    _, _, errors = await run_in_shell(line, environment, tmp_path)

    assert errors == "141\n"


@pytest.mark.skipif(not HAS_FULL, reason="/dev/full exists on Linux only")
@pytest.mark.parametrize("unbuffered", ["", "1"])
async def test_a_list_that_cannot_be_written_fails_with_one_sentence(
    unbuffered: str, environment: dict[str, str], tmp_path: Path
) -> None:
    line = f"PYTHONUNBUFFERED={unbuffered} PROGRAM outbox list > /dev/full"
    status, _, errors = await run_in_shell(line, environment, tmp_path)

    assert (status, errors) == (1, "The output cannot be written: No space left on device\n")


@pytest.mark.skipif(not HAS_FULL, reason="/dev/full exists on Linux only")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", ["migrate", "import sep.csv --resource widgets"])
async def test_a_log_on_a_full_disk_fails_no_command(
    command: str, unbuffered: str, environment: dict[str, str], tmp_path: Path
) -> None:
    # It has a note for stderr before the import starts.
    (tmp_path / "sep.csv").write_text(csv_of(make_row("A")).replace(",", ";"))
    line = f"PYTHONUNBUFFERED={unbuffered} LOG_LEVEL=INFO PROGRAM {command} > /dev/full 2>&1"

    assert await run_in_shell(line, environment, tmp_path) == (0, "", "")


@pytest.mark.parametrize("ending", [">&-", "2>&-", "<&- >&- 2>&-", "> /dev/full", "2> /dev/full"])
async def test_an_import_that_is_stored_has_not_failed_because_of_its_output(
    ending: str, environment: dict[str, str], database_url: str, tmp_path: Path
) -> None:
    if FULL in ending and not HAS_FULL:
        pytest.skip("/dev/full exists on Linux only")
    line = f"PROGRAM import widgets.csv --resource widgets {ending}"
    status, _, errors = await run_in_shell(line, environment, tmp_path)

    assert status == 0, errors
    assert "Traceback" not in errors
    assert len(await fetch_rows(database_url, "widgets")) == 1


async def test_standard_input_that_is_closed_is_named(
    environment: dict[str, str], tmp_path: Path
) -> None:
    line = "PROGRAM import - --resource widgets <&-"
    status, _, errors = await run_in_shell(line, environment, tmp_path)

    assert status == 2
    assert errors == "Nothing was imported. standard input: is closed\n"


async def test_characters_that_the_terminal_lacks_are_escaped(
    environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "stück.csv").write_text(csv_of(make_row("A")))
    line = "PYTHONIOENCODING=ascii PROGRAM import stück.csv --resource widgets"
    status, output, errors = await run_in_shell(line, environment, tmp_path)

    assert (status, errors) == (0, "")
    assert "st\\xfcck.csv: 1 rows, 1 inserted" in output


async def test_a_narrow_terminal_gets_whole_json(
    environment: dict[str, str], tmp_path: Path
) -> None:
    line = "COLUMNS=10 PROGRAM outbox list --json"
    status, output, _ = await run_in_shell(line, environment, tmp_path)

    assert (status, json.loads(output)) == (0, [])


async def test_an_interruption_while_modules_are_imported_ends_quietly(
    environment: dict[str, str], tmp_path: Path
) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-X", "importtime", "-m", "app", "migrate"),
        env=environment,
        cwd=tmp_path,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    while b" typer" not in await process.stderr.readline():
        assert process.returncode is None
    process.send_signal(signal.SIGINT)
    errors = await process.stderr.read()
    await process.wait()

    assert process.returncode == -signal.SIGINT
    assert b"Traceback" not in errors


async def test_an_interruption_while_the_database_is_waited_for_ends_quietly(
    environment: dict[str, str], tmp_path: Path
) -> None:
    connected = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.set()
        await reader.read(-1)
        writer.close()

    server = await asyncio.start_server(say_nothing, LOOPBACK)
    port = server.sockets[0].getsockname()[1]
    url = f"postgresql://user:a-password@{LOOPBACK}:{port}/x"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app", "migrate"),
        env=environment | {"DATABASE_URL": url},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    await connected.wait()
    process.send_signal(signal.SIGINT)
    output, errors = await process.communicate()
    server.close()

    assert (process.returncode, output, errors) == (130, b"", b"")
