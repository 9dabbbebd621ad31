"""A service with everything it stands on, in memory."""

from collections.abc import Callable
from typing import Generic, TypeVar

from app.services.change_log import ChangeLog
from tests.fakes import InMemoryAuditTrail, InMemoryEventPublisher, InMemoryTransactions
from tests.in_memory_repository import InMemoryRepository

Service = TypeVar("Service")
New = TypeVar("New")
R = TypeVar("R")


class House(Generic[Service, New, R]):
    """`resource` is what the service calls its records, both in the audit and in its arguments."""

    def __init__(
        self, service: Callable[..., Service], resource: str, records: InMemoryRepository[New, R]
    ) -> None:
        self.records = records
        self.audit = InMemoryAuditTrail()
        self.events = InMemoryEventPublisher()
        self.service = service(
            transactions=InMemoryTransactions(records, self.audit, self.events),
            changes=ChangeLog(resource=resource, audit=self.audit, events=self.events),
            **{resource: records},
        )
