"""`python -m app purge-audit`: remove old rows of `audit_log` as the role that owns it."""

import asyncio
from typing import Annotated

import typer

from app.commands.command_database import open_command_database
from app.commands.consent import Yes, require_consent
from app.commands.failures import CommandError, load_command_settings
from app.commands.output import report_done
from app.config.settings import Settings
from app.infrastructure.audit.audit_retention import AuditRetention


def purge_audit(
    *,
    days: Annotated[
        int | None,
        typer.Option(min=1, max=36_500, help="Age in days", show_default="AUDIT_RETENTION_DAYS"),
    ] = None,
    yes: Yes = False,
) -> None:
    """Delete old rows of audit_log, as the role of MIGRATE_DATABASE_URL."""
    settings = load_command_settings()
    age = days or settings.audit_retention_days
    if not age:
        raise typer.BadParameter("pass --days, or set AUDIT_RETENTION_DAYS")
    require_consent(f"delete audit rows older than {age} days", yes=yes)
    report_done(f"{asyncio.run(_purge(settings, age))} purged")


async def _purge(settings: Settings, days: int) -> int:
    if settings.migrate_database_url is not None:
        settings = settings.model_copy(update={"database_url": settings.migrate_database_url})
    async with open_command_database(settings) as database:
        retention = AuditRetention(database=database, days=days)
        if not await retention.may_remove():
            raise CommandError(
                "The database role has too few rights: permission denied to delete audit rows;"
                " set MIGRATE_DATABASE_URL to their owner."
            )
        return await retention.remove_old()
