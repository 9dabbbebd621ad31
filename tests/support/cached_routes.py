"""Small applications with one cached route."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import (
    APIRouter,
    Depends,
    FastAPI,
    Request,
    Response,
)

from app.api.http.rendering import json_response
from app.api.http.response_cache import cached_response
from app.api.http.strict_route import StrictRoute
from app.dependencies import authenticate
from app.exceptions.shared.security_exceptions import RoleNotAllowedError
from app.models.shared.principal import Principal

Check = Callable[..., Coroutine[Any, Any, Any]]


async def require_auditor(request: Request) -> None:
    """Admit a role that the service itself does not define."""
    if (await authenticate(request)).role != "auditor":
        raise RoleNotAllowedError


async def auditor(request: Request) -> Principal:
    await require_auditor(request)
    return await authenticate(request)


def cached_router(*guards: Check) -> APIRouter:
    router = APIRouter(route_class=StrictRoute)

    @router.get("", dependencies=[Depends(each) for each in guards])
    @cached_response(tag="reports")
    async def list_reports() -> Response:
        return json_response({"secret": True})

    return router


def make_app(router: APIRouter, **include: Any) -> FastAPI:
    app = FastAPI()
    app.include_router(router, prefix="/reports", **include)
    return app
