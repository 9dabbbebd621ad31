"""Every documented command is run by a test, or has a reason why not."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.config.settings import EXAMPLE_SECRET, Settings
from devtools.documents.commands import app_commands, dev_commands
from devtools.documents.generated import documents
from devtools.private_auth import PrivateAuthService
from tests.support.documented_commands import (
    NOT_RUN,
    ROOT,
    RUN_BY,
    find_commands,
    find_entry,
    only_in_the_template,
)
from tests.support.server import Server, make_environment

COMMANDS = {command: path.name for path in documents() for command in find_commands(path)}
SERVERS = [command for command in COMMANDS if command.startswith("uvicorn app.main:app")]


def test_every_documented_command_is_run_or_excepted() -> None:
    unproved = {command: name for command, name in COMMANDS.items() if find_entry(command) is None}

    assert unproved == {}, "say in tests/support/documented_commands.py what runs it"


@only_in_the_template
def test_every_listed_command_is_documented() -> None:
    assert {find_entry(command) for command in COMMANDS} == {*RUN_BY, *NOT_RUN}


@only_in_the_template
@pytest.mark.parametrize("entry", RUN_BY)
def test_the_listed_file_runs_the_command(entry: str) -> None:
    file, text = RUN_BY[entry]

    assert text in (ROOT / file).read_text()


@pytest.mark.parametrize("command", [command for command, _ in dev_commands()])
def test_every_dev_py_command_prints_help(command: str) -> None:
    name = command.split()[2]
    done = _run(sys.executable, "dev.py", name, "--help", cwd=ROOT)

    assert done.returncode == 0, done.stderr
    # Some print the help of the program that they start.
    assert "usage:" in done.stdout.lower()


@pytest.mark.parametrize("command", [command for command, _ in app_commands()])
def test_every_service_command_prints_help(command: str) -> None:
    names = [word for word in command.split()[3:] if word[0] not in "[F"]
    done = CliRunner().invoke(cli, [*names, "--help"])

    assert done.exit_code == 0, done.output
    assert "Usage: " in done.output


@pytest.mark.parametrize("command", sorted(SERVERS))
def test_documented_server_commands_start_the_service(
    command: str, migrated_url: str, auth_service: PrivateAuthService, tmp_path: Path
) -> None:
    environment = make_environment(migrated_url, auth_service.url, tmp_path)
    command = command.replace("--port 8000", "").replace("app/config", f"{ROOT}/app/config")
    options = shlex.split(command)[2:]
    with (
        Server(environment=environment, directory=tmp_path, options=tuple(options)) as server,
        server.client() as client,
    ):
        assert client.get("/").status_code == 200


def test_the_example_settings_start_the_service(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)

    settings = Settings(_env_file=ROOT / ".env.example")

    assert settings.app_env == "development"
    assert settings.jwt_secret_key.get_secret_value() == EXAMPLE_SECRET


def test_a_new_migration_follows_the_latest(tmp_path: Path) -> None:
    shutil.copy(ROOT / "alembic.ini", tmp_path)
    shutil.copytree(ROOT / "migrations", tmp_path / "migrations")
    newest = max(path.name[:4] for path in (ROOT / "migrations" / "versions").glob("*.py"))
    (command,) = (command for command in COMMANDS if command.startswith("alembic revision"))

    done = _run(sys.executable, "-m", *shlex.split(command), cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    (made,) = (tmp_path / "migrations" / "versions").glob("*_add_a_column.py")
    assert f"down_revision = '{newest}'" in made.read_text()


def _run(*command: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(  # noqa: S603 - our own commands
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
