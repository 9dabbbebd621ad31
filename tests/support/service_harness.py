"""A service with in-memory adapters for all its ports."""

from collections.abc import Callable
from typing import Generic, TypeVar

from app.services.shared.change_log import ChangeLog
from tests.support.fakes import InMemoryAuditTrail, InMemoryEventPublisher, InMemoryTransactions
from tests.support.in_memory_repository import InMemoryRepository

Service = TypeVar("Service")
New = TypeVar("New")
R = TypeVar("R")


class ServiceHarness(Generic[Service, New, R]):
    """`resource` names the records, in the audit and as an argument of the service."""

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
