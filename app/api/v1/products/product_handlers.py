"""What products do when other services tell something; registered in app/api/v1/handlers.py."""

from app.api.messages import MessageContext, MessageHandler
from app.dependencies import build_product_service
from app.schemas.products.product_schemas import StockChanged


async def follow_stock(stock: StockChanged, context: MessageContext) -> None:
    """Offer a product that is in stock, and withdraw one that is not."""
    service = build_product_service(context.resources, audit=context.audit)
    await service.change_availability(stock.product_id, is_available=stock.in_stock)


HANDLERS = (
    MessageHandler(event="inventory.stock_changed", payload=StockChanged, handle=follow_stock),
)
