"""Every command that a document names works, or the reason why nobody runs it is said."""

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
from tests.docs.commands import NOT_RUN, ROOT, RUN_BY, commands_in, only_in_the_template, proof_of
from tests.server import Server, make_environment

COMMANDS = {command: path.name for path in documents() for command in commands_in(path)}
SERVERS = [command for command in COMMANDS if command.startswith("uvicorn app.main:app")]


def test_every_command_is_run_somewhere_or_said_not_to_be() -> None:
    unproved = {command: name for command, name in COMMANDS.items() if proof_of(command) is None}

    assert unproved == {}, "say in tests/docs/commands.py what runs it"


@only_in_the_template
def test_no_proof_outlives_its_command() -> None:
    assert {proof_of(command) for command in COMMANDS} == {*RUN_BY, *NOT_RUN}


@only_in_the_template
@pytest.mark.parametrize("entry", RUN_BY)
def test_what_is_said_to_run_a_command_does(entry: str) -> None:
    file, text = RUN_BY[entry]

    assert text in (ROOT / file).read_text()


@pytest.mark.parametrize("command", [command for command, _ in dev_commands()])
def test_dev_py_helps(command: str) -> None:
    name = command.split()[2]
    done = _run(sys.executable, "dev.py", name, "--help", cwd=ROOT)

    assert done.returncode == 0, done.stderr
    assert "usage: " in done.stdout


@pytest.mark.parametrize("command", [command for command, _ in app_commands()])
def test_the_service_helps(command: str) -> None:
    names = [word for word in command.split()[3:] if word[0] not in "[F"]
    done = CliRunner().invoke(cli, [*names, "--help"])

    assert done.exit_code == 0, done.output
    assert "Usage: " in done.output


@pytest.mark.parametrize("command", SERVERS)
def test_documented_servers_serve(
    command: str, migrated_url: str, auth_service: PrivateAuthService, tmp_path: Path
) -> None:
    environment = make_environment(migrated_url, auth_service.url, tmp_path)
    options = shlex.split(command.replace("--port 8000", ""))[2:]
    with (
        Server(environment=environment, directory=tmp_path, options=tuple(options)) as server,
        server.client() as client,
    ):
        assert client.get("/").status_code == 200


def test_the_example_settings_start_a_service_for_development(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)

    settings = Settings(_env_file=ROOT / ".env.example")

    assert settings.app_env == "development"
    assert settings.jwt_secret_key.get_secret_value() == EXAMPLE_SECRET


def test_a_new_migration_follows_the_newest(tmp_path: Path) -> None:
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
