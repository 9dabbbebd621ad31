"""Declared guards protect cached responses as they protect the route."""

import httpx
import pytest
from asgi_lifespan import LifespanManager
from fastapi import (
    APIRouter,
    Depends,
    HTTPException,
    Request,
    Response,
)

from app.api.http.cached_routes import UnknownGuardError
from app.api.http.rendering import json_response
from app.api.http.response_cache import cached_response
from app.api.http.strict_route import StrictRoute
from app.config.settings import Settings
from app.dependencies import authenticate, require_user
from app.main import create_app
from app.utils.guards import guard
from tests.support.cached_routes import cached_router, require_auditor
from tests.support.problems import problem_of
from tests.support.settings_and_clients import Tokens, make_client


async def test_a_custom_declared_guard_runs_once_for_each_request(
    settings: Settings, tokens: Tokens
) -> None:
    calls: list[Request] = []

    @guard
    async def require_subscriber(request: Request) -> None:
        calls.append(request)
        await require_user(request)

    app = create_app(settings)
    app.include_router(cached_router(require_subscriber), prefix="/api/v1/reports")
    async with LifespanManager(app) as manager:
        async with make_client(manager.app, tokens.user) as user:
            assert await statuses(user) == [200, 200]
            assert len(calls) == 2
        async with make_client(manager.app) as anonymous:
            problem_of(await anonymous.get("/api/v1/reports"), 401, "missing_token")


async def test_a_router_that_is_included_later_is_checked_at_the_start(settings: Settings) -> None:
    app = create_app(settings)
    app.include_router(cached_router(require_auditor), prefix="/api/v1/reports")

    with pytest.raises(UnknownGuardError, match="list_reports"):
        async with LifespanManager(app):
            pass


async def test_a_guard_sees_the_path_parameters_of_a_cached_response(
    settings: Settings, tokens: Tokens
) -> None:
    @guard
    async def require_own_region(request: Request) -> None:
        principal = await authenticate(request)
        if request.path_params["region"] == "closed" and not principal.is_admin:
            raise HTTPException(403)

    router = APIRouter(route_class=StrictRoute)

    @router.get("/{region}", dependencies=[Depends(require_own_region)])
    @cached_response(tag="regions/{region}")
    async def show_region(region: str) -> Response:
        return json_response({"region": region})

    app = create_app(settings)
    app.include_router(router, prefix="/api/v1/regions")
    async with LifespanManager(app) as manager:
        async with make_client(manager.app, tokens.admin) as admin:
            for _ in range(2):
                assert (await admin.get("/api/v1/regions/closed")).status_code == 200
        async with make_client(manager.app, tokens.user) as user:
            for _ in range(2):
                problem_of(await user.get("/api/v1/regions/closed"), 403, "forbidden")


async def statuses(client: httpx.AsyncClient) -> list[int]:
    return [(await client.get("/api/v1/reports")).status_code for _ in range(2)]
