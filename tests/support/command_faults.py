"""Faults of the servers and settings of a command, and the commands that meet them."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal
from uuid import uuid4

import typer

from app.cli import cli
from devtools.ports import LOOPBACK, free_port
from devtools.postgres import PrivatePostgres
from devtools.rabbitmq import PrivateRabbitMQ
from tests.support.database import migrate_all
from tests.support.limited_user import NONE, PASSWORD, LimitedUser

Server = Literal["database", "broker", "settings"]
Words = tuple[str, ...]

UNUSED = f"{LOOPBACK}:{free_port()}/0"
FAULTS: dict[Server, Words] = {
    "database": ("away", "silent", "password", "unknown", "unmigrated", "newer", "no rights"),
    "broker": ("away", "silent", "password", "unknown", "no rights"),
    "settings": ("missing", "invalid"),
}
ROLE = "role_without_rights"
ARGUMENTS: dict[str, Words] = {
    "import": ("widgets.csv", "--resource", "widgets"),
    "export": ("widgets",),
    "purge-audit": ("--days", "1", "--yes"),
    "outbox redrive": ("--all",),
    "outbox purge": ("--all", "--yes"),
    "dead-queue redrive": ("--all",),
    "dead-queue purge": ("--all", "--yes"),
}
WAITING_COMMANDS = ("relay", "consume")


def leaf_commands() -> Iterator[Words]:
    """Find every command of `python -m app`, so that none is forgotten."""
    yield from _leaves(typer.main.get_command(cli), ())


def _leaves(command: Any, words: Words) -> Iterator[Words]:
    children = getattr(command, "commands", None)
    if children is None:
        yield words
    for name, child in (children or {}).items():
        yield from _leaves(child, (*words, name))


@dataclass(frozen=True, kw_only=True)
class Faults:
    """Makes environment variables with which a command meets one fault."""

    postgres: PrivatePostgres
    rabbitmq: PrivateRabbitMQ
    silent_port: int

    def environment(self, server: Server, fault: str) -> dict[str, str]:
        match server:
            case "database":
                return {"DATABASE_URL": self._database_url(fault)}
            case "broker":
                return {"RABBITMQ_URL": self._broker_url(fault)}
            case "settings":
                return {"DATABASE_POOL_SIZE": "many"} if fault == "invalid" else NO_SETTINGS

    def _database_url(self, fault: str) -> str:
        match fault:
            case "away":
                return f"postgresql://user:{PASSWORD}@{UNUSED}"
            case "silent":
                return f"postgresql://user:{PASSWORD}@{LOOPBACK}:{self.silent_port}/0"
            case "password" | "no rights":
                return self._url_of_role(PASSWORD if fault == "no rights" else "wrong")
            case "newer":
                newer = self._migrated("newer")
                revision = "UPDATE alembic_version SET version_num = 'from the future'"
                self.postgres.query(revision, database="newer")
                return newer
            case "unmigrated":
                self.postgres.query('DROP DATABASE IF EXISTS "unmigrated"')
                return self.postgres.create_database("unmigrated")
        return self.postgres.database_url(fault)

    def _migrated(self, name: str) -> str:
        self.postgres.query(f'DROP DATABASE IF EXISTS "{name}"')
        url = self.postgres.create_database(name)
        asyncio.run(migrate_all(url))
        return url

    def _url_of_role(self, password: str) -> str:
        address = self._migrated("faulty").rpartition("@")[2]
        if not self.postgres.query(f"SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}'"):  # noqa: S608 - ours
            self.postgres.query(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}'")
        return f"postgresql://{ROLE}:{password}@{address}"

    def _broker_url(self, fault: str) -> str:
        match fault:
            case "away":
                return f"amqp://user:{PASSWORD}@{UNUSED}"
            case "silent":
                return f"amqp://user:{PASSWORD}@{LOOPBACK}:{self.silent_port}/"
            case "password":
                address = self.rabbitmq.url.rpartition("@")[2]
                return f"amqp://unknown:{PASSWORD}@{address}"
            case "no rights":
                user = LimitedUser(self.rabbitmq)
                user.allow(configure=NONE, write=NONE, read=NONE)
                return user.url
        return f"{self.rabbitmq.url}{fault}-{uuid4().hex}"


NO_SETTINGS = {"DATABASE_URL": "", "AUTH_SERVICE_URL": "", "JWT_SECRET_KEY": ""}


@contextmanager
def silent_server() -> Iterator[int]:
    """Yield a port that accepts connections and says nothing."""
    with socket.create_server((LOOPBACK, 0), backlog=500) as server:
        yield server.getsockname()[1]
