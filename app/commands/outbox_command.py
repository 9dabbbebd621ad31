"""`python -m app outbox`: list outbox messages; retry or delete the dead ones."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar
from uuid import UUID

import typer

from app.commands.command_database import open_command_database
from app.commands.consent import Yes, require_consent
from app.commands.failures import load_command_settings
from app.commands.message_rows import AllDead, Json, print_count, print_rows, require_ids
from app.infrastructure.messaging.outbox.outbox_admin import OutboxAdmin, State

T = TypeVar("T")

cli = typer.Typer(no_args_is_help=True, help="List outgoing messages; retry or delete dead ones.")

Ids = Annotated[list[UUID] | None, typer.Argument(help="IDs of dead messages")]


@cli.command("list")
def list_(
    *,
    state: Annotated[State, typer.Option(help="State of the messages")] = "pending",
    limit: Annotated[
        int, typer.Option(min=1, max=100_000, help="Maximum number, oldest first")
    ] = 50,
    as_json: Json = False,
) -> None:
    """List messages that are pending, dead, or were published within the last day."""
    rows = _run(lambda outbox: outbox.list(state, limit=limit))
    print_rows(rows, title=state, as_json=as_json)


@cli.command()
def redrive(ids: Ids = None, *, all_dead: AllDead = False, as_json: Json = False) -> None:
    """Retry dead messages as if they were new."""
    selected = require_ids(ids, all_dead=all_dead)
    print_count("redriven", _run(lambda outbox: outbox.redrive(selected)), ids, as_json=as_json)


@cli.command()
def purge(
    ids: Ids = None, *, all_dead: AllDead = False, yes: Yes = False, as_json: Json = False
) -> None:
    """Delete dead messages permanently."""
    selected = require_ids(ids, all_dead=all_dead)
    if selected is None and (count := _run(lambda outbox: outbox.count_dead())):
        require_consent(f"delete {count} dead messages of the outbox", yes=yes)
    print_count("purged", _run(lambda outbox: outbox.purge(selected)), ids, as_json=as_json)


def _run(action: Callable[[OutboxAdmin], Awaitable[T]]) -> T:
    async def run() -> T:
        async with open_command_database(load_command_settings()) as database:
            return await action(OutboxAdmin(database=database))

    return asyncio.run(run())
