import logging

import pytest

from app.infrastructure.http_protocol.refusing_http_protocol import MAX_LINES
from tests.infrastructure.http_protocol.conftest import EchoServer
from tests.infrastructure.http_protocol.corpus import get
from tests.support.raw_http import exchange


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"x\r\n\r\n", 400),
        (get(b"Expect: 200-ok\r\n"), 417),
        (get(*[b"a:b\r\n"] * 100), 431),
        (get(target=b"/" + b"x" * 70_000), 431),
    ],
)
async def test_refusals_of_one_address_have_a_bounded_number_of_lines(
    echo: EchoServer, caplog: pytest.LogCaptureFixture, raw: bytes, status: int
) -> None:
    caplog.set_level(logging.INFO, "app.access")
    for _ in range(MAX_LINES + 20):
        (refused,) = await exchange(echo.port, [raw])
        assert refused.status == status
    lines = [record.getMessage() for record in caplog.records if record.name == "app.access"]
    assert len(lines) == MAX_LINES
    assert all(len(line) < 200 for line in lines)

    echo.app_state["refusal_lines"].report_left_out()
    assert caplog.messages[-1] == "Refused 20 more requests of 127.0.0.1 within a minute"
