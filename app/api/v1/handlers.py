"""Handlers of messages from other services, of all domains: one row per domain that has any."""

from typing import Any

from app.api.messages.message_dispatcher import MessageHandler
from app.api.v1.products import product_handlers

HANDLERS: tuple[MessageHandler[Any], ...] = (*product_handlers.HANDLERS,)
