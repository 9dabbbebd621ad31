"""Application logs: nobody can forge a line or read a secret in one."""

import json
import logging

import pytest

from app.config.logging import JsonFormatter, ReadableFormatter
from app.utils.request_context import request_id

FORGERIES = [
    "a\nERROR forged",
    "a\r\nforged",
    "a\x1b[2Jb",
    "a\x00b",
    "a\u2028b",
    "a\x85b",
    "\ud800",
    '"}\n{"level": "ERROR"}',
]


def _record(message: str, *, error: bool = False) -> logging.LogRecord:
    problem = ValueError(message)
    information = (ValueError, problem, None) if error else None
    return logging.LogRecord("app.test", logging.INFO, "", 1, "got %s", (message,), information)


@pytest.mark.parametrize("message", FORGERIES)
@pytest.mark.parametrize("formatter", [JsonFormatter(), ReadableFormatter()])
def test_a_message_stays_one_line(formatter: logging.Formatter, message: str) -> None:
    line = formatter.format(_record(message))

    assert len(line.splitlines()) == 1
    assert line.isprintable()
    line.encode()


@pytest.mark.parametrize("message", FORGERIES)
def test_a_stack_stays_in_the_line_in_production(message: str) -> None:
    line = JsonFormatter().format(_record(message, error=True))

    assert len(line.splitlines()) == 1
    assert json.loads(line)["exception"] == f"ValueError: {message}"


def test_a_readable_line_may_be_written_anywhere() -> None:
    line = ReadableFormatter().format(_record("\ud800", error=True))

    line.encode()


@pytest.mark.parametrize("formatter", [JsonFormatter(), ReadableFormatter()])
def test_a_line_carries_the_request_id(formatter: logging.Formatter) -> None:
    token = request_id.set("abc-123")
    try:
        assert "abc-123" in formatter.format(_record("x"))
    finally:
        request_id.reset(token)
