"""A real Prometheus that scrapes a real service with its consumer, under traffic."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from devtools.monitoring.durations import shortened_by
from devtools.monitoring.rules import rules_text
from devtools.ports import free_port
from devtools.postgres import PrivatePostgres
from devtools.private_auth import PrivateAuthService
from devtools.prometheus import PrivatePrometheus, find_prometheus
from devtools.rabbitmq import PrivateRabbitMQ
from devtools.valkey import PrivateValkey
from tests.support.consume_process import ConsumeProcess
from tests.support.database import migrate_all
from tests.support.observed_service import ObservedService
from tests.support.server import Server, make_environment
from tests.support.settings_and_clients import skip_or_fail

INTERVAL = "500ms"
# Five minutes become 2.5 s, five scrapes.
FACTOR = 120
NAME = "observed"
HTTP_OPTIONS = ("--http", "app.infrastructure.http_protocol:BoundedHttpProtocol", "--ws", "none")


@pytest.fixture(scope="session")
def prometheus_programs(pytestconfig: pytest.Config) -> None:
    """Skip without Prometheus and promtool, which one package installs."""
    if find_prometheus() is None:
        skip_or_fail(pytestconfig, "prometheus", "prometheus", "the monitoring is not tested")


@pytest.fixture(scope="module")
def observed(
    prometheus_programs: None,  # noqa: ARG001 - skips
    rabbitmq: PrivateRabbitMQ,
    auth_service: PrivateAuthService,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[ObservedService]:
    directory = tmp_path_factory.mktemp("observed")
    with ExitStack() as stack:
        postgres = PrivatePostgres(data_directory=directory / "postgres", durable=False)
        valkey = PrivateValkey(log=directory / "valkey.log")
        stack.enter_context(postgres)
        stack.enter_context(valkey)
        url = postgres.create_database("service")
        asyncio.run(migrate_all(url))
        ports = (free_port(), free_port())
        environments = [
            make_environment(
                url,
                auth_service.url,
                directory,
                metrics_port=port,
                redis_url=valkey.url,
                rabbitmq_url=rabbitmq.url,
                service_name=NAME,
                event_subscribers=["http://follower"],
                rate_limit_per_minute=100_000,
            )
            for port in ports
        ]
        service = Server(
            environment=environments[0], directory=directory, workers=2, options=HTTP_OPTIONS
        )
        consumer = ConsumeProcess(environment=environments[1], log=directory / "consumer.log")
        prometheus = PrivatePrometheus(
            directory=directory / "prometheus",
            targets=ports,
            rules=shortened_rules(directory),
            interval=INTERVAL,
        )
        for server in (service, consumer, prometheus):
            stack.enter_context(server)
        running = ObservedService(
            service=service,
            prometheus=prometheus,
            postgres=postgres,
            valkey=valkey,
            broker_url=rabbitmq.url,
            name=NAME,
            auth=auth_service,
            metrics_ports=ports,
        )
        running.send_traffic()
        # A rate needs two scrapes between which something has happened.
        running.request_until(lambda: bool(running.query("received_messages_total")))
        running.send_traffic()
        running.interrupt_servers()
        yield running


def shortened_rules(directory: Path) -> Path:
    rules = directory / "rules.yml"
    rules.write_text(rules_text(shortened_by(FACTOR)))
    return rules
