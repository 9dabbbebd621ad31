import logging
from datetime import UTC, datetime
from traceback import format_exception
from typing import Any

from app.infrastructure.logging.json_lines_log import JsonLinesLog
from app.utils.request_context import request_id, trace_ids


class ErrorLogHandler(logging.Handler):
    """Writes logged exceptions to the error log, with stack, request ID and route."""

    def __init__(self, file: JsonLinesLog) -> None:
        super().__init__(logging.ERROR)
        self._file = file

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1] is not None:
            self._file.write(_document(record, record.exc_info[1]))


def _document(record: logging.LogRecord, error: BaseException) -> dict[str, Any]:
    return {
        "timestamp": datetime.fromtimestamp(record.created, UTC),
        "request_id": request_id.get(),
        **trace_ids(),
        "route": getattr(record, "route", None),
        "message": record.getMessage(),
        "error": type(error).__name__,
        "stack": _encodable("".join(format_exception(error))),
    }


def _encodable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
