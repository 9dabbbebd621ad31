import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from app.config.settings import Settings
from app.infrastructure.tracing.null_tracing import NO_TRACING
from app.ports.tracing import Attributes, AttributeValue, Tracing

if TYPE_CHECKING:
    from app.infrastructure.tracing.otlp_tracing import OtlpTracing

logger = logging.getLogger(__name__)

PROTOCOL = "http/protobuf"


@asynccontextmanager
async def open_tracing(settings: Settings) -> AsyncIterator[Tracing]:
    """Open the recording of traces, if an endpoint is configured.

    Without the packages of the extra `otel` the service runs without traces: platforms set the
    endpoint for all their processes.
    """
    endpoint = traces_endpoint(settings)
    if endpoint is None or not _is_supported():
        yield NO_TRACING
        return
    try:
        tracing = _open(settings, endpoint)
    except (ImportError, ValueError) as error:
        logger.warning("No traces are sent: %s", _reason(error))
        yield NO_TRACING
        return
    logger.info("Traces are sent; sampled by a ratio of %g", settings.trace_sample_ratio)
    try:
        yield tracing
    finally:
        await tracing.aclose()


def traces_endpoint(settings: Settings) -> str | None:
    """Return the URL for traces: that of all signals gets the path `/v1/traces`."""
    if settings.otel_exporter_otlp_traces_endpoint is not None:
        return settings.otel_exporter_otlp_traces_endpoint.get_secret_value()
    if settings.otel_exporter_otlp_endpoint is not None:
        return settings.otel_exporter_otlp_endpoint.get_secret_value().rstrip("/") + "/v1/traces"
    return None


def _open(settings: Settings, endpoint: str) -> "OtlpTracing":
    # Here, because the packages need not be installed, and take time and memory.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )

    from app.infrastructure.tracing.otlp_tracing import OtlpTracing  # noqa: PLC0415

    # Headers, certificates, timeout and compression are read from OpenTelemetry's variables.
    return OtlpTracing(
        exporter=OTLPSpanExporter(endpoint=endpoint),
        attributes=_process_attributes(settings),
        ratio=settings.trace_sample_ratio,
    )


def _process_attributes(settings: Settings) -> Attributes:
    named: dict[str, AttributeValue] = {}
    # OTEL_RESOURCE_ATTRIBUTES may name the service, too.
    is_named_there = "service.name=" in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    if settings.otel_service_name or not is_named_there:
        named["service.name"] = settings.otel_service_name or settings.service_name
    return named | {"service.version": settings.app_version, "process.pid": os.getpid()}


def _reason(error: Exception) -> str:
    if isinstance(error, ImportError):
        return f"{error.name} is missing; install requirements-otel.txt"
    # One of OpenTelemetry's own variables is not valid.
    return str(error)


def _is_supported() -> bool:
    """Return whether OpenTelemetry's own variables leave traces on, in the protocol spoken here."""
    if os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    if os.environ.get("OTEL_TRACES_EXPORTER", "").strip().lower() == "none":
        return False
    names = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
    name = next((each for each in names if os.environ.get(each)), None)
    if name is not None and os.environ[name].strip() != PROTOCOL:
        logger.warning("No traces are sent: %s must be %s, or not set", name, PROTOCOL)
        return False
    return True
