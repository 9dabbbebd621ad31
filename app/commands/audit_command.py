"""`python -m app audit`: who changed what, from what to what, with which request."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import typer

from app.commands.command_database import open_command_database
from app.commands.failures import load_command_settings
from app.commands.message_rows import Json, print_rows
from app.models.shared.audit import AuditRecord
from app.models.shared.listing import ListQuery
from app.repositories.shared.postgres_audit_repository import PostgresAuditRepository
from app.services.shared.audit_service import AuditService
from app.utils.json_text import to_json


@dataclass(frozen=True, kw_only=True)
class _Row:
    """The columns for which a terminal has room; `--json` prints all of an entry."""

    occurred_at: datetime
    user: str
    action: str
    resource: str
    changes: str
    request_id: str | None


def _parse_time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
        # Without a zone, the local time of the person who asks.
        return time.astimezone()
    except (ValueError, OverflowError):
        raise typer.BadParameter("must be like 2026-01-15 or 2026-01-15T09:30:00+01:00") from None


def audit(
    *,
    resource: Annotated[
        str | None, typer.Option(help="One resource, such as orders/7, or a domain: orders")
    ] = None,
    user: Annotated[str | None, typer.Option(help="User ID of who made the change")] = None,
    request_id: Annotated[str | None, typer.Option(help="ID of the request")] = None,
    action: Annotated[str | None, typer.Option(help="Such as UPDATE_ORDER")] = None,
    since: Annotated[
        datetime | None,
        typer.Option(parser=_parse_time, metavar="TIME", help="From this time on, e.g. 2026-01-15"),
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(parser=_parse_time, metavar="TIME", help="Before this time")
    ] = None,
    limit: Annotated[
        int, typer.Option(min=1, max=100_000, help="Maximum number, newest first")
    ] = 50,
    as_json: Json = False,
) -> None:
    """Show who changed what, from what to what, with which request; newest first, times in UTC."""
    texts = {"resource": resource, "user_id": user, "request_id": request_id, "action": action}
    _require_utf8(texts)
    named = {**texts, "since": since, "until": until}
    filters = {name: value for name, value in named.items() if value is not None}
    query = ListQuery(filters=filters, sort_by="occurred_at", descending=True, limit=limit)
    records = asyncio.run(_find(query))
    rows = records if as_json else [_row(record) for record in records]
    print_rows(rows, title="audit", what="entries", as_json=as_json)


def _require_utf8(texts: dict[str, str | None]) -> None:
    try:
        "".join(filter(None, texts.values())).encode()
    except UnicodeEncodeError:
        raise typer.BadParameter("an option is not valid UTF-8") from None


def _row(record: AuditRecord) -> _Row:
    changes = (f"{field}: {_change(change)}" for field, change in record.changes.items())
    return _Row(
        occurred_at=record.occurred_at,
        user=record.user_id,
        action=record.action,
        resource=record.resource,
        changes="; ".join(changes),
        request_id=record.request_id,
    )


def _change(change: object) -> str:
    """Show a change as `old → new`, and the counts of an import as they are."""
    if isinstance(change, dict) and change.keys() == {"old", "new"}:
        return f"{_text(change['old'])} → {_text(change['new'])}"
    return _text(change)


def _text(value: object) -> str:
    return value if isinstance(value, str) else to_json(value).decode()


async def _find(query: ListQuery) -> list[AuditRecord]:
    async with open_command_database(load_command_settings()) as database:
        service = AuditService(records=PostgresAuditRepository(database=database))
        return [record async for record in service.find_all(query)]
