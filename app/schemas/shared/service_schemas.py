"""Responses of the routes that report about the service itself."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

State = Literal["healthy", "unavailable", "disabled"]

# A field that a response may omit; a default would be published.
_OMITTED = Field(default_factory=str)

_CHECK: JsonDict = {
    "status": "healthy",
    "latency_ms": 0.42,
    "checked_at": "2026-01-15T09:30:00.123456Z",
    "detail": None,
}
_UNCHECKED: JsonDict = dict.fromkeys(_CHECK) | {"status": "disabled"}
HEALTH_EXAMPLE: JsonDict = {
    "status": "healthy",
    "service": "order-service",
    "version": "1.0.0",
    "database": "healthy",
    "cache": "healthy",
    "messaging": "disabled",
    "auth": "healthy",
    "checks": {
        "database": _CHECK,
        "cache": _CHECK,
        "messaging": _UNCHECKED,
        "auth": _UNCHECKED | {"status": "healthy"},
    },
    "warnings": [],
    "outbox": {"pending": None, "oldest_seconds": None, "dead": None},
}


class ServiceLinks(BaseModel):
    """Paths of the other pages; those of the documentation only if it is enabled."""

    health: Annotated[str, Field(description="Path of the health report")]
    docs: Annotated[str, _OMITTED, Field(description="Path of Swagger UI")]
    redoc: Annotated[str, _OMITTED, Field(description="Path of Redoc")]
    openapi: Annotated[str, _OMITTED, Field(description="Path of the OpenAPI document")]


class ServiceResponse(BaseModel):
    """The service and its version."""

    service: Annotated[str, Field(description="Name of the service")]
    version: Annotated[str, Field(description="Version of the service")]
    status: Annotated[Literal["running"], Field(description="The process responds")]
    links: Annotated[ServiceLinks, Field(description="Paths of the other pages")]


class CheckResponse(BaseModel):
    """The newest probe of one dependency."""

    status: Annotated[
        Literal["healthy", "degraded", "unavailable", "disabled"],
        Field(description="`degraded`: available, and some requests fail"),
    ]
    latency_ms: Annotated[
        float | None, Field(ge=0, description="Duration of the probe in milliseconds")
    ]
    checked_at: Annotated[datetime | None, Field(description="When the probe ended")]
    detail: Annotated[str | None, Field(description="What is wrong, without credentials")]


class ChecksResponse(BaseModel):
    """The newest probe of each dependency."""

    database: Annotated[CheckResponse, Field(description="PostgreSQL")]
    cache: Annotated[CheckResponse, Field(description="Redis")]
    messaging: Annotated[CheckResponse, Field(description="RabbitMQ")]
    auth: Annotated[CheckResponse, Field(description="The auth service, as its last calls show")]


class OutboxResponse(BaseModel):
    """Messages that wait to be published; counts are null before the first one."""

    pending: Annotated[int | None, Field(ge=0, description="Number of messages that wait")]
    oldest_seconds: Annotated[
        float | None, Field(ge=0, description="Age of the oldest of them in seconds")
    ]
    dead: Annotated[int | None, Field(ge=0, description="Number of messages that were given up")]


class HealthResponse(BaseModel):
    """The health of the service and of its dependencies, as of the newest probes."""

    model_config = ConfigDict(json_schema_extra={"examples": [HEALTH_EXAMPLE]})

    status: Annotated[
        Literal["healthy", "degraded", "unhealthy"],
        Field(description="`degraded`: requests succeed, and something needs attention"),
    ]
    service: Annotated[str, Field(description="Name of the service")]
    version: Annotated[str, Field(description="Version of the service")]
    database: Annotated[State, Field(description="Whether PostgreSQL is available")]
    cache: Annotated[State, Field(description="Whether Redis is available")]
    messaging: Annotated[State, Field(description="Whether RabbitMQ is available")]
    auth: Annotated[State, Field(description="Whether the auth service is available")]
    checks: Annotated[ChecksResponse, Field(description="The newest probes")]
    warnings: Annotated[list[str], Field(description="What an operator should look at")]
    outbox: Annotated[OutboxResponse, Field(description="Messages that wait to be published")]


class LivenessResponse(BaseModel):
    """The process responds."""

    status: Annotated[Literal["alive"], Field(description="Always `alive`")]


class ReadinessResponse(BaseModel):
    """Whether this process can serve requests."""

    status: Annotated[
        Literal["ready", "draining", "unavailable"],
        Field(description="`draining`: the process stops and takes no further requests"),
    ]
    reason: Annotated[
        str, _OMITTED, Field(description="Why it is unavailable; omitted if that is not known")
    ]
