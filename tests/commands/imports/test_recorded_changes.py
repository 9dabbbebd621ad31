"""An import records and announces its changes as the API does."""

import json
from collections.abc import AsyncIterator
from datetime import datetime
from operator import itemgetter
from typing import Any

import pytest
from pydantic import SecretStr

from app.commands.import_targets import ImportTarget
from app.config.settings import Settings
from app.infrastructure.audit.postgres_audit_trail import PostgresAuditTrail
from app.infrastructure.database.opening import open_database
from app.infrastructure.database.pool import Connection
from app.infrastructure.messaging.opening import unrelayed_events
from app.models.shared.import_rows import ImportCounts
from app.ports.audit_trail import Actor
from app.services.shared.change_log import ChangeLog
from tests.support.import_files import (
    Importer,
    csv_of,
    json_lines_of,
    json_row,
    make_row,
    run_import_of,
)
from tests.widgets.models.widget import NewWidget
from tests.widgets.repositories.postgres_widget_repository import PostgresWidgetRepository
from tests.widgets.schemas.widget_schemas import WidgetCreate
from tests.widgets.services.widget_service import WidgetService

SUBSCRIBERS = ["http://localhost:8002/api/v1/a", "http://localhost:8003/api/v1/b"]

UNDO = """
    SELECT to_jsonb(widgets) - '{id,created_at,updated_at,version,search_text}'::text[]
        || jsonb_object_agg(field, change -> 'old')
    FROM audit_log
    JOIN widgets ON resource = 'widgets/' || widgets.id
    CROSS JOIN jsonb_each(changes) AS changed (field, change)
    WHERE request_id = $1 AND action LIKE 'UPDATE%'
    GROUP BY widgets.id
"""


@pytest.fixture
def import_settings(import_settings: Settings) -> Settings:
    rabbitmq_url = SecretStr("amqp://guest:guest@127.0.0.1:9/")
    subscribers = {"rabbitmq_url": rabbitmq_url, "event_subscribers": SUBSCRIBERS}
    return import_settings.model_copy(update=subscribers)


@pytest.fixture
async def service(import_settings: Settings) -> AsyncIterator[WidgetService]:
    """The service as the API builds it."""
    async with open_database(import_settings) as opened:
        audit = PostgresAuditTrail(
            database=opened, actor=Actor(user_id="api", role="admin"), announce=lambda _: None
        )
        events = unrelayed_events(import_settings, opened)
        yield WidgetService(
            widgets=PostgresWidgetRepository(database=opened),
            transactions=opened,
            changes=ChangeLog(resource="widgets", audit=audit, events=events),
        )


async def taken_records(database: Connection) -> tuple[list[Any], list[Any]]:
    """Return audit rows and messages, without what differs by time and chance; delete both."""
    audit = await database.fetch(
        "DELETE FROM audit_log WHERE resource LIKE 'widgets/%' RETURNING id, action, changes"
    )
    messages = await database.fetch(
        "DELETE FROM outbox RETURNING position, to_service, queue, priority, body"
    )
    audit.sort(key=itemgetter("id"))
    messages.sort(key=itemgetter("position"))
    actions = [(row["action"], json.loads(row["changes"])) for row in audit]
    return actions, list(map(_comparable, messages))


def _comparable(message: Any) -> list[Any]:
    body = json.loads(message["body"])
    payload = body.pop("payload")
    assert datetime.fromisoformat(payload.pop("occurred_at")).tzinfo is not None
    assert {"timestamp", "id"} <= body.keys()
    del body["timestamp"], body["id"], payload["widget_id"]
    return [*list(message)[1:4], body, list(payload.items())]


async def test_an_import_leaves_the_records_of_the_same_changes_by_the_api(
    importer: Importer, database: Connection, service: WidgetService
) -> None:
    new = WidgetCreate(**json_row(price=999))  # type: ignore[arg-type]
    make_widget_body = await service.create(NewWidget(**new.model_dump()))
    await service.update(make_widget_body.id, {"price": new.price * 2, "note": None})
    expected = await taken_records(database)
    await service.delete(make_widget_body.id)
    await taken_records(database)

    await importer.run(csv_of(make_row(price="999")))
    await importer.run(csv_of(make_row(price="1998", note="")))

    assert await taken_records(database) == expected
    assert [action for action, _ in expected[0]] == ["CREATE_WIDGET", "UPDATE_WIDGET"]
    assert len(expected[1]) == 2 * len(SUBSCRIBERS)


async def test_every_row_names_the_command_and_the_request_of_the_import(
    importer: Importer, database: Connection
) -> None:
    await importer.run(csv_of(*(make_row(f"S{n}") for n in range(3))))

    rows = await database.fetch("SELECT DISTINCT user_id, role, request_id FROM audit_log")
    headers = await database.fetch("SELECT DISTINCT headers FROM outbox")
    assert len(rows) == 1
    assert rows[0]["user_id"].startswith("cli:")
    assert rows[0]["role"] == "system"
    assert [json.loads(row["headers"]) for row in headers] == [
        {"x-request-id": rows[0]["request_id"]}
    ]


async def test_unchanged_rows_and_dry_runs_leave_no_records(
    importer: Importer, database: Connection
) -> None:
    await importer.run(csv_of(make_row("A")))
    await taken_records(database)

    await importer.run(csv_of(make_row("A")))
    await importer.run(csv_of(make_row("A", price="5"), make_row("B")), dry_run=True)

    assert await taken_records(database) == ([], [])


async def test_rows_with_different_columns_are_recorded_as_well(
    importer: Importer, database: Connection
) -> None:
    await importer.run(json_lines_of(json_row("A"), json_row("B", is_active=False)), "a.jsonl")
    await taken_records(database)

    lines = json_lines_of(json_row("A", is_active=False), json_row("B", price=7))
    await importer.run(lines, "b.jsonl")

    actions, messages = await taken_records(database)
    assert actions == [
        ("UPDATE_WIDGET", {"is_active": {"old": True, "new": False}}),
        ("UPDATE_WIDGET", {"price": {"old": 999.5, "new": 7.0}}),
    ]
    assert len(messages) == 2 * len(SUBSCRIBERS)


async def test_a_silent_import_leaves_one_audit_row_and_no_event(
    importer: Importer, database: Connection
) -> None:
    result = await importer.run(csv_of(make_row("A"), make_row("B")), silent=True)

    assert result.counts == ImportCounts(inserted=2)
    assert await taken_records(database) == ([], [])
    rows = await database.fetch("SELECT action FROM audit_log")
    assert [row["action"] for row in rows] == ["IMPORT_WIDGETS"]


async def test_a_bulk_change_is_undone_from_its_audit_rows(
    importer: Importer, database: Connection
) -> None:
    stored = "SELECT code, name, note, price FROM widgets ORDER BY code"
    await importer.run(csv_of(*(make_row(f"S{n}", price=f"{n}.50", note="") for n in range(1, 9))))
    before = await database.fetch(stored)
    await importer.run(csv_of(*(make_row(f"S{n}", name=f'"\\{n}') for n in range(1, 9))))
    request_id = await database.fetchval(
        "SELECT request_id FROM audit_log WHERE resource = 'widgets' ORDER BY id DESC LIMIT 1"
    )

    lines = [row[0] for row in await database.fetch(UNDO, request_id)]
    undone = await importer.run("\n".join(lines), "undo.jsonl")

    assert undone.counts == ImportCounts(updated=8)
    assert await database.fetch(stored) == before


async def test_a_target_without_a_declaration_is_audited_and_has_no_events(
    importer: Importer, database: Connection, import_settings: Settings
) -> None:
    target = ImportTarget(resource="widgets", key="code", schema=WidgetCreate)
    for price in ("1", "2"):
        path = importer.write(csv_of(make_row(price=price)))
        await run_import_of(path, target=target, settings=import_settings)

    actions, messages = await taken_records(database)
    assert [action for action, _ in actions] == ["CREATE_WIDGET", "UPDATE_WIDGET"]
    assert actions[1][1] == {"price": {"old": 1.0, "new": 2.0}}
    assert messages == []
