from time import monotonic

from app.infrastructure.database.errors import describe_fault

# The probe does not notice a full disk; the failures of requests do, while there are any.
FAULT_SECONDS = 60.0


class RecentFault:
    """The last fault that the server has reported to a request."""

    def __init__(self) -> None:
        self._text = ""
        self._ends = 0.0

    @property
    def text(self) -> str:
        """Description of the fault; empty after FAULT_SECONDS without another one."""
        return self._text if monotonic() < self._ends else ""

    def record(self, error: BaseException) -> None:
        """Note the error if it is a fault of the server."""
        if (text := describe_fault(error)) is not None:
            self._text = text
            self._ends = monotonic() + FAULT_SECONDS
