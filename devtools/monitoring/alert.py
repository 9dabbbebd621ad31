"""Definition of an alert."""

from dataclasses import dataclass
from typing import Literal

RUNBOOK = "docs/OPERATIONS.md"


@dataclass(frozen=True, kw_only=True)
class Alert:
    name: str
    expression: str
    holds_for: str
    """Time for which the expression must have a value before the alert fires."""

    severity: Literal["page", "ticket"]
    """`page` wakes a person; a ticket waits for the next working day."""

    summary: str
    """A sentence; `{{ $labels.x }}` and `{{ $value }}` are replaced by Prometheus."""

    @property
    def anchor(self) -> str:
        """ID of the row in RUNBOOK that says what to do."""
        return f"alert-{self.name.lower()}"
