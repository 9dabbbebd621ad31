from collections.abc import Mapping
from dataclasses import replace
from typing import Any, get_args

import asyncpg

from app.infrastructure.database.postgres_database import PostgresDatabase
from app.models.shared.listing import ListQuery, Page
from app.repositories.shared.listing import Listing, fetch_page
from app.repositories.shared.system_fields import new_system_fields
from app.repositories.shared.unique_violations import translate_unique_violation
from tests.widgets.exceptions.widget_exceptions import CodeTakenError, WidgetNotFoundError
from tests.widgets.models.widget import NewWidget, Widget, WidgetKind

_COLUMNS = """
    id, code, name, note, category, price, kind, quantity, is_active, due_on, checked_at,
    created_at, updated_at, version
"""

WIDGET_LISTING = Listing(
    table="widgets",
    columns=tuple(_COLUMNS.replace(",", "").split()),
    filters={
        "code": "code = {}",
        "category": "category = {}",
        "min_price": "price >= {}",
        "max_price": "price <= {}",
        "kind": "kind = {}",
        "min_quantity": "quantity >= {}",
        "max_quantity": "quantity <= {}",
        "is_active": "is_active = {}",
        "min_due_on": "due_on >= {}",
        "max_due_on": "due_on <= {}",
        "min_checked_at": "checked_at >= {}",
        "max_checked_at": "checked_at <= {}",
    },
    sorts={
        "id": "id",
        "created_at": "created_at",
        "updated_at": "updated_at",
        "name": "name",
        "category": "category",
        "price": "price",
        "quantity": "quantity",
    },
    search="search_text",
    scan_partitions=("kind", get_args(WidgetKind)),
)


class PostgresWidgetRepository:
    def __init__(self, *, database: PostgresDatabase) -> None:
        self._database = database

    async def add(self, new: NewWidget) -> Widget:
        widget = Widget(**vars(new), **await new_system_fields(self._database, "widgets"))
        with translate_unique_violation(widgets_code_key=CodeTakenError(widget.code)):
            await self._database.change_record(
                "widgets",
                """
                INSERT INTO widgets
                    (id, code, name, note, category, price, kind, quantity, is_active, due_on,
                     checked_at, created_at, updated_at)
                OVERRIDING SYSTEM VALUE
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)
                """,
                widget.id,
                widget.code,
                widget.name,
                widget.note,
                widget.category,
                widget.price,
                widget.kind,
                widget.quantity,
                widget.is_active,
                widget.due_on,
                widget.checked_at,
                widget.created_at,
            )
        return widget

    async def get(self, widget_id: int) -> Widget:
        record = await self._database.fetch_by_id(
            f"SELECT {_COLUMNS} FROM widgets WHERE id = ANY($1)", widget_id
        )
        return _found(record, widget_id)

    async def get_for_update(self, widget_id: int) -> Widget:
        record = await self._database.read_to_change("widgets", _COLUMNS, widget_id)
        return _found(record, widget_id)

    async def update(self, widget: Widget) -> Widget:
        next_version = await self._database.next_version("widgets", widget.id)
        if next_version is None:
            raise WidgetNotFoundError(widget.id)
        changed = replace(widget, **next_version._asdict())
        with translate_unique_violation(widgets_code_key=CodeTakenError(widget.code)):
            is_found = await self._database.change_record(
                "widgets",
                """
                UPDATE widgets
                SET code = $2, name = $3, note = $4, category = $5, price = $6, kind = $7,
                    quantity = $8, is_active = $9, due_on = $10, checked_at = $11, updated_at = $12,
                    version = version + 1
                WHERE id = $1
                """,
                widget.id,
                widget.code,
                widget.name,
                widget.note,
                widget.category,
                widget.price,
                widget.kind,
                widget.quantity,
                widget.is_active,
                widget.due_on,
                widget.checked_at,
                changed.updated_at,
            )
        if not is_found:
            raise WidgetNotFoundError(widget.id)
        return changed

    async def remove(self, widget_id: int) -> None:
        sql = "DELETE FROM widgets WHERE id = $1"
        if not await self._database.change_record("widgets", sql, widget_id):
            raise WidgetNotFoundError(widget_id)

    async def list(self, query: ListQuery) -> Page[Widget]:
        return await fetch_page(self._database, WIDGET_LISTING, query, Widget)


def _found(record: asyncpg.Record | Mapping[str, Any] | None, widget_id: int) -> Widget:
    if record is None:
        raise WidgetNotFoundError(widget_id)
    return Widget(**record)
