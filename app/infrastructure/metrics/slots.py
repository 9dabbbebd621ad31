"""Port of what the workers of one supervisor share."""

from collections.abc import Iterator
from typing import Protocol

from app.infrastructure.metrics.memory import MetricMemory


class Slots(Protocol):
    def others(self) -> Iterator[tuple[MetricMemory, bool]]:
        """Yield the memory of each other slot, and whether a worker has it now."""
        ...

    def take_role(self, name: str) -> bool:
        """Return whether this worker now has a role that only one has, until it leaves."""
        ...


class NoSlots:
    """A process that shares nothing has every role."""

    def others(self) -> Iterator[tuple[MetricMemory, bool]]:
        return iter(())

    def take_role(self, name: str) -> bool:  # noqa: ARG002 - the port's name
        return True
