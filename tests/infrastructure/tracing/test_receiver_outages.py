"""A receiver of traces that is unavailable, slow or failing costs requests nothing."""

import pytest

from app.infrastructure.logging import repeated_lines
from tests.infrastructure.tracing.conftest import OpenTraced
from tests.support.otlp_receiver import OtlpReceiver
from tests.support.waiting import eventually

LIVE = "/health/live"
LOST = "Spans are lost: the receiver of traces does not accept them"
FULL = "Spans are lost: 16 wait to be sent"


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "16")
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "8")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")


async def test_requests_are_served_while_the_receiver_hangs(
    open_traced: OpenTraced, receiver: OtlpReceiver, capsys: pytest.CaptureFixture[str]
) -> None:
    receiver.is_open.clear()

    async with open_traced() as client:
        statuses = {(await client.get(LIVE)).status_code for _ in range(200)}

    output = capsys.readouterr().out
    assert statuses == {200}
    assert output.count(FULL) == 1
    # The stop does not wait for the receiver, and nothing is lost silently.
    assert "200 spans were not sent to the receiver of traces" in output
    assert "opentelemetry" not in output.lower()


async def test_spans_that_are_lost_again_later_are_logged_again(
    open_traced: OpenTraced,
    receiver: OtlpReceiver,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(repeated_lines, "WINDOW_SECONDS", 0.5)
    receiver.is_open.clear()
    output = ""

    def is_logged(text: str) -> bool:
        nonlocal output
        output += capsys.readouterr().out
        return text in output

    async with open_traced() as client:
        for _ in range(200):
            await client.get(LIVE)
        await eventually(lambda: is_logged("more spans were lost within a minute"))
        for _ in range(100):
            await client.get(LIVE)
        await eventually(lambda: is_logged(FULL) and output.count(FULL) > 1)


@pytest.mark.parametrize("status", [400, 503, None])
async def test_an_outage_of_the_receiver_is_logged_once_with_its_loss(
    open_traced: OpenTraced,
    receiver: OtlpReceiver,
    status: int | None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = ""

    def is_logged(text: str) -> bool:
        nonlocal output
        output += capsys.readouterr().out
        return text in output

    async with open_traced() as client:
        if status is None:
            receiver.stop()
        else:
            receiver.status = status
        await client.get(LIVE)
        await eventually(lambda: is_logged(LOST))
        receiver.status = 200
        if status is None:
            receiver.start()
        await client.get("/")
        await eventually(lambda: is_logged("1 spans were lost; the receiver accepts them again"))

    assert not is_logged("were not sent ") or "1 spans were not sent" in output
    assert output.count(LOST) == 1
    assert [span.name for span in receiver.spans] == ["GET /"]
