from typing import Any
from unittest.mock import Mock

import pytest
from opentelemetry import trace
from starlette.types import Message

from app.api.application import Application


async def request_anything(app: Application) -> None:
    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": "/", "headers": []}
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    assert sent[0]["status"] == 404
    assert scope["app"] is app


async def test_no_request_looks_for_telemetry(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Application()
    # The first request builds the middleware.
    await request_anything(app)
    find = Mock(wraps=trace.get_tracer_provider)
    monkeypatch.setattr(trace, "get_tracer_provider", find)

    await request_anything(app)

    assert not find.called
