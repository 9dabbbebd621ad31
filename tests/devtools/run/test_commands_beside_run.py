"""`dev.py app`, `psql` and `env` use what a running `dev.py run` serves."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.commands.import_targets import TARGETS
from devtools.observing import NOT_INSTALLED
from devtools.processes import die_with_parent, stop
from devtools.prometheus import find_prometheus
from devtools.rabbitmq import find_program
from devtools.running import NOT_RUNNING
from tests.support.dev_clone import DevClone, DevProcess, make_clone, unconfigured
from tests.support.editor_settings import (
    command_of,
    find_configuration,
    find_task,
    read_env_file,
)

STOP_SECONDS = 30
QUOTED = 'it\'s "$HOME" `id`\\'
BESIDE = [["app", "migrate"], ["psql"], ["env"], ["top"], ["top", "--once"]]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> DevClone:
    # A path that programs often do not expect.
    return make_clone(tmp_path_factory.mktemp("folder") / "a clône with spaces")


@pytest.fixture(scope="module")
def running(clone: DevClone) -> Iterator[DevProcess]:
    # As with `nohup`.
    environment = {"APP_NAME": QUOTED, "PYTHONPATH": "/nonexistent", "PGSSLMODE": "verify-full"}
    with clone.run("--observe", environment=environment, ignored=signal.SIGHUP) as started:
        yield started
        assert started.stop(signal.SIGINT) == 0
        assert started.leftovers() == []


@pytest.mark.usefixtures("running")
def test_psql_opens_the_database(clone: DevClone) -> None:
    shown = clone.dev("psql", "-Atc", "SELECT current_user, count(*) > 0 FROM alembic_version")

    assert (shown.stdout, shown.returncode) == ("developer|t\n", 0), shown.stderr


@pytest.mark.usefixtures("running")
def test_psql_hides_the_password_from_other_users(clone: DevClone) -> None:
    code = r"\! tr '\0' ' ' < /proc/$PPID/cmdline; echo; echo $PGPASSWORD"
    arguments, password, *_ = clone.dev("psql", "-c", code).stdout.splitlines()

    assert "dbname=" in arguments
    assert password
    assert password not in arguments


@pytest.mark.usefixtures("running")
def test_app_commands_use_the_running_servers(clone: DevClone) -> None:
    shown = clone.dev("app", "outbox", "list", environment={"DATABASE_URL": "postgresql://nosuch"})

    assert (shown.stdout, shown.returncode) == ("No pending messages.\n", 0), shown.stderr


@pytest.mark.skipif(not TARGETS, reason="no domain can be imported")
@pytest.mark.usefixtures("running")
def test_the_path_of_an_import_is_relative_to_the_users_folder(
    clone: DevClone, tmp_path: Path
) -> None:
    (tmp_path / "rows.txt").write_text("")

    shown = clone.dev("app", "import", "rows.txt", "--dry-run", cwd=tmp_path)

    assert shown.returncode == 2
    assert "rows.txt" in shown.stderr
    assert "No such file" not in shown.stderr


@pytest.mark.usefixtures("running")
def test_the_settings_survive_a_shell(clone: DevClone, tmp_path: Path) -> None:
    shown = clone.dev("env")
    (tmp_path / "lines").write_text(shown.stdout)

    command = '. "$0" && printf "%s|%s" "$APP_NAME" "$DATABASE_URL"'
    sourced = subprocess.run(  # noqa: S603 - ours
        ["/bin/sh", "-c", command, str(tmp_path / "lines")],
        env=unconfigured(),
        capture_output=True,
        text=True,
        check=True,
    )

    name, url = sourced.stdout.split("|")
    assert name == QUOTED
    assert url.startswith("postgresql://developer:")
    assert "TMPDIR" not in shown.stdout
    assert "METRICS_PORT" not in shown.stdout


@pytest.mark.usefixtures("running")
def test_the_debugger_starts_the_service_with_the_settings(clone: DevClone, tmp_path: Path) -> None:
    configuration = find_configuration("uvicorn")
    task = find_task(configuration["preLaunchTask"])["command"].replace("python3", sys.executable)
    subprocess.run(["/bin/sh", "-ec", task], cwd=clone.folder, check=True)  # noqa: S603 - ours

    environment = {**os.environ, **read_env_file(configuration, clone.folder)}
    log = tmp_path / "log"
    with log.open("w") as output:
        process = subprocess.Popen(  # noqa: S603 - ours
            die_with_parent(command_of(configuration)),
            cwd=clone.folder,
            env=environment,
            stdout=output,
        )
    try:
        DevProcess(process, log, clone.folder).wait_for("Uvicorn running on")
        (url,) = re.findall(r"Uvicorn running on (\S+)", log.read_text())
        assert httpx.get(f"{url}/health", trust_env=False).json()["status"] == "healthy"
    finally:
        stop(process, by=signal.SIGTERM, seconds=STOP_SECONDS)


@pytest.mark.usefixtures("running")
def test_top_shows_what_runs(clone: DevClone) -> None:
    shown = clone.dev("top", "--once")
    summary = json.loads(clone.dev("top", "--json").stdout)

    assert shown.returncode == 0, shown.stderr
    assert "Requests" in shown.stdout
    assert summary["dependencies"]["database"] is True
    assert any(process.startswith("api ") for process in summary["processes"])


def test_prometheus_scrapes_the_service_and_its_consumer(running: DevProcess) -> None:
    if find_prometheus() is None:
        assert NOT_INSTALLED in running.output
        return
    url = re.findall(r"Alerts +(http://\S+)/alerts", running.output)[0]
    metrics = re.findall(r"Metrics +(http://\S+)", running.output)[0]

    running.wait_until(lambda: query(url, "sum(up)") == "2")
    running.wait_until(lambda: query(url, "sum(ALERTS) or vector(0)") == "0")
    assert httpx.get(metrics, trust_env=False).status_code == 200


def query(prometheus: str, expression: str) -> str | None:
    found = httpx.get(
        f"{prometheus}/api/v1/query", params={"query": expression}, trust_env=False
    ).json()
    result = found["data"]["result"]
    return str(result[0]["value"][1]) if result else None


def test_the_banner_names_the_commands_and_the_state_of_rabbitmq(running: DevProcess) -> None:
    banner = running.output.partition("\nReady.")[2]

    for command in ("dev.py app import FILE", "dev.py psql", "dev.py env"):
        assert command in banner
    states = ("starting", "ready") if find_program() else ("not installed",)
    assert any(f"RabbitMQ  {state}" in banner for state in states)


def test_no_error_is_printed_while_rabbitmq_boots(running: DevProcess) -> None:
    if find_program():
        running.wait_for("consumer: RabbitMQ is healthy")

    assert "ERROR" not in running.output
    assert "unavailable" not in running.output
    assert "AMQPConnectionError" not in running.output


def test_a_closed_terminal_does_not_stop_a_run_after_nohup(
    clone: DevClone, running: DevProcess
) -> None:
    os.kill(running.process.pid, signal.SIGHUP)

    assert clone.dev("psql", "-Atc", "SELECT 1").stdout == "1\n"


@pytest.mark.usefixtures("running")
def test_a_second_run_and_a_reset_are_refused_in_one_line(clone: DevClone) -> None:
    for arguments in (["run"], ["reset", "--yes"]):
        shown = clone.dev(*arguments)

        assert shown.returncode == 1
        assert shown.stderr == "`dev.py run` is running in this folder; stop it first (Ctrl-C)\n"


@pytest.mark.parametrize("arguments", BESIDE)
def test_without_a_run_one_sentence_says_so(arguments: list[str], tmp_path: Path) -> None:
    shown = make_clone(tmp_path / "clone").dev(*arguments)

    assert (shown.returncode, shown.stdout) == (1, "")
    assert shown.stderr == f"{NOT_RUNNING}\n"


def test_a_killed_run_is_not_running(tmp_path: Path) -> None:
    clone = make_clone(tmp_path / "clone")
    (clone.folder / ".dev").mkdir()
    (clone.folder / ".dev" / "running.json").write_text('{"DATABASE_URL": "postgresql://gone"}')

    assert clone.dev("env").stderr == f"{NOT_RUNNING}\n"


def test_the_help_of_the_service_needs_no_run(tmp_path: Path) -> None:
    shown = make_clone(tmp_path / "clone").dev("app", "--help")

    assert shown.returncode == 0
    assert "import" in shown.stdout
