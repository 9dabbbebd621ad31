"""Every route under /api declares one guard and enforces it.

The routes are read from the application, so a new route needs no entry here. By default users read
and admins write. A route with another guard is declared in `guards` of its domain.
"""

import re

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import RouteContext, iter_route_contexts

from app.api.http.strict_route import StrictRoute, guards_of
from app.config.settings import Settings
from app.dependencies import require_admin, require_user
from app.utils.guards import Guard
from tests.support.domain import Domain, find_domains
from tests.support.problems import problem_of
from tests.support.service import create_app

DOMAINS = find_domains().values()


def api_routes(app: FastAPI) -> dict[str, RouteContext]:
    """Return every route under /api, one for each of its methods."""
    return {
        f"{method} {route.path}": route
        for route in iter_route_contexts(app.routes)
        if str(route.path).startswith("/api")
        for method in route.methods or {"ANY"}
    }


def guards(route: RouteContext) -> list[Guard]:
    return guards_of(route.dependant)


def undeclared(app: FastAPI) -> list[str]:
    """Name every route that does not declare exactly one guard, on a strict route."""
    return [
        name
        for name, route in api_routes(app).items()
        if not isinstance(route.original_route, StrictRoute) or len(guards(route)) != 1
    ]


def unexpected_guard(domain: Domain, name: str, found: list[Guard]) -> str | None:
    """Describe the unexpected guard of a route and how to declare it."""
    expected = domain.guard_of(name)
    if found == [expected]:
        return None
    names = [guard.__name__ for guard in found]
    return (
        f"{name} is guarded by {', '.join(names) or 'nothing'} instead of {expected.__name__};"
        f' if that is meant, add "{domain.own_name(name)}": {"".join(names[:1]) or "its guard"}'
        f" to `guards` of DOMAIN in {domain.factories}"
    )


@pytest.fixture
def application(settings: Settings) -> FastAPI:
    return create_app(settings)


@pytest.fixture
def routes(application: FastAPI) -> dict[str, Guard]:
    return {name: guards(route)[0] for name, route in api_routes(application).items()}


def test_every_domain_has_the_same_standard_routes(application: FastAPI) -> None:
    found = api_routes(application)
    for domain in DOMAINS:
        missing = [name for name in domain.routes if name not in found]
        assert not missing, (
            f"{missing[0]} is missing; for an update with another method or path,"
            f" change `update_method` or `changes` of DOMAIN in {domain.factories}"
        )


def test_all_routes_of_the_api_document_are_checked(application: FastAPI) -> None:
    documented = {
        f"{method.upper()} {path}"
        for path, operations in application.openapi()["paths"].items()
        for method in operations
        if path.startswith("/api")
    }

    assert set(api_routes(application)) == documented


def test_every_route_declares_one_guard(application: FastAPI) -> None:
    assert undeclared(application) == [], (
        "add dependencies=USER or dependencies=ADMIN to the route,"
        " and build its router with route_class=StrictRoute"
    )


def test_users_read_and_admins_write_unless_the_domain_declares_otherwise(
    application: FastAPI,
) -> None:
    found = api_routes(application)
    for domain in DOMAINS:
        own = {name for name in found if re.search(rf" {domain.url}(/|$)", name)}
        wrong = [unexpected_guard(domain, name, guards(found[name])) for name in sorted(own)]
        assert not any(wrong), "\n".join(filter(None, wrong))
        stale = domain.guards.keys() - {domain.own_name(name) for name in own}
        assert not stale, f"`guards` in {domain.factories} names no route: {sorted(stale)}"


def test_an_unexpected_guard_is_reported_with_the_way_to_declare_it() -> None:
    for domain in DOMAINS:
        name = f"POST {domain.record_path}/no-such-action"

        message = str(unexpected_guard(domain, name, [require_user]))

        assert unexpected_guard(domain, name, [require_admin]) is None
        assert f'add "{domain.own_name(name)}": require_user to `guards`' in message
        assert domain.factories in message


def test_a_route_without_exactly_one_guard_is_reported() -> None:
    orders = APIRouter(route_class=StrictRoute)
    lax = APIRouter()

    async def handle() -> None:
        """Do nothing."""

    user, admin = Depends(require_user), Depends(require_admin)
    orders.add_api_route("/open", handle)
    orders.add_api_route("/both", handle, dependencies=[user, admin])
    orders.add_api_route("/right", handle, dependencies=[admin])
    lax.add_api_route("/lax", handle, dependencies=[admin])
    version = APIRouter()
    version.include_router(orders, prefix="/v1/orders")
    version.include_router(lax, prefix="/v1/orders")
    app = FastAPI()
    app.include_router(version, prefix="/api")

    assert set(undeclared(app)) == {
        *("GET /api/v1/orders/open", "GET /api/v1/orders/both", "GET /api/v1/orders/lax"),
    }


async def _call(client: httpx.AsyncClient, name: str) -> httpx.Response:
    """Send a request with several errors: authentication must be the first to be reported."""
    method, _, path = name.partition(" ")
    return await client.request(method, re.sub(r"{[^}]+}", "0", path) + "?x=1", content=b"{")


async def test_every_route_rejects_a_request_without_a_token(
    anonymous: httpx.AsyncClient, routes: dict[str, Guard]
) -> None:
    for name in routes:
        problem_of(await _call(anonymous, name), 401, "missing_token")


async def test_every_admin_route_rejects_a_user(
    user: httpx.AsyncClient, routes: dict[str, Guard]
) -> None:
    for name, guard in routes.items():
        if guard is require_admin:
            problem_of(await _call(user, name), 403, "role_not_allowed")


async def test_a_request_is_validated_after_authorisation(
    user: httpx.AsyncClient, admin: httpx.AsyncClient, routes: dict[str, Guard]
) -> None:
    for name, guard in routes.items():
        response = await _call(admin if guard is require_admin else user, name)
        assert response.status_code in {415, 422}, name
