"""Start the private servers of `dev.py run`: one for each server URL that is not configured."""

import os
from contextlib import ExitStack
from dataclasses import dataclass

import app
from devtools.ports import LOOPBACK, free_port, is_listening
from devtools.postgres import PrivatePostgres
from devtools.private_auth import PrivateAuthService
from devtools.rabbitmq import PrivateRabbitMQ, find_program
from devtools.state import DevState
from devtools.valkey import PrivateValkey

DATABASE = app.__slug__.replace("-", "_")


@dataclass(frozen=True)
class PrivateServers:
    """Running servers; None if a configured one is used. `environment` is for the service.

    `broker` is None also if RabbitMQ is not installed.
    """

    postgres: PrivatePostgres | None
    auth: PrivateAuthService | None
    broker: PrivateRabbitMQ | None
    environment: dict[str, str]
    is_broker_private: bool
    consumer_metrics_port: int

    @property
    def metrics_port(self) -> int:
        return int(self.environment["METRICS_PORT"])


def start_servers(
    stack: ExitStack, state: DevState, configuration: dict[str, str]
) -> PrivateServers:
    environment = dict(os.environ) | {"TMPDIR": str(state.make_temporary_directory())}
    environment["METRICS_PORT"] = configuration.get("METRICS_PORT") or str(free_port())
    auth = postgres = broker = None
    if "AUTH_SERVICE_URL" not in configuration:
        environment["JWT_SECRET_KEY"] = configuration.get("JWT_SECRET_KEY") or state.jwt_secret()
        auth = _make_auth_service(state, configuration, environment["JWT_SECRET_KEY"])
        environment["AUTH_SERVICE_URL"] = auth.url
        stack.callback(auth.stop)
        # It starts in parallel with the database; `run` calls `wait_until_ready` later.
        auth.launch()
    if "RABBITMQ_URL" not in configuration:
        broker = _start_broker(stack, state)
        # Without RabbitMQ, a URL where nothing listens: events then stay in the outbox.
        environment["RABBITMQ_URL"] = broker.url if broker else f"amqp://{LOOPBACK}:{free_port()}/"
    if "REDIS_URL" not in configuration:
        valkey = stack.enter_context(PrivateValkey(log=state.valkey_log))
        environment["REDIS_URL"] = valkey.url
    if "DATABASE_URL" not in configuration:
        postgres = stack.enter_context(PrivatePostgres(data_directory=state.postgres))
        environment["DATABASE_URL"] = postgres.create_only_database(DATABASE)
        # libpq's variables, such as PGSSLMODE, are for other servers.
        environment = {name: each for name, each in environment.items() if name[:2] != "PG"}
    return PrivateServers(
        postgres,
        auth,
        broker,
        environment,
        is_broker_private="RABBITMQ_URL" not in configuration,
        consumer_metrics_port=free_port(),
    )


def _start_broker(stack: ExitStack, state: DevState) -> PrivateRabbitMQ | None:
    """Launch RabbitMQ, which boots in the background. None if it is not installed."""
    if find_program() is None:
        return None
    broker = PrivateRabbitMQ(directory=state.rabbitmq)
    stack.callback(broker.stop)
    broker.launch()
    return broker


def _make_auth_service(
    state: DevState, configuration: dict[str, str], secret: str
) -> PrivateAuthService:
    auth = PrivateAuthService(
        secret=secret,
        log=state.auth_log,
        port=_saved_port(state),
        issuer=configuration.get("JWT_ISSUER"),
        audience=configuration.get("JWT_AUDIENCE"),
    )
    state.save_auth_port(auth.port)
    return auth


def _saved_port(state: DevState) -> int | None:
    port = state.auth_port()
    return None if port is None or is_listening(port) else port
