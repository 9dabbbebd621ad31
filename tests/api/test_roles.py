"""A service adds roles in `app/models/shared/roles.py` alone: the routes stay as they are."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import httpx
import pytest
from asgi_lifespan import LifespanManager
from fastapi import APIRouter, Response
from starlette.types import ASGIApp

from app.api.http.route_options import ADMIN, USER
from app.api.http.strict_route import StrictRoute
from app.config.settings import Settings
from app.main import create_app
from app.models.shared import roles
from devtools.private_auth import PrivateAuthService
from tests.support.problems import problem_of
from tests.support.settings_and_clients import make_client
from tests.widgets.factories import DOMAIN

AUDIT = "/api/v1/audit"

As = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
def as_role(app: ASGIApp, auth_service: PrivateAuthService, monkeypatch: pytest.MonkeyPatch) -> As:
    """Return a client whose role has these permissions."""

    def client(*permissions: str, of: ASGIApp = app) -> httpx.AsyncClient:
        role = "+".join(permissions)
        monkeypatch.setitem(roles.PERMISSIONS, role, frozenset(permissions))
        return make_client(of, auth_service.token(role))

    return client


async def test_a_role_with_one_permission_does_that_and_nothing_else(as_role: As) -> None:
    body = DOMAIN.body()
    async with as_role(f"{DOMAIN.name}:write") as clerk:
        created = await clerk.post(DOMAIN.url, json=body)
        assert created.status_code == 201
        deleted = await clerk.delete(created.headers["location"])
        assert deleted.status_code == 204
        problem_of(await clerk.get(DOMAIN.url), 403, "role_not_allowed")
        problem_of(await clerk.get(AUDIT), 403, "role_not_allowed")


async def test_an_auditor_reads_the_audit_alone(as_role: As) -> None:
    async with as_role("audit:inspect") as auditor:
        assert (await auditor.get(AUDIT)).status_code == 200
        problem_of(await auditor.get(DOMAIN.url), 403, "role_not_allowed")
        problem_of(await auditor.post(DOMAIN.url, json=DOMAIN.body()), 403, "role_not_allowed")


async def test_permissions_hold_for_cached_responses(as_role: As) -> None:
    async with as_role(f"{DOMAIN.name}:read") as reader, as_role("orders:read") as stranger:
        for _ in range(2):
            assert (await reader.get(DOMAIN.url)).status_code == 200
            problem_of(await stranger.get(DOMAIN.url), 403, "role_not_allowed")


async def test_write_includes_neither_read_nor_inspect(as_role: As) -> None:
    async with as_role("*:write") as writer, as_role("*:read") as reader:
        problem_of(await writer.get(AUDIT), 403, "role_not_allowed")
        problem_of(await writer.get(DOMAIN.url), 403, "role_not_allowed")
        problem_of(await reader.get(AUDIT), 403, "role_not_allowed")
        problem_of(await reader.post(DOMAIN.url, json=DOMAIN.body()), 403, "role_not_allowed")


async def test_read_does_not_admit_to_a_write_that_users_may_do(
    settings: Settings, as_role: As
) -> None:
    router = APIRouter(route_class=StrictRoute)

    @router.post("/v1/votes", dependencies=USER, status_code=204)
    async def vote() -> None:
        """Do nothing."""

    async with LifespanManager(create_app(settings, router=router)) as manager:
        async with as_role("votes:read", of=manager.app) as reader:
            problem_of(await reader.post("/api/v1/votes"), 403, "role_not_allowed")
        async with as_role("votes:submit", of=manager.app) as voter:
            assert (await voter.post("/api/v1/votes")).status_code == 204


async def test_a_client_cannot_choose_the_resource_by_a_path_parameter(
    settings: Settings, as_role: As
) -> None:
    router = APIRouter(route_class=StrictRoute)

    @router.get("/v1/{tenant}/secrets", dependencies=ADMIN)
    async def list_secrets(tenant: str) -> Response:
        return Response(tenant)

    async with LifespanManager(create_app(settings, router=router)) as manager:
        async with as_role("orders:inspect", of=manager.app) as auditor:
            problem_of(await auditor.get("/api/v1/orders/secrets"), 403, "role_not_allowed")
        async with as_role("*:inspect", of=manager.app) as admin:
            assert (await admin.get("/api/v1/orders/secrets")).status_code == 200
