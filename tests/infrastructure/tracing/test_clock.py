"""A clock that is set while a span lasts does not change its duration."""

from time import time_ns

import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from app.infrastructure.tracing import recorded_span
from app.infrastructure.tracing.recorded_span import RecordedSpan, Recorder

HOUR_NS = 3600 * 10**9


@pytest.mark.parametrize("step", [-HOUR_NS, HOUR_NS])
def test_a_step_of_the_clock_is_not_part_of_a_duration(
    monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    recorded: list[ReadableSpan] = []
    scope = InstrumentationScope("app")
    recorder = Recorder(resource=Resource({}), scope=scope, record=recorded.append)

    span = RecordedSpan(recorder, "GET /", "server", parent=None, state=None)
    monkeypatch.setattr(recorded_span, "time_ns", lambda: time_ns() + step)
    span.end()

    [ended] = recorded
    assert ended.start_time is not None
    assert ended.end_time is not None
    assert 0 <= ended.end_time - ended.start_time < HOUR_NS // 2
