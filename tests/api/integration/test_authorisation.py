"""Every route under /api declares who may call it, and is refused to everybody else."""

import re
from collections.abc import Iterator

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext, iter_route_contexts

from app.api.ready_answers import Guard
from app.api.strict_route import StrictRoute
from app.config.settings import Settings
from app.dependencies import require_admin, require_reader, require_user
from app.main import create_app
from tests.domains.domain import Domain, find_domains
from tests.problems import problem_of

GUARDS = {require_user, require_admin, require_reader}

# Whose reads PUBLIC_READS opens to everybody; of all other domains only users read.
PUBLIC = {"products"}


def expected_routes(domain: Domain) -> dict[str, Guard]:
    record = f"{domain.url}/{{{domain.not_found.code.removesuffix('_not_found')}_id}}"
    reader = require_reader if domain.name in PUBLIC else require_user
    return {
        f"GET {domain.url}": reader,
        f"POST {domain.url}": require_admin,
        f"GET {record}": reader,
        **{f"PATCH {record}{path}": require_admin for path in domain.changes},
        f"DELETE {record}": require_admin,
    }


ROUTES = {
    name: guard
    for domain in find_domains().values()
    for name, guard in expected_routes(domain).items()
}


def api_routes(app: FastAPI) -> dict[str, RouteContext]:
    """Give every route under /api, one for each of its methods."""
    return {
        f"{method} {route.path}": route
        for route in iter_route_contexts(app.routes)
        if str(route.path).startswith("/api")
        for method in route.methods or {"ANY"}
    }


def guards(route: RouteContext) -> list[object]:
    calls = [dependant.call for dependant in _tree(route.dependant)]
    return [guard for guard in GUARDS if guard in calls]


def undeclared(app: FastAPI) -> list[str]:
    """Name every route that does not declare exactly one guard, on a strict route."""
    return [
        name
        for name, route in api_routes(app).items()
        if not isinstance(route.original_route, StrictRoute) or len(guards(route)) != 1
    ]


def _tree(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for inner in dependant.dependencies:
        yield from _tree(inner)


@pytest.fixture
def application(settings: Settings) -> FastAPI:
    return create_app(settings)


def test_the_walk_finds_every_route(application: FastAPI) -> None:
    assert {name: guards(route)[0] for name, route in api_routes(application).items()} == ROUTES


def test_the_walk_finds_what_the_api_document_shows(application: FastAPI) -> None:
    documented = {
        f"{method.upper()} {path}"
        for path, operations in application.openapi()["paths"].items()
        for method in operations
        if path.startswith("/api")
    }

    assert set(api_routes(application)) == documented


def test_every_route_declares_who_may_call_it(application: FastAPI) -> None:
    assert undeclared(application) == []


def test_a_route_that_declares_nobody_or_too_many_is_found() -> None:
    orders = APIRouter(route_class=StrictRoute)
    lax = APIRouter()

    async def answer() -> None:
        """Do nothing."""

    user, admin = Depends(require_user), Depends(require_admin)
    orders.add_api_route("/open", answer)
    orders.add_api_route("/both", answer, dependencies=[user, admin])
    orders.add_api_route("/right", answer, dependencies=[admin])
    lax.add_api_route("/lax", answer, dependencies=[admin])
    version = APIRouter()
    version.include_router(orders, prefix="/v1/orders")
    version.include_router(lax, prefix="/v1/orders")
    app = FastAPI()
    app.include_router(version, prefix="/api")

    assert set(undeclared(app)) == {
        *("GET /api/v1/orders/open", "GET /api/v1/orders/both", "GET /api/v1/orders/lax"),
    }


async def _call(client: httpx.AsyncClient, name: str) -> httpx.Response:
    """Send what would be refused for many reasons: who is asking must be the first."""
    method, _, path = name.partition(" ")
    return await client.request(method, re.sub(r"{\w+}", "0", path) + "?x=1", content=b"{")


@pytest.mark.parametrize("name", ROUTES)
async def test_nobody_gets_in_without_a_token(anonymous: httpx.AsyncClient, name: str) -> None:
    problem_of(await _call(anonymous, name), 401, "missing_token")


async def test_a_user_is_refused_by_every_admin_route(user: httpx.AsyncClient) -> None:
    for name, guard in ROUTES.items():
        if guard is require_admin:
            problem_of(await _call(user, name), 403, "role_not_allowed")


async def test_who_may_call_is_heard(user: httpx.AsyncClient, admin: httpx.AsyncClient) -> None:
    for name, guard in ROUTES.items():
        answer = await _call(admin if guard is require_admin else user, name)
        assert answer.status_code in {415, 422}
