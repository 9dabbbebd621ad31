"""Dispatch messages from other services to the handlers of the domains."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from app.infrastructure.audit.audit_line import audit_line
from app.infrastructure.audit.postgres_audit_trail import PostgresAuditTrail
from app.infrastructure.messaging.consumer.incoming_message import (
    IncomingMessage,
    UnacceptableMessageError,
)
from app.infrastructure.resources import Resources
from app.infrastructure.tracing.current_span import recording_span
from app.ports.audit_trail import Actor, AuditEntry, AuditTrail
from app.schemas.shared.common import MessagePayload
from app.utils.request_context import request_id

Payload = TypeVar("Payload", bound=MessagePayload)


@dataclass(frozen=True, kw_only=True)
class MessageContext:
    """Dependencies of a handler, which runs in the transaction of the inbox."""

    resources: Resources
    audit: AuditTrail


Handle = Callable[[Payload, MessageContext], Awaitable[object]]


@dataclass(frozen=True, kw_only=True)
class MessageHandler(Generic[Payload]):
    """Handler of the messages whose payload has this `event`; an event may have several."""

    event: str
    payload: type[Payload]
    handle: Handle[Payload]

    async def handle_message(self, message: IncomingMessage, context: MessageContext) -> None:
        """Validate the payload and handle it; raises UnacceptableMessageError if it is invalid."""
        try:
            payload = self.payload.model_validate(message.payload)
        except ValidationError as error:
            fields = [".".join(map(str, each["loc"])) for each in error.errors()]
            raise UnacceptableMessageError(
                f"Invalid payload fields: {', '.join(fields)}"
            ) from error
        await self.handle(payload, context)


class MessageDispatcher:
    """Callback of the consumer: passes each message to the handlers of its event.

    Events without a handler are ignored, because publishers send all their events. Raises
    UnacceptableMessageError for an event that MESSAGE_SENDERS does not allow to the sender.
    """

    def __init__(self, resources: Resources, *, handlers: Iterable[MessageHandler[Any]]) -> None:
        self._handlers: dict[str | None, list[MessageHandler[Any]]] = defaultdict(list)
        for handler in handlers:
            self._handlers[handler.event].append(handler)
        self._resources = resources

    async def __call__(self, message: IncomingMessage) -> bool:
        """Return whether the event has a handler."""
        handlers = self._handlers.get(message.event, ())
        if handlers:
            self._require_allowed(message)
            # Only an event with a handler: others can have any name.
            if (span := recording_span()) is not None:
                span.set_attribute("app.event", handlers[0].event)
        for handler in handlers:
            await handler.handle_message(message, self._context(message))
        return bool(handlers)

    def _require_allowed(self, message: IncomingMessage) -> None:
        senders = self._resources.settings.message_senders
        name = message.sender if message.is_authenticated else f"app:{message.sender}"
        if senders and message.event not in senders.get(name, ()):
            raise UnacceptableMessageError(f"MESSAGE_SENDERS lets {name} not send {message.event}")

    def _context(self, message: IncomingMessage) -> MessageContext:
        actor = Actor(user_id=message.sender, role="service", request_id=request_id.get())
        audit = PostgresAuditTrail(
            database=self._resources.database,
            actor=actor,
            announce=partial(_log, self._resources, actor),
        )
        return MessageContext(resources=self._resources, audit=audit)


def _log(resources: Resources, actor: Actor, entry: AuditEntry) -> None:
    resources.audit_file.write(
        audit_line(entry, actor=actor, outcome=HTTPStatus.OK, request_id=actor.request_id)
    )
