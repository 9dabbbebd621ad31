"""How messages of other services reach the handlers of a domain."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from app.infrastructure.logging.audit_line import audit_line
from app.infrastructure.logging.audit_trail import Actor, AuditEntry, AuditTrail
from app.infrastructure.logging.postgres_audit_trail import PostgresAuditTrail
from app.infrastructure.messaging.incoming import IncomingMessage, UnacceptableMessageError
from app.infrastructure.resources import Resources
from app.schemas.common import MessagePayload
from app.utils.request_context import request_id

Payload = TypeVar("Payload", bound=MessagePayload)


@dataclass(frozen=True, kw_only=True)
class MessageContext:
    """What a handler is given besides the payload; it runs in the transaction of the inbox."""

    resources: Resources
    audit: AuditTrail


Handle = Callable[[Payload, MessageContext], Awaitable[object]]


@dataclass(frozen=True, kw_only=True)
class MessageHandler(Generic[Payload]):
    """`event` is what messages say in their payload; more than one handler may take the same."""

    event: str
    payload: type[Payload]
    handle: Handle[Payload]

    async def take(self, message: IncomingMessage, context: MessageContext) -> None:
        """Raise UnacceptableMessageError if the payload is not what the handler takes."""
        try:
            payload = self.payload.model_validate(message.payload)
        except ValidationError as error:
            fields = [".".join(map(str, each["loc"])) for each in error.errors()]
            raise UnacceptableMessageError(f"Its payload is wrong: {', '.join(fields)}") from error
        await self.handle(payload, context)


class MessageDispatcher:
    """The callback of a consumer: hands each message to the handler of its event.

    What nobody here takes is let go: a service is told all events of those it follows.
    """

    def __init__(self, resources: Resources, *, handlers: Iterable[MessageHandler[Any]]) -> None:
        self._handlers: dict[str | None, list[MessageHandler[Any]]] = defaultdict(list)
        for handler in handlers:
            self._handlers[handler.event].append(handler)
        self._resources = resources

    async def __call__(self, message: IncomingMessage) -> None:
        for handler in self._handlers.get(message.event, ()):
            await handler.take(message, self._context(message))

    def _context(self, message: IncomingMessage) -> MessageContext:
        actor = Actor(user_id=message.from_service, role="service", request_id=request_id.get())
        audit = PostgresAuditTrail(
            database=self._resources.database,
            actor=actor,
            announce=partial(_log, self._resources, actor),
        )
        return MessageContext(resources=self._resources, audit=audit)


def _log(resources: Resources, actor: Actor, entry: AuditEntry) -> None:
    resources.audit_file.write(audit_line(actor, entry, outcome=HTTPStatus.OK))
