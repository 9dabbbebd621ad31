"""`python -m app dead-queue`: the messages that this service could not handle."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from app.commands.message_commands import require_broker
from app.commands.message_rows import AllDead, Json, chosen_ids, say_count, show_rows
from app.config.settings import load_settings
from app.infrastructure.messaging.dead_queue import DeadQueue

T = TypeVar("T")

cli = typer.Typer(no_args_is_help=True, help="See and mend the messages that were not handled.")

Ids = Annotated[list[str] | None, typer.Argument(help="Ids of dead messages")]


@cli.command("list")
def list_(
    *,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many, oldest first")] = 50,
    as_json: Json = False,
) -> None:
    """Show the messages that could not be handled, and why."""
    show_rows(_ask(lambda queue: queue.list(limit=limit)), title="dead", as_json=as_json)


@cli.command()
def redrive(ids: Ids = None, *, all_dead: AllDead = False, as_json: Json = False) -> None:
    """Have dead messages handled again as if they were new."""
    chosen = chosen_ids(ids, all_dead=all_dead)
    say_count("redriven", _ask(lambda queue: queue.redrive(chosen)), ids, as_json=as_json)


@cli.command()
def purge(ids: Ids = None, *, all_dead: AllDead = False, as_json: Json = False) -> None:
    """Remove dead messages for good."""
    chosen = chosen_ids(ids, all_dead=all_dead)
    say_count("purged", _ask(lambda queue: queue.purge(chosen)), ids, as_json=as_json)


def _ask(question: Callable[[DeadQueue], Awaitable[T]]) -> T:
    async def ask() -> T:
        # The error that it logs is the one that is raised.
        logging.getLogger("aiormq").setLevel(logging.CRITICAL)
        settings = load_settings()
        url = require_broker(settings)
        async with DeadQueue.opened(url, settings.service_name) as queue:
            return await question(queue)

    return asyncio.run(ask())
