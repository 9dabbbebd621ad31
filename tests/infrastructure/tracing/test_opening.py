"""Traces are off by default, and what prevents them is one sentence in the log."""

import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from app.infrastructure.tracing.null_tracing import NO_TRACING
from app.infrastructure.tracing.opening import open_tracing, traces_endpoint
from tests.support.otlp_receiver import OtlpReceiver
from tests.support.settings_and_clients import make_settings

ENDPOINT = "otel_exporter_otlp_endpoint"
TRACES_ENDPOINT = "otel_exporter_otlp_traces_endpoint"
COLLECTOR = "http://127.0.0.1:9"
URLS = ("postgresql://x/x", "http://x")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, None),
        ({ENDPOINT: COLLECTOR}, f"{COLLECTOR}/v1/traces"),
        ({ENDPOINT: f"{COLLECTOR}/otlp/"}, f"{COLLECTOR}/otlp/v1/traces"),
        ({TRACES_ENDPOINT: f"{COLLECTOR}/all"}, f"{COLLECTOR}/all"),
        ({ENDPOINT: "http://x", TRACES_ENDPOINT: f"{COLLECTOR}/all"}, f"{COLLECTOR}/all"),
    ],
)
def test_the_endpoint_is_read_as_opentelemetry_reads_it(
    given: dict[str, str], expected: str | None, tmp_path: Path
) -> None:
    assert traces_endpoint(make_settings(*URLS, tmp_path, **given)) == expected


@pytest.mark.parametrize(
    ("name", "wrong"), [(ENDPOINT, "collector:4318"), ("trace_sample_ratio", "1.5")]
)
def test_an_invalid_setting_stops_the_start(name: str, wrong: str, tmp_path: Path) -> None:
    with pytest.raises(ValidationError):
        make_settings(*URLS, tmp_path, **{name: wrong})


async def test_without_an_endpoint_the_sdk_is_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    block_sdk(monkeypatch)

    async with open_tracing(make_settings(*URLS, tmp_path)) as tracing:
        assert tracing is NO_TRACING


async def test_without_the_extra_the_service_runs_and_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    block_sdk(monkeypatch)

    async with open_tracing(make_settings(*URLS, tmp_path, **{ENDPOINT: COLLECTOR})) as tracing:
        assert tracing is NO_TRACING

    (line,) = caplog.messages
    assert line.startswith("No traces are sent: opentelemetry.")
    assert line.endswith(" is missing; install requirements-otel.txt")


@pytest.mark.parametrize(
    ("name", "value", "logged"),
    [
        ("OTEL_SDK_DISABLED", "true", ""),
        ("OTEL_TRACES_EXPORTER", "none", ""),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "must be http/protobuf, or not set"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json", "must be http/protobuf, or not set"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "9000", "No traces are sent: "),
    ],
)
async def test_variables_of_opentelemetry_can_turn_traces_off(
    name: str,
    value: str,
    logged: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv(name, value)

    async with open_tracing(make_settings(*URLS, tmp_path, **{ENDPOINT: COLLECTOR})) as tracing:
        assert not tracing.is_enabled

    assert logged in "".join(caplog.messages)
    assert len(caplog.messages) == bool(logged)


@pytest.mark.parametrize(
    ("name", "attributes", "expected"),
    [
        (None, "", "inventory"),
        (None, "service.name=platform,team=a", "platform"),
        ("own", "service.name=platform", "own"),
    ],
)
async def test_the_service_is_named_as_opentelemetry_names_it(
    name: str | None,
    attributes: str,
    expected: str,
    tmp_path: Path,
    receiver: OtlpReceiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", attributes)
    given: dict[str, Any] = {
        ENDPOINT: receiver.url,
        "service_name": "inventory",
        "otel_service_name": name,
    }
    async with open_tracing(make_settings(*URLS, tmp_path, **given)) as tracing:
        tracing.start_span("work", kind="consumer").end()

    assert receiver.one("work").service == expected


def block_sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the packages of the extra look as if they were not installed."""
    for name in list(sys.modules):
        if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter")):
            monkeypatch.delitem(sys.modules, name)
    for name in ("otlp_tracing", "span_queue", "recorded_span"):
        monkeypatch.delitem(sys.modules, f"app.infrastructure.tracing.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk", None)
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter", None)
