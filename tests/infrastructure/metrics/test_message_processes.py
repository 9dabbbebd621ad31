"""`relay` and `consume` serve their metrics and health too."""

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
from devtools.processes import die_with_parent, stop, wait_until
from devtools.rabbitmq import PrivateRabbitMQ
from tests.support.scraping import parse_metrics
from tests.support.server import ROOT, START_SECONDS, STOP_SECONDS, make_environment


@pytest.fixture
def environment(
    database_url: str, auth_service: PrivateAuthService, rabbitmq: PrivateRabbitMQ, tmp_path: Path
) -> dict[str, str]:
    settings = {"rabbitmq_url": rabbitmq.url, "service_name": f"measured-{os.getpid()}"}
    own = make_environment(database_url, auth_service.url, tmp_path, **settings)
    return {"PATH": os.defpath, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **own}


@contextmanager
def _running(
    command: str, environment: dict[str, str], directory: Path
) -> Iterator[tuple[str, subprocess.Popen[bytes], Path]]:
    port, log = free_port(), directory / f"{command}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            die_with_parent([sys.executable, "-m", "tests.support.cli", command]),
            env=environment | {"METRICS_PORT": str(port)},
            cwd=directory,
            stdout=output,
            stderr=output,
        )
    try:
        yield f"http://{LOOPBACK}:{port}", process, log
    finally:
        stop(process, by=signal.SIGTERM, seconds=STOP_SECONDS)


def test_each_process_serves_its_own_metrics_and_readiness(
    environment: dict[str, str], tmp_path: Path
) -> None:
    nowhere = f"amqp://guest:guest@{LOOPBACK}:{free_port()}/"
    with (
        _running("relay", environment | {"RABBITMQ_URL": nowhere}, tmp_path) as relay,
        _running("consume", environment, tmp_path) as consumer,
    ):
        _wait_for("relay", {"status": "unavailable", "reason": "RabbitMQ is unavailable"}, *relay)
        _wait_for("consumer", {"status": "ready"}, *consumer)

    assert list(tmp_path.glob("*.metrics")) == []


def _wait_for(
    kind: str, readiness: dict[str, str], url: str, process: subprocess.Popen[bytes], log: Path
) -> None:
    def is_reported() -> bool:
        try:
            response = _get(f"{url}/health/ready")
        except httpx.TransportError:
            return False
        expected = 200 if readiness["status"] == "ready" else 503
        return response.json() == readiness and response.status_code == expected

    wait_until(is_reported, process=process, seconds=START_SECONDS, log=log)
    assert _get(f"{url}/health/live").status_code == 200
    assert _get(url).status_code == 200
    found = parse_metrics(_get(f"{url}/metrics").text)
    assert found["worker_processes"] == 1
    assert any(f'process="{kind}"' in name for name in found)


def _get(url: str) -> httpx.Response:
    return httpx.get(url, trust_env=False, timeout=15)
