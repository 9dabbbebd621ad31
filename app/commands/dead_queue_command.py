"""`python -m app dead-queue`: manage the messages that this service could not handle."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from app.commands.consent import Yes, require_consent
from app.commands.failures import load_command_settings
from app.commands.message_commands import require_broker
from app.commands.message_rows import AllDead, Json, print_count, print_rows, require_ids
from app.infrastructure.messaging.consumer.dead_queue import DeadQueue, UnknownQueueError
from app.infrastructure.messaging.opening import open_dead_queue

T = TypeVar("T")

cli = typer.Typer(
    no_args_is_help=True, help="List, retry or delete messages that this service could not handle."
)

Ids = Annotated[list[str] | None, typer.Argument(help="IDs of dead messages")]


@cli.command("list")
def list_(
    *,
    limit: Annotated[
        int, typer.Option(min=1, max=100_000, help="Maximum number, oldest first")
    ] = 50,
    as_json: Json = False,
) -> None:
    """List the messages that could not be handled, with the reason."""
    print_rows(_run(lambda queue: queue.list(limit=limit)), title="dead", as_json=as_json)


@cli.command()
def redrive(ids: Ids = None, *, all_dead: AllDead = False, as_json: Json = False) -> None:
    """Retry dead messages as if they were new."""
    selected = require_ids(ids, all_dead=all_dead)
    print_count("redriven", _run(lambda queue: queue.redrive(selected)), ids, as_json=as_json)


@cli.command()
def purge(
    ids: Ids = None, *, all_dead: AllDead = False, yes: Yes = False, as_json: Json = False
) -> None:
    """Delete dead messages permanently."""
    selected = require_ids(ids, all_dead=all_dead)
    limit = None
    if selected is None and (limit := _run(lambda queue: queue.count())):
        require_consent(f"delete the {limit} oldest messages of the dead queue", yes=yes)
    purged = _run(lambda queue: queue.purge(selected, limit=limit))
    print_count("purged", purged, ids, as_json=as_json)


@cli.command()
def head(
    queue: Annotated[
        str, typer.Option(help="main, dead or a retry queue, such as retry.1000ms")
    ] = "main",
    *,
    drop: Annotated[bool, typer.Option("--drop", help="Delete the message permanently")] = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Show the next message of a queue of this service; with --drop, delete it."""
    found = _run(lambda queues: queues.head(queue))
    print_rows([] if found is None else [found], title=queue, as_json=as_json)
    if found is None or not drop:
        return
    require_consent(f"delete this message of the queue {queue}", yes=yes)
    if not _run(lambda queues: queues.drop_head(queue, found.id)):
        sys.stderr.write("Nothing was deleted: the queue has another next message now.\n")
        raise typer.Exit(1)


def _run(action: Callable[[DeadQueue], Awaitable[T]]) -> T:
    async def run() -> T:
        settings = load_command_settings()
        require_broker(settings)
        async with open_dead_queue(settings) as queue:
            return await action(queue)

    try:
        return asyncio.run(run())
    except UnknownQueueError as error:
        raise typer.BadParameter(str(error), param_hint="--queue") from error
