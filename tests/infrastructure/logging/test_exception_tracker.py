"""SENTRY_DSN is enough to report errors; what clients have sent is not reported."""

import logging
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pydantic import ValidationError

from app.config.settings import Settings
from app.infrastructure.logging.exception_tracker import open_exception_tracker
from app.utils.request_context import request_id, traceparent
from tests.support.settings_and_clients import make_settings

DSN = "https://key@tracker.example.com/1"


class FakeSentry(ModuleType):
    """The used part of `sentry_sdk`: errors are reported from `init` on."""

    def __init__(self) -> None:
        super().__init__("sentry_sdk")
        self.options: dict[str, Any] = {}
        self.events: list[dict[str, Any]] = []
        self.flushes = 0

    def init(self, **options: Any) -> None:
        self.options = options

    def flush(self, *, timeout: float) -> None:
        assert timeout <= 2
        self.flushes += 1

    def capture(self, event: dict[str, Any]) -> None:
        self.events.append(self.options["before_send"](event, {}))


@pytest.fixture
def sentry(monkeypatch: pytest.MonkeyPatch) -> FakeSentry:
    fake, handler = FakeSentry(), ModuleType("sentry_sdk.integrations.logging")
    handler.LoggingIntegration = dict  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sentry_sdk", fake)
    monkeypatch.setitem(sys.modules, "sentry_sdk.integrations", ModuleType("integrations"))
    monkeypatch.setitem(sys.modules, "sentry_sdk.integrations.logging", handler)
    return fake


@pytest.fixture
def tracked(tmp_path: Path) -> Settings:
    return make_settings("postgresql://x/x", "http://x", tmp_path, sentry_dsn=DSN)


async def test_errors_are_reported_with_the_ids_of_the_log(
    sentry: FakeSentry, tracked: Settings
) -> None:
    async with open_exception_tracker(tracked):
        tokens = request_id.set("r-1"), traceparent.set(f"00-{'a' * 32}-{'b' * 16}-01")
        sentry.capture({"message": "failed"})
        request_id.reset(tokens[0])
        traceparent.reset(tokens[1])

    ids = {"request_id": "r-1", "trace_id": "a" * 32, "span_id": "b" * 16}
    assert sentry.events == [{"message": "failed", "tags": ids}]
    assert sentry.flushes == 1
    assert sentry.options["dsn"] == DSN
    assert sentry.options["integrations"] == [{"level": None, "event_level": logging.ERROR}]
    private = ("send_default_pii", "include_local_variables", "default_integrations")
    assert not any(sentry.options[name] for name in private)
    assert sentry.options["max_request_body_size"] == "never"


@pytest.mark.parametrize(
    "dsn",
    [
        "tracker.example.com/1",
        "https://tracker.example.com/1",
        "https://key@tracker.example.com",
        "https://key@tracker.example.com/project",
        "https://key@tracker.example.com/1/",
    ],
)
def test_an_invalid_dsn_stops_the_start(tmp_path: Path, dsn: str) -> None:
    with pytest.raises(ValidationError) as caught:
        make_settings("postgresql://x/x", "http://x", tmp_path, sentry_dsn=dsn)

    [error] = caught.value.errors()
    assert error["loc"] == ("sentry_dsn",)
    assert dsn not in error["msg"]


async def test_without_the_package_one_line_says_so(
    tracked: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)

    async with open_exception_tracker(tracked):
        pass

    assert caplog.messages == ["Errors are not reported: SENTRY_DSN is set; install sentry-sdk"]


async def test_without_the_setting_the_package_is_not_used(
    sentry: FakeSentry, tmp_path: Path
) -> None:
    async with open_exception_tracker(make_settings("postgresql://x/x", "http://x", tmp_path)):
        pass

    assert sentry.options == {}
