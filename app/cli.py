"""Command line of the service: `python -m app`.

Exit status: 0, 1 (failed), 2 (bad usage), 130 (interrupted) or 141 (output not read).
"""

import asyncio
import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from app.api.messages.message_dispatcher import MessageDispatcher, MessageHandler
from app.api.v1.handlers import HANDLERS
from app.commands import (
    audit_command,
    dead_queue_command,
    message_commands,
    outbox_command,
    purge_audit_command,
)
from app.commands.consent import Yes, require_consent
from app.commands.export_command import (
    ExportTargets,
    export_to,
    find_format,
    find_target,
    parse_filters,
)
from app.commands.export_targets import TARGETS as EXPORT_TARGETS
from app.commands.failures import describe_failure, load_command_settings
from app.commands.import_command import Targets, run_import
from app.commands.import_file import ImportOptions
from app.commands.import_targets import TARGETS
from app.commands.output import prepare_output, report_done
from app.config.settings import Settings, load_settings
from app.infrastructure.audit.audit_rights import find_changing_role
from app.infrastructure.database.migration import migrate_service
from app.utils.platform_support import interrupt_on_termination

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


cli.add_typer(outbox_command.cli, name="outbox")
cli.add_typer(dead_queue_command.cli, name="dead-queue")


@dataclass(frozen=True, kw_only=True)
class Domains:
    """The message handlers and the targets of the domains that the commands act on."""

    handlers: Sequence[MessageHandler[Any]] = HANDLERS
    targets: Targets = field(default_factory=lambda: TARGETS)
    exports: ExportTargets = field(default_factory=lambda: EXPORT_TARGETS)


@cli.callback()
def describe() -> None:
    """Manage the database, the data and the messages of this service."""


@cli.command()
def migrate() -> None:
    """Migrate the database schema to the latest version."""
    settings = load_command_settings()
    asyncio.run(migrate_service(settings))
    report_done("The database is up to date.")
    if role := asyncio.run(find_changing_role(settings)):
        sys.stderr.write(f"The role {role} may change rows of audit_log: see docs/OPERATIONS.md\n")


@cli.command("import")
def import_(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(help="A .csv, .jsonl or .ndjson file, optionally .gz; - for standard input"),
    ],
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Import everything, then roll back")
    ] = False,
    silent: Annotated[
        bool,
        typer.Option("--silent", help="Send no events, and write one audit entry for all rows"),
    ] = False,
    ignore_unknown_columns: Annotated[
        bool,
        typer.Option("--ignore-unknown-columns", help="Skip CSV columns that are not fields"),
    ] = False,
    rejected: Annotated[
        Path | None,
        typer.Option(help="File for rejected rows; default: a new file next to FILE"),
    ] = None,
    resource: Annotated[
        str | None,
        typer.Option(
            help="Resource that the rows belong to",
            show_default=next(iter(TARGETS), "none defined"),
        ),
    ] = None,
) -> None:
    """Insert the rows of FILE, or update those with an existing key; all valid rows or none.

    Exit status: 0 all rows imported, 1 some rows rejected or nothing imported, 2 invalid file or
    usage, 130 interrupted.
    """
    targets = context.ensure_object(Domains).targets
    options = ImportOptions(
        dry_run=dry_run, silent=silent, ignore_unknown_columns=ignore_unknown_columns
    )
    raise typer.Exit(
        run_import(
            file, load_command_settings(), resource, rejected, options=options, targets=targets
        )
    )


cli.command()(audit_command.audit)
cli.command()(purge_audit_command.purge_audit)


@cli.command()
def export(
    context: typer.Context,
    resource: Annotated[str, typer.Argument(help="Resource to export", show_default=False)],
    filters: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME=VALUE]...",
            help="Filters, q, sort_by and order, as in the query of the list",
        ),
    ] = None,
    *,
    format_: Annotated[
        Literal["csv", "jsonl"] | None,
        typer.Option("--format", help="Format", show_default="that of the name of FILE, or csv"),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="File to write", show_default="standard output"),
    ] = None,
    yes: Yes = False,
) -> None:
    """Write the records of RESOURCE as rows that can be imported again.

    FILE appears when it is complete. Exit status: 0 exported, 1 failed, 2 bad usage, 130
    interrupted, 141 the reader of standard output has closed it.
    """
    target = find_target(resource, context.ensure_object(Domains).exports)
    query = parse_filters(filters or [], target)
    if output is not None and output.is_file():
        require_consent(f"replace {output}", yes=yes)
    export_to(output, load_command_settings(), target, query, find_format(format_, output))


@cli.command()
def relay() -> None:
    """Publish outbox messages to RabbitMQ until stopped; the API process also does this."""
    asyncio.run(message_commands.relay(_settings()))


@cli.command()
def consume(context: typer.Context) -> None:
    """Handle messages from other services until stopped."""
    dispatcher = partial(MessageDispatcher, handlers=context.ensure_object(Domains).handlers)
    asyncio.run(message_commands.consume(_settings(), dispatcher))


def _settings() -> Settings:
    settings = load_settings()
    logging.basicConfig(level=settings.log_level, stream=sys.stderr, format="%(message)s")
    return settings


def main(domains: Domains | None = None) -> None:
    """Run the command line, for the domains of the application unless others are given."""
    prepare_output()
    interrupt_on_termination()
    try:
        cli(obj=domains)
    except Exception as error:
        if (sentence := describe_failure(error)) is None:
            raise
        sys.exit(sentence)
