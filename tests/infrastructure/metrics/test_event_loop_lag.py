import time

import pytest

from app.infrastructure.metrics import event_loop_lag
from app.infrastructure.metrics.event_loop_lag import measure_event_loop_lag
from tests.support.recording_metrics import RecordingMetrics
from tests.support.waiting import eventually


async def test_a_blocked_event_loop_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_loop_lag, "INTERVAL_SECONDS", 0.01)
    metrics = RecordingMetrics()
    async with measure_event_loop_lag(metrics):
        lags = metrics.values.setdefault(("event_loop_lag_seconds",), [])
        await eventually(lambda: len(lags) >= 2)
        measured = len(lags)
        time.sleep(0.1)  # noqa: ASYNC251 - this is the fault
        await eventually(lambda: len(lags) > measured)
        assert lags[measured] >= 0.08
        assert min(lags) >= 0
