"""The private servers of `dev.py run`: one for each server that nothing configures."""

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
class Servers:
    """None where the developer's own server is used; `environment` is what the service gets."""

    postgres: PrivatePostgres | None
    auth: PrivateAuthService | None
    environment: dict[str, str]


def start_servers(stack: ExitStack, state: DevState, configuration: dict[str, str]) -> Servers:
    environment = dict(os.environ) | {"TMPDIR": str(state.temporary_files())}
    auth = postgres = None
    if "AUTH_SERVICE_URL" not in configuration:
        environment["JWT_SECRET_KEY"] = configuration.get("JWT_SECRET_KEY") or state.jwt_secret()
        auth = _auth_service(state, configuration, environment["JWT_SECRET_KEY"])
        environment["AUTH_SERVICE_URL"] = auth.url
        stack.callback(auth.stop)
        # It may take the time that the database needs, too; `wait_until_ready` comes later.
        auth.launch()
    if "RABBITMQ_URL" not in configuration:
        environment["RABBITMQ_URL"] = _message_broker(stack, state)
    if "REDIS_URL" not in configuration:
        valkey = stack.enter_context(PrivateValkey(log=state.valkey_log))
        environment["REDIS_URL"] = valkey.url
    if "DATABASE_URL" not in configuration:
        postgres = stack.enter_context(PrivatePostgres(data_directory=state.postgres))
        environment["DATABASE_URL"] = postgres.create_database(DATABASE)
    return Servers(postgres, auth, environment)


def _message_broker(stack: ExitStack, state: DevState) -> str:
    """Start one where its program is; events wait in the outbox until it answers, or for ever."""
    if find_program() is None:
        return f"amqp://{LOOPBACK}:{free_port()}/"
    broker = PrivateRabbitMQ(directory=state.rabbitmq)
    stack.callback(broker.stop)
    broker.launch()
    return broker.url


def _auth_service(
    state: DevState, configuration: dict[str, str], secret: str
) -> PrivateAuthService:
    auth = PrivateAuthService(
        secret=secret,
        log=state.auth_log,
        port=_remembered_port(state),
        issuer=configuration.get("JWT_ISSUER"),
        audience=configuration.get("JWT_AUDIENCE"),
    )
    state.remember_auth_port(auth.port)
    return auth


def _remembered_port(state: DevState) -> int | None:
    port = state.auth_port()
    return None if port is None or is_listening(port) else port
