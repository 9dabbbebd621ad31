"""`python -m app outbox`: see what waits or is dead, have it tried again, or remove it."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import Annotated, TypeVar
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table

from app.config.settings import load_settings
from app.infrastructure.database.opening import open_database
from app.infrastructure.messaging.outbox_admin import OutboxAdmin, OutboxRow, State
from app.utils.json_text import to_json

T = TypeVar("T")

cli = typer.Typer(no_args_is_help=True, help="See and mend the messages that this service sends.")

Ids = Annotated[list[UUID] | None, typer.Argument(help="Ids of dead messages")]
All = Annotated[bool, typer.Option("--all", help="All dead messages")]
Json = Annotated[bool, typer.Option("--json", help="JSON for scripts")]

ONE_CONNECTION = {"database_pool_size": 1, "database_pool_min_size": 0}
WIDE = 250


@cli.command("list")
def list_(
    *,
    state: Annotated[State, typer.Option(help="Which messages")] = "pending",
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many, oldest first")] = 50,
    as_json: Json = False,
) -> None:
    """Show the messages that wait, have been published within a day, or are dead."""
    rows = _ask(lambda outbox: outbox.list(state, limit=limit))
    if as_json:
        sys.stdout.write(to_json([asdict(row) for row in rows]).decode() + "\n")
    else:
        _show(rows, state)


@cli.command()
def redrive(ids: Ids = None, *, all_dead: All = False, as_json: Json = False) -> None:
    """Have dead messages tried again as if they were new."""
    chosen = _chosen(ids, all_dead=all_dead)
    _say("redriven", _ask(lambda outbox: outbox.redrive(chosen)), ids, as_json=as_json)


@cli.command()
def purge(ids: Ids = None, *, all_dead: All = False, as_json: Json = False) -> None:
    """Remove dead messages for good."""
    chosen = _chosen(ids, all_dead=all_dead)
    _say("purged", _ask(lambda outbox: outbox.purge(chosen)), ids, as_json=as_json)


def _ask(question: Callable[[OutboxAdmin], Awaitable[T]]) -> T:
    async def ask() -> T:
        settings = load_settings().model_copy(update=ONE_CONNECTION)
        async with open_database(settings) as database:
            return await question(OutboxAdmin(database=database))

    return asyncio.run(ask())


def _chosen(ids: Sequence[UUID] | None, *, all_dead: bool) -> Sequence[UUID] | None:
    """Give None for all of them."""
    if bool(ids) == all_dead:
        raise typer.BadParameter("give the ids of dead messages, or --all")
    return ids or None


def _say(done: str, count: int, ids: Sequence[UUID] | None, *, as_json: bool) -> None:
    text = to_json({done: count}).decode() if as_json else f"{count} {done}"
    sys.stdout.write(text + "\n")
    if ids and count < len(set(ids)):
        sys.stderr.write(f"{len(set(ids)) - count} of the ids are of no dead message\n")
        raise typer.Exit(1)


def _show(rows: Sequence[OutboxRow], state: State) -> None:
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDE)
    table = Table("id", "to", "priority", "created", "tries", "last error", title=f"{state}")
    for row in rows:
        created = row.created_at.isoformat(timespec="seconds")
        cells = (row.to_service, str(row.priority), created, str(row.attempts), row.last_error)
        table.add_row(str(row.id), *cells)
    console.print(table if rows else f"No message is {state}.")
