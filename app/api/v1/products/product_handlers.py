"""Handle the messages of other services about products; app/api/v1/handlers.py registers this."""

from app.api.messages.message_dispatcher import MessageContext, MessageHandler
from app.api.v1.products.product_dependencies import build_product_service
from app.schemas.products.product_schemas import StockChanged


async def follow_stock(stock: StockChanged, context: MessageContext) -> None:
    """Make a product available if it is in stock, and unavailable if not."""
    service = build_product_service(context.resources, audit=context.audit)
    await service.change_availability(stock.product_id, is_available=stock.in_stock)


HANDLERS = (
    MessageHandler(event="inventory.stock_changed", payload=StockChanged, handle=follow_stock),
)
