from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.models.shared.listing import ListQuery, Page
from app.ports.transactions import Transactions
from app.services.shared.change_log import ChangeLog
from app.services.shared.export import read_in_batches
from app.services.shared.transactional import transactional
from tests.widgets.models.widget import NewWidget, Widget
from tests.widgets.models.widget_events import WIDGET_CHANGED, WIDGET_CREATED, WIDGET_DELETED
from tests.widgets.repositories.widget_repository import WidgetRepository


class WidgetService:
    """The use cases of widgets.

    `expected` is the set of versions that the caller accepts; None accepts any version.
    """

    def __init__(
        self, *, widgets: WidgetRepository, transactions: Transactions, changes: ChangeLog
    ) -> None:
        self._widgets = widgets
        self._transactions = transactions
        self._changes = changes

    async def get(self, widget_id: int) -> Widget:
        return await self._widgets.get(widget_id)

    async def list(self, query: ListQuery) -> Page[Widget]:
        return await self._widgets.list(query)

    def export(self, query: ListQuery) -> AsyncIterator[Sequence[Widget]]:
        """Read all matches in batches, each when it is needed."""
        return read_in_batches(self._widgets.list, query)

    @transactional
    async def create(self, new: NewWidget) -> Widget:
        widget = await self._widgets.add(new)
        await self._changes.record("CREATE_WIDGET", None, widget, event=WIDGET_CREATED)
        return widget

    @transactional
    async def update(
        self,
        widget_id: int,
        changes: Mapping[str, Any],
        *,
        expected: Collection[int] | None = None,
    ) -> Widget:
        """Set the given fields; equal values change nothing and send no event."""
        widget = await self._widgets.get_for_update(widget_id)
        widget.require_version(expected)
        wanted = replace(widget, **changes)
        if wanted == widget:
            return widget
        changed = await self._widgets.update(wanted)
        await self._changes.record("UPDATE_WIDGET", widget, changed, event=WIDGET_CHANGED)
        return changed

    @transactional
    async def delete(self, widget_id: int, *, expected: Collection[int] | None = None) -> None:
        widget = await self._widgets.get_for_update(widget_id)
        widget.require_version(expected)
        await self._widgets.remove(widget_id)
        await self._changes.record("DELETE_WIDGET", widget, None, event=WIDGET_DELETED)
