"""Whether the present request reads and writes decimal numbers as JSON strings."""

from contextvars import ContextVar

are_written: ContextVar[bool] = ContextVar("decimal_strings_are_written", default=False)
are_written_in_lines: ContextVar[bool] = ContextVar(
    "decimal_strings_are_written_in_lines", default=False
)
are_read: ContextVar[bool] = ContextVar("decimal_strings_are_read", default=False)
