"""`python -m app`: the service's own operations. Exit status 0, 1 (failed) or 2 (bad usage)."""

import asyncio
import logging
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from app.api.messages import MessageDispatcher
from app.api.v1.handlers import HANDLERS
from app.commands import dead_queue_command, message_commands, outbox_command
from app.commands.import_command import run_import
from app.commands.import_targets import TARGETS
from app.config.settings import Settings, SettingsError, load_settings
from app.infrastructure.database.errors import OUTAGE
from app.infrastructure.database.migration import migrate as run_migrations
from app.infrastructure.messaging.broker import BrokerUnavailableError

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


cli.add_typer(outbox_command.cli, name="outbox")
cli.add_typer(dead_queue_command.cli, name="dead-queue")


@cli.callback()
def describe() -> None:
    """Operate this service: its database, its data and its messages."""


@cli.command()
def migrate() -> None:
    """Bring the database to the newest version."""
    asyncio.run(run_migrations(_settings().database_url.get_secret_value()))
    typer.echo("The database is up to date.")


@cli.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A .csv, .jsonl or .ndjson file, perhaps .gz")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do it all and take it back")] = False,
    rejected: Annotated[
        Path | None,
        typer.Option(help="Where to write rejected rows; by default a new file beside FILE"),
    ] = None,
    resource: Annotated[str, typer.Option(help="What the rows are")] = next(iter(TARGETS), ""),
) -> None:
    """Add the rows of FILE, or change those whose key is known; all good rows, or none.

    Exit status: 0 all rows imported, 1 some rejected or nothing imported, 2 the file or the
    usage is wrong, 130 interrupted.
    """
    # The command itself says in one line what went wrong with these.
    for server in ("database", "cache"):
        logging.getLogger(f"app.infrastructure.{server}").setLevel(logging.CRITICAL)
    raise typer.Exit(run_import(file, _settings(), resource, rejected, dry_run=dry_run))


@cli.command()
def relay() -> None:
    """Carry messages from the outbox to RabbitMQ until stopped; the service itself does so too."""
    asyncio.run(message_commands.relay(_settings()))


@cli.command()
def consume() -> None:
    """Handle the messages that other services send to this one, until stopped."""
    dispatcher = partial(MessageDispatcher, handlers=HANDLERS)
    asyncio.run(message_commands.consume(_settings(), dispatcher))


def _settings() -> Settings:
    settings = load_settings()
    logging.basicConfig(level=settings.log_level, stream=sys.stderr, format="%(message)s")
    return settings


def main() -> None:
    try:
        cli()
    except SettingsError as error:
        sys.exit(f"Settings:\n{error}")
    except BrokerUnavailableError as error:
        sys.exit(str(error))
    except OUTAGE as error:
        sys.exit(f"The database cannot be used now: {str(error) or type(error).__name__}")
