"""`python -m app outbox`: see what waits or is dead, have it tried again, or remove it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar
from uuid import UUID

import typer

from app.commands.message_rows import AllDead, Json, chosen_ids, say_count, show_rows
from app.config.settings import load_settings
from app.infrastructure.database.opening import open_database
from app.infrastructure.messaging.outbox_admin import OutboxAdmin, State

T = TypeVar("T")

cli = typer.Typer(no_args_is_help=True, help="See and mend the messages that this service sends.")

Ids = Annotated[list[UUID] | None, typer.Argument(help="Ids of dead messages")]

ONE_CONNECTION = {"database_pool_size": 1, "database_pool_min_size": 0}


@cli.command("list")
def list_(
    *,
    state: Annotated[State, typer.Option(help="Which messages")] = "pending",
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many, oldest first")] = 50,
    as_json: Json = False,
) -> None:
    """Show the messages that wait, have been published within a day, or are dead."""
    rows = _ask(lambda outbox: outbox.list(state, limit=limit))
    show_rows(rows, title=state, as_json=as_json)


@cli.command()
def redrive(ids: Ids = None, *, all_dead: AllDead = False, as_json: Json = False) -> None:
    """Have dead messages tried again as if they were new."""
    chosen = chosen_ids(ids, all_dead=all_dead)
    say_count("redriven", _ask(lambda outbox: outbox.redrive(chosen)), ids, as_json=as_json)


@cli.command()
def purge(ids: Ids = None, *, all_dead: AllDead = False, as_json: Json = False) -> None:
    """Remove dead messages for good."""
    chosen = chosen_ids(ids, all_dead=all_dead)
    say_count("purged", _ask(lambda outbox: outbox.purge(chosen)), ids, as_json=as_json)


def _ask(question: Callable[[OutboxAdmin], Awaitable[T]]) -> T:
    async def ask() -> T:
        settings = load_settings().model_copy(update=ONE_CONNECTION)
        async with open_database(settings) as database:
            return await question(OutboxAdmin(database=database))

    return asyncio.run(ask())
