from typing import Any

from fastapi import APIRouter, Request, Response

from app.api.rendering import rendered
from app.dependencies import resources_of
from app.infrastructure.resources import Resources

router = APIRouter(tags=["Service"])

NO_STORE = {"Cache-Control": "no-store"}


@router.get("/")
async def show_service(request: Request) -> dict[str, Any]:
    """Tell what this is and where to go from here."""
    settings = resources_of(request).settings
    links = {"health": "/health"}
    if settings.docs_enabled:
        links |= {"docs": "/docs", "redoc": "/redoc", "openapi": "/openapi.json"}
    return {
        "service": settings.app_name,
        "version": settings.app_version,
        "status": "running",
        "links": links,
    }


@router.get("/health", responses={503: {"description": "The database is not available"}})
async def show_health(request: Request) -> Response:
    """Tell how the service and everything it depends on are, as of the newest probes."""
    report = _report(resources_of(request))
    status = 503 if report["status"] == "unhealthy" else 200
    return rendered(report, status=status, headers=NO_STORE)


@router.get("/health/live")
async def show_liveness() -> Response:
    """Answer while the process turns; nothing is asked."""
    return rendered({"status": "alive"}, headers=NO_STORE)


@router.get("/health/ready", responses={503: {"description": "Send requests elsewhere"}})
async def show_readiness(request: Request) -> Response:
    """Tell whether requests can be served here now."""
    resources = resources_of(request)
    if resources.lifecycle.is_draining:
        return rendered({"status": "draining"}, status=503, headers=NO_STORE)
    if not resources.database.is_up:
        return rendered({"status": "unavailable"}, status=503, headers=NO_STORE)
    return rendered({"status": "ready"}, headers=NO_STORE)


def _report(resources: Resources) -> dict[str, Any]:
    checks = resources.health_checks()
    states = {name: check.status for name, check in checks.items()}
    status = "degraded" if "unavailable" in states.values() else "healthy"
    if states["database"] == "unavailable":
        status = "unhealthy"
    settings = resources.settings
    return {
        "status": status,
        "service": settings.app_name,
        "version": settings.app_version,
        **states,
        "checks": checks,
        "outbox": resources.messaging.outbox_counts,
    }
