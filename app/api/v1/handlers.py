"""Every handler of messages from other services, one line for each domain that has any."""

from typing import Any

from app.api.messages import MessageHandler
from app.api.v1.products import product_handlers

HANDLERS: tuple[MessageHandler[Any], ...] = (*product_handlers.HANDLERS,)
