"""The service and its commands on a platform that lacks what Windows lacks."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from devtools.ports import LOOPBACK, free_port
from devtools.private_auth import PrivateAuthService
from devtools.processes import stop, wait_until
from devtools.rabbitmq import PrivateRabbitMQ
from tests.support.database import fetch_rows
from tests.support.import_files import csv_of, make_row
from tests.support.server import ROOT, START_SECONDS, STOP_SECONDS, make_environment
from tests.support.settings_and_clients import Tokens
from tests.widgets.factories import WIDGETS, widget_body

HTTP = "app.infrastructure.http_protocol:BoundedHttpProtocol"


@pytest.fixture
def environment(
    database_url: str, auth_service: PrivateAuthService, tmp_path: Path
) -> dict[str, str]:
    own = make_environment(database_url, auth_service.url, tmp_path)
    return {"PATH": os.defpath, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **own}


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "tests.support.without_posix", *map(str, arguments)]


@contextmanager
def running(
    environment: dict[str, str], directory: Path, *arguments: object
) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    log = directory / "process.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command(*arguments), env=environment, cwd=directory, stdout=output, stderr=output
        )
    try:
        yield process, log
    finally:
        stop(process, by=signal.SIGTERM, seconds=STOP_SECONDS)


def test_requests_are_served_and_the_missing_features_are_named_once(
    environment: dict[str, str], tmp_path: Path, tokens: Tokens
) -> None:
    port = free_port()
    options = ("--http", HTTP, "--loop", "asyncio", "--port", port)
    url = f"http://{LOOPBACK}:{port}"
    metrics_port = free_port()
    settings = environment | {"METRICS_PORT": str(metrics_port)}
    with running(settings, tmp_path, "uvicorn", "tests.support.service:app", *options) as (
        process,
        log,
    ):
        wait_until(lambda: is_ready(url), process=process, seconds=START_SECONDS, log=log)
        client = httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {tokens.admin}"}, trust_env=False
        )
        created = client.post(WIDGETS, json=widget_body())
        read = client.get(f"{WIDGETS}/{created.json()['id']}")
        client.close()
        metrics = httpx.get(f"http://{LOOPBACK}:{metrics_port}/metrics", trust_env=False)

    output = log.read_text()
    assert (created.status_code, read.status_code) == (201, 200), output
    assert output.count("This platform has no user IDs") == 1
    assert "no limits of open files" in output
    assert "Caching is disabled" not in output
    assert "worker_processes 1" in metrics.text
    assert "Traceback" not in output
    assert b"\r\n" not in (tmp_path / "audit.log").read_bytes()


async def test_an_import_is_stored(
    environment: dict[str, str], tmp_path: Path, database_url: str
) -> None:
    file = tmp_path / "widgets.csv"
    file.write_text(csv_of(make_row("A")))
    process = await asyncio.create_subprocess_exec(
        *command("cli", "import", file),
        env=environment | {"USER": ""},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    output, _ = await process.communicate()

    assert process.returncode == 0, output.decode()
    assert b"1 inserted" in output
    actors = {row["user_id"] for row in await fetch_rows(database_url)}
    assert actors == {"cli:uid-0"}


def test_a_consumer_stops_on_sigterm(
    environment: dict[str, str], tmp_path: Path, rabbitmq: PrivateRabbitMQ
) -> None:
    settings = environment | {"RABBITMQ_URL": rabbitmq.url, "SERVICE_NAME": f"p{os.getpid()}"}
    with running(settings, tmp_path, "cli", "consume") as (process, log):
        wait_until(
            lambda: "consumer: RabbitMQ is healthy" in log.read_text(),
            process=process,
            seconds=START_SECONDS,
            log=log,
        )

    assert process.returncode == 0, log.read_text()
    assert "Traceback" not in log.read_text()


def is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/ready", trust_env=False, timeout=1).status_code == 200
    except httpx.TransportError:
        return False
