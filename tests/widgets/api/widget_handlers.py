"""Message handlers of the test domain."""

from app.api.messages.message_dispatcher import MessageContext, MessageHandler
from app.schemas.shared.common import MessagePayload
from app.schemas.shared.fields import StoredId
from tests.widgets.api.widget_dependencies import build_widget_service


class WidgetStockChanged(MessagePayload):
    widget_id: StoredId
    in_stock: bool


async def follow_stock(stock: WidgetStockChanged, context: MessageContext) -> None:
    """Activate a widget that is in stock, deactivate one that is not."""
    service = build_widget_service(context.resources, audit=context.audit)
    await service.update(stock.widget_id, {"is_active": stock.in_stock})


HANDLERS = (
    MessageHandler(
        event="inventory.widget_changed", payload=WidgetStockChanged, handle=follow_stock
    ),
)
