"""Application log lines cannot be forged and contain no secret."""

import json
import logging

import pytest

from app.config.log_formats import JsonFormatter, ReadableFormatter
from app.utils.request_context import NOT_SAMPLED, request_id, traceparent

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
def test_a_log_message_stays_on_one_line(formatter: logging.Formatter, message: str) -> None:
    line = formatter.format(_record(message))

    assert len(line.splitlines()) == 1
    assert line.isprintable()
    line.encode()


@pytest.mark.parametrize("message", FORGERIES)
def test_a_stack_trace_stays_on_the_log_line_in_production(message: str) -> None:
    line = JsonFormatter().format(_record(message, error=True))

    assert len(line.splitlines()) == 1
    assert json.loads(line)["exception"] == f"ValueError: {message}"


@pytest.mark.parametrize("message", FORGERIES)
def test_a_readable_stack_trace_contains_no_line_that_looks_like_another(message: str) -> None:
    first, *stack = ReadableFormatter().format(_record(message, error=True)).split("\n")

    assert stack
    assert first.isprintable()
    assert all(line.startswith("    ") and line.isprintable() for line in stack)


def test_a_readable_log_line_can_always_be_encoded() -> None:
    line = ReadableFormatter().format(_record("\ud800", error=True))

    line.encode()


@pytest.mark.parametrize("formatter", [JsonFormatter(), ReadableFormatter()])
def test_a_log_line_contains_the_request_id(formatter: logging.Formatter) -> None:
    token = request_id.set("abc-123")
    try:
        assert "abc-123" in formatter.format(_record("x"))
    finally:
        request_id.reset(token)


def test_a_json_line_has_the_known_fields_of_its_record() -> None:
    record = _record("x")
    record.__dict__ |= {"status": 200, "user": None, "password": "secret"}

    line = json.loads(JsonFormatter().format(record))

    assert line["status"] == 200
    assert not {"user", "password"} & line.keys()


@pytest.mark.parametrize(
    ("context", "ids"),
    [
        (f"00-{'a' * 32}-{'b' * 16}-01", {"trace_id": "a" * 32, "span_id": "b" * 16}),
        (None, {}),
        (NOT_SAMPLED, {}),
    ],
)
def test_a_json_line_has_the_ids_of_the_current_trace(
    context: str | None, ids: dict[str, str]
) -> None:
    token = traceparent.set(context)
    try:
        line = json.loads(JsonFormatter().format(_record("x")))
    finally:
        traceparent.reset(token)

    assert {name: line[name] for name in ("trace_id", "span_id") if name in line} == ids
