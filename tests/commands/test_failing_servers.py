"""Every command of `python -m app` with each of its servers failing in each way."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from app.cli import main
from devtools.postgres import PrivatePostgres
from devtools.rabbitmq import PrivateRabbitMQ
from devtools.valkey import PrivateValkey
from tests.support.command_faults import (
    ARGUMENTS,
    FAULTS,
    UNUSED,
    Faults,
    Server,
    leaf_commands,
    silent_server,
)
from tests.support.import_files import csv_of, make_row
from tests.support.limited_user import PASSWORD
from tests.support.server import make_environment
from tests.support.service import DOMAINS

# What a command needs. One that is not listed is tested with every fault, without arguments.
NEEDS: dict[str, tuple[Server, ...]] = {
    "migrate": ("database", "settings"),
    "import": ("database", "settings"),
    "audit": ("database", "settings"),
    "export": ("database", "settings"),
    "purge-audit": ("database", "settings"),
    "outbox list": ("database", "settings"),
    "outbox redrive": ("database", "settings"),
    "outbox purge": ("database", "settings"),
    "dead-queue list": ("broker", "settings"),
    "dead-queue redrive": ("broker", "settings"),
    "dead-queue purge": ("broker", "settings"),
    "dead-queue head": ("broker", "settings"),
    # Both wait for their servers: see test_waiting_commands.py.
    "relay": ("settings",),
    "consume": ("settings",),
}
# These work: a migration makes the tables, newer tables are used as long as they fit, and a queue
# that does not exist is empty.
WORKS = {("migrate", "unmigrated"), ("dead-queue head", "no rights")} | {
    (command, "newer") for command in NEEDS if command != "migrate"
}
EVERYTHING: tuple[Server, ...] = ("database", "broker", "settings")
CASES = [
    (" ".join(words), server, fault)
    for words in leaf_commands()
    for server in NEEDS.get(" ".join(words), EVERYTHING)
    for fault in FAULTS[server]
]
SAID: dict[tuple[Server, str], str] = {
    ("database", "away"): "The database is not available: nothing listens",
    ("database", "silent"): "The database is not available: it does not respond",
    ("database", "password"): "The database is not available: the server refuses the user",
    ("database", "unknown"): "The database is not available: it does not exist; create it",
    ("database", "unmigrated"): "run `python -m app migrate`",
    ("database", "newer"): "deploy the version that migrated it",
    ("database", "no rights"): "The database role has too few rights: permission denied",
    ("broker", "away"): "RabbitMQ is not available: nothing listens",
    ("broker", "silent"): "RabbitMQ is not available: it does not respond",
    ("broker", "password"): "RabbitMQ is not available: it refuses the user or the password",
    ("broker", "unknown"): "check the virtual host in RABBITMQ_URL",
    ("broker", "no rights"): "The RabbitMQ user has no right",
    ("settings", "missing"): "Settings: DATABASE_URL: is required and not set",
    ("settings", "invalid"): "Settings: DATABASE_POOL_SIZE: ",
}


class Ended(NamedTuple):
    status: int
    output: str
    errors: str


Run = Callable[..., Ended]


@pytest.fixture(scope="module")
def faults(postgres: PrivatePostgres, rabbitmq: PrivateRabbitMQ) -> Iterator[Faults]:
    with silent_server() as port:
        yield Faults(postgres=postgres, rabbitmq=rabbitmq, silent_port=port)


@pytest.fixture
def run(
    database_url: str,
    rabbitmq: PrivateRabbitMQ,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    environment = make_environment(
        database_url,
        "http://127.0.0.1:9/auth",
        tmp_path,
        rabbitmq_url=rabbitmq.url,
        log_level="ERROR",
    )
    monkeypatch.chdir(tmp_path)
    (tmp_path / "widgets.csv").write_text(csv_of(make_row("A")))

    def run_command(command: str, overrides: dict[str, str]) -> Ended:
        for name, value in (environment | overrides).items():
            monkeypatch.setenv(name, value)
        words = [*command.split(), *ARGUMENTS.get(command, ())]
        monkeypatch.setattr(sys, "argv", ["app", *words])
        with pytest.raises(SystemExit) as ended:
            main(DOMAINS)
        output, errors = capsys.readouterr()
        is_text = isinstance(ended.value.code, str)
        return Ended(
            1 if is_text else int(ended.value.code or 0),
            output,
            errors + (f"{ended.value.code}\n" if is_text else ""),
        )

    return run_command


def test_the_commands_of_the_table_exist() -> None:
    assert set(NEEDS) == {" ".join(words) for words in leaf_commands()}


@pytest.mark.parametrize(("command", "server", "fault"), CASES)
def test_a_fault_ends_a_command_with_one_sentence(
    command: str, server: Server, fault: str, faults: Faults, run: Run
) -> None:
    ended = run(command, faults.environment(server, fault))

    assert "Traceback" not in ended.errors
    assert PASSWORD not in ended.errors
    if (command, fault) in WORKS:
        assert ended.status == 0
        return
    assert (ended.status, ended.output) == (1, "")
    assert SAID[server, fault] in ended.errors
    assert len(ended.errors.splitlines()) == (3 if fault == "missing" else 1)


def test_a_newer_database_is_named_and_tried(faults: Faults, run: Run) -> None:
    ended = run("outbox list", faults.environment("database", "newer"))

    assert (ended.status, ended.output) == (0, "No pending messages.\n")
    assert SAID["database", "newer"] in ended.errors


@pytest.mark.parametrize("fault", ["away", "silent", "password"])
def test_an_import_that_cannot_reach_redis_is_stored_and_says_so(
    fault: str, faults: Faults, run: Run, valkey: PrivateValkey
) -> None:
    url = {
        "away": f"redis://:{PASSWORD}@{UNUSED}",
        "silent": f"redis://:{PASSWORD}@127.0.0.1:{faults.silent_port}/0",
        "password": valkey.url.replace("redis://", f"redis://:{PASSWORD}@"),
    }[fault]
    ended = run("import", {"REDIS_URL": url, "LOG_LEVEL": "INFO"})

    assert (ended.status, ended.output.count("1 inserted")) == (0, 1)
    assert ended.errors.startswith("Redis is not available: services on other machines may serve")
    assert ended.errors.endswith(" cached values for up to 300 seconds\n")
    assert len(ended.errors.splitlines()) == 1


def test_a_defect_keeps_its_traceback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.cli.migrate_service", lambda _: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        run("migrate", {})
