"""A repository that counts its reads and can pause them."""

import asyncio

from app.models.shared.listing import ListQuery, Page
from tests.widgets.models.widget import NewWidget, Widget
from tests.widgets.repositories.widget_repository import WidgetRepository


class SlowWidgets:
    """While the `gate` is closed, a read has loaded its value but does not return it."""

    def __init__(self, widgets: WidgetRepository) -> None:
        self._widgets = widgets
        self.reads = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.arrived = asyncio.Event()

    def close_gate(self) -> None:
        self.gate.clear()
        self.arrived.clear()

    async def get(self, widget_id: int) -> Widget:
        widget = await self._widgets.get(widget_id)
        await self._pass()
        return widget

    async def list(self, query: ListQuery) -> Page[Widget]:
        page = await self._widgets.list(query)
        await self._pass()
        return page

    async def _pass(self) -> None:
        self.reads += 1
        self.arrived.set()
        await self.gate.wait()

    async def add(self, new: NewWidget) -> Widget:
        return await self._widgets.add(new)

    async def get_for_update(self, widget_id: int) -> Widget:
        return await self._widgets.get_for_update(widget_id)

    async def update(self, widget: Widget) -> Widget:
        return await self._widgets.update(widget)

    async def remove(self, widget_id: int) -> None:
        await self._widgets.remove(widget_id)
