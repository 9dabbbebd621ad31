"""The service itself: what it is, and whether it works."""

from typing import Any

from fastapi import APIRouter, Request, Response

from app.api.home.home_page import home_page
from app.api.http.accept_header import preferred_type
from app.api.http.rendering import json_response
from app.infrastructure.readiness import READY
from app.infrastructure.resources import Resources, resources_of
from app.schemas.shared.service_schemas import (
    HealthResponse,
    LivenessResponse,
    ReadinessResponse,
    ServiceResponse,
)
from app.utils.response_headers import CACHE_CONTROL, NO_STORE

router = APIRouter(tags=["Service"])

_NO_STORE = {CACHE_CONTROL: NO_STORE}
_NEGOTIATED = {**_NO_STORE, "Vary": "Accept"}
_AS_PAGE = {"text/html": {"schema": {"type": "string"}}}


@router.get("/", response_model=ServiceResponse, responses={200: {"content": _AS_PAGE}})
async def show_service(request: Request) -> Response:
    """Name the service and its version, with links to its other pages.

    A browser gets a page, everybody else JSON.
    """
    resources = resources_of(request.scope)
    settings, links = resources.settings, _links(request)
    accept = ",".join(request.headers.getlist("accept"))
    if preferred_type(accept, ("application/json", "text/html")) == "text/html":
        return home_page(
            _report(resources), links, description=settings.app_description, headers=_NEGOTIATED
        )
    description = {
        "service": settings.app_name,
        "version": settings.app_version,
        "status": "running",
        "links": links,
    }
    return json_response(description, headers=_NEGOTIATED)


def _links(request: Request) -> dict[str, str]:
    prefix = request.scope["root_path"]
    links = {"health": f"{prefix}/health"}
    if resources_of(request.scope).settings.docs_enabled:
        pages = {"docs": "docs", "redoc": "redoc", "openapi": "openapi.json"}
        links |= {name: f"{prefix}/{page}" for name, page in pages.items()}
    return links


@router.get(
    "/health",
    response_model=HealthResponse,
    responses={503: {"model": HealthResponse, "description": "The database is unavailable"}},
)
async def show_health(request: Request) -> Response:
    """Report the health of the service and its dependencies, as of the newest probes."""
    report = _report(resources_of(request.scope))
    status = 503 if report["status"] == "unhealthy" else 200
    return json_response(report, status=status, headers=_NO_STORE)


@router.get("/health/live", response_model=LivenessResponse)
async def show_liveness() -> Response:
    """Report that the process responds; no dependency is checked."""
    return json_response({"status": "alive"}, headers=_NO_STORE)


@router.get(
    "/health/ready",
    response_model=ReadinessResponse,
    responses={503: {"model": ReadinessResponse, "description": "Not ready for requests"}},
)
async def show_readiness(request: Request) -> Response:
    """Report whether this process can serve requests."""
    report = resources_of(request.scope).report_readiness()
    status = 200 if report == READY else 503
    return json_response(report, status=status, headers=_NO_STORE)


def _report(resources: Resources) -> dict[str, Any]:
    checks = resources.health_checks()
    found = {check.status for check in checks.values()}
    status = "degraded" if found & {"degraded", "unavailable"} else "healthy"
    # Its availability; `checks` says how it is.
    states = {
        name: "healthy" if check.status == "degraded" else check.status
        for name, check in checks.items()
    }
    if states["database"] == "unavailable":
        status = "unhealthy"
    settings = resources.settings
    return {
        "status": status,
        "service": settings.app_name,
        "version": settings.app_version,
        **states,
        "checks": checks,
        "warnings": [warning] if (warning := resources.database.warning) else [],
        "outbox": resources.messaging.outbox_counts,
    }
