from collections.abc import Iterator

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import iter_route_contexts
from starlette.types import Scope

from app.middleware.route_template import RouteTemplate, route_template


@pytest.fixture
def app() -> FastAPI:
    """An application that includes one router twice."""
    versions, plain = APIRouter(), APIRouter()

    @versions.get("/orders/{order_id}")
    async def read_order(order_id: int) -> None: ...

    @plain.get("/status")
    async def read_status() -> None: ...

    nested = APIRouter()
    for prefix in ("/v1", "/v2"):
        nested.include_router(versions, prefix=prefix)
    app = FastAPI()
    app.include_router(nested, prefix="/api")
    app.include_router(plain)
    return app


def endpoints(app: FastAPI) -> Iterator[tuple[str, object]]:
    yield from ((str(each.name), each.endpoint) for each in iter_route_contexts(app.routes))


def scope(app: FastAPI, path: str, name: str) -> Scope:
    return {"app": app, "path": path, "root_path": "/shop", "endpoint": dict(endpoints(app))[name]}


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_router_that_is_included_twice_has_two_templates(app: FastAPI, version: str) -> None:
    found = route_template(scope(app, f"/shop/api/{version}/orders/7", "read_order"))
    assert found == RouteTemplate(f"/api/{version}/orders/{{order_id}}", is_only_one=False)


def test_a_route_has_one_template(app: FastAPI) -> None:
    found = route_template(scope(app, "/shop/status", "read_status"))
    assert found == RouteTemplate("/status", is_only_one=True)


def test_a_request_without_a_route_has_an_empty_template(app: FastAPI) -> None:
    assert route_template({"app": app, "path": "/x"}) == RouteTemplate("", is_only_one=True)
