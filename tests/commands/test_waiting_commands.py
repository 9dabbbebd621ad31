"""`relay` and `consume` wait for servers that fail, say so in one line, and recover."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from devtools.postgres import PrivatePostgres
from devtools.processes import die_with_parent, stop, wait_until
from devtools.rabbitmq import PrivateRabbitMQ
from tests.support.command_faults import (
    FAULTS,
    ROLE,
    WAITING_COMMANDS,
    Faults,
    Server,
    silent_server,
)
from tests.support.limited_user import PASSWORD
from tests.support.server import ROOT, START_SECONDS, STOP_SECONDS, make_environment

UNAVAILABLE = "Database is unavailable"
SAID: dict[tuple[Server, str], str] = {
    ("database", "newer"): "deploy the version that migrated it",
    ("database", "no rights"): "permission denied for table",
    ("broker", "no rights"): "the RabbitMQ user has no right",
}
CASES = [
    (command, server, fault)
    for command in WAITING_COMMANDS
    for server in ("database", "broker")
    for fault in FAULTS[server]
    # A relay needs no right before it has a message: see tests/infrastructure/messaging/relay.
    if (command, server, fault) != ("relay", "broker", "no rights")
]


@pytest.fixture(scope="module")
def faults(postgres: PrivatePostgres, rabbitmq: PrivateRabbitMQ) -> Iterator[Faults]:
    with silent_server() as port:
        yield Faults(postgres=postgres, rabbitmq=rabbitmq, silent_port=port)


@pytest.fixture
def environment(database_url: str, rabbitmq: PrivateRabbitMQ, tmp_path: Path) -> dict[str, str]:
    own = make_environment(
        database_url,
        "http://127.0.0.1:9/auth",
        tmp_path,
        rabbitmq_url=rabbitmq.url,
        service_name=f"waiting-{os.getpid()}",
    )
    return {"PATH": os.defpath, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **own}


@contextmanager
def running(
    command: str, environment: dict[str, str], directory: Path
) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    log = directory / "command.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            die_with_parent([sys.executable, "-m", "tests.support.cli", command]),
            env=environment,
            cwd=directory,
            stdout=output,
            stderr=output,
        )
    try:
        yield process, log
    finally:
        stop(process, by=signal.SIGTERM, seconds=STOP_SECONDS)


def wait_for(text: str, process: subprocess.Popen[bytes], log: Path) -> None:
    wait_until(lambda: text in log.read_text(), process=process, seconds=START_SECONDS, log=log)


@pytest.mark.parametrize(("command", "server", "fault"), CASES)
def test_a_fault_is_said_and_waited_for(
    command: str,
    server: Server,
    fault: str,
    faults: Faults,
    environment: dict[str, str],
    tmp_path: Path,
) -> None:
    default = UNAVAILABLE if server == "database" else "RabbitMQ is unavailable"
    overrides = faults.environment(server, fault)
    with running(command, environment | overrides, tmp_path) as (process, log):
        wait_for(SAID.get((server, fault), default), process, log)

    assert process.returncode == 0, log.read_text()
    assert "Traceback" not in log.read_text()
    assert PASSWORD not in log.read_text()


def test_a_relay_works_when_its_role_gets_the_rights(
    faults: Faults, environment: dict[str, str], tmp_path: Path, postgres: PrivatePostgres
) -> None:
    overrides = faults.environment("database", "no rights")
    with running("relay", environment | overrides, tmp_path) as (process, log):
        wait_for("permission denied for table", process, log)
        postgres.query(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {ROLE}", database="faulty")
        said = log.read_text()
        wait_until(
            lambda: "Database is healthy" in log.read_text().removeprefix(said),
            process=process,
            seconds=START_SECONDS,
            log=log,
        )

    assert process.returncode == 0, log.read_text()
