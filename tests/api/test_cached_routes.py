"""A cached route that undeclared guards could protect stops the start."""

from functools import wraps
from typing import Annotated, Any

import pytest
from fastapi import (
    APIRouter,
    Depends,
    Header,
    Query,
    Request,
    Response,
    Security,
)
from fastapi.security import HTTPBearer, SecurityScopes

from app.api.http.cached_routes import UnknownGuardError, require_known_guards
from app.api.http.rendering import json_response
from app.api.http.response_cache import cached_response
from app.api.http.strict_route import StrictRoute
from app.dependencies import IdempotencyServiceDep, authenticate, require_admin, require_user
from app.utils.guards import guard
from tests.support.cached_routes import Check, auditor, cached_router, make_app, require_auditor


def test_a_cached_route_with_an_undeclared_guard_stops_the_start() -> None:
    with pytest.raises(UnknownGuardError, match=r"list_reports \(/reports\).*require_auditor"):
        require_known_guards(make_app(cached_router(require_auditor)))


def test_a_cached_route_may_depend_on_declared_guards_and_services() -> None:
    router = cached_router(guard(require_user))

    @router.get("/one", dependencies=[Depends(require_user)])
    @cached_response(tag="reports")
    async def show_report(service: IdempotencyServiceDep) -> Response:
        return json_response({"found": service is not None})

    require_known_guards(make_app(router))


@pytest.mark.parametrize(
    "dependency", [Depends(auditor), Depends(authenticate), Security(HTTPBearer())]
)
def test_a_dependency_that_could_refuse_the_caller_stops_the_start(dependency: Any) -> None:
    router = APIRouter(route_class=StrictRoute)

    @router.get("")
    @cached_response(tag="reports")
    async def list_reports(found: Annotated[object, dependency]) -> Response:
        return json_response({"found": found is not None})

    with pytest.raises(UnknownGuardError, match="list_reports"):
        require_known_guards(make_app(router))


@pytest.mark.parametrize("check", [require_auditor, require_admin])
def test_a_guard_of_a_router_stops_the_start(check: Check) -> None:
    app = make_app(cached_router(require_user), dependencies=[Depends(check)])

    with pytest.raises(UnknownGuardError, match=check.__name__):
        require_known_guards(app)


def test_an_undeclared_guard_below_a_service_stops_the_start() -> None:
    async def reports(
        service: IdempotencyServiceDep, _: Annotated[object, Depends(auditor)]
    ) -> object:
        return service

    router = APIRouter(route_class=StrictRoute)

    @router.get("")
    @cached_response(tag="reports")
    async def list_reports(found: Annotated[object, Depends(reports)]) -> Response:
        return json_response({"found": found is not None})

    with pytest.raises(UnknownGuardError, match="list_reports"):
        require_known_guards(make_app(router))


def test_a_guard_with_parameters_besides_the_request_cannot_be_declared() -> None:
    async def require_owner(request: Request, owner: str) -> None:
        assert request.method == owner

    with pytest.raises(TypeError, match="require_owner"):
        guard(require_owner)


def test_a_cached_route_without_a_guard_stops_the_start() -> None:
    with pytest.raises(UnknownGuardError, match="has no guard"):
        require_known_guards(make_app(cached_router()))


def test_only_a_get_can_be_cached() -> None:
    router = APIRouter(route_class=StrictRoute)

    @router.post("", dependencies=[Depends(require_user)])
    @cached_response(tag="reports")
    async def make_report() -> Response:
        return json_response({})

    with pytest.raises(UnknownGuardError, match="POST"):
        require_known_guards(make_app(router))


def test_a_route_class_with_a_handler_of_its_own_cannot_be_cached() -> None:
    class CheckingRoute(StrictRoute):
        def get_route_handler(self) -> Check:
            return super().get_route_handler()

    router = APIRouter(route_class=CheckingRoute)

    @router.get("", dependencies=[Depends(require_user)])
    @cached_response(tag="reports")
    async def list_reports() -> Response:
        return json_response({})

    with pytest.raises(UnknownGuardError, match="StrictRoute"):
        require_known_guards(make_app(router))


def test_a_decorator_around_a_cached_endpoint_is_refused() -> None:
    @cached_response(tag="reports")
    async def list_reports() -> Response:
        return json_response({})

    @wraps(list_reports)
    async def checked() -> Response:
        return await list_reports()

    router = APIRouter(route_class=StrictRoute)
    with pytest.raises(TypeError, match="list_reports"):
        router.add_api_route("", checked)


@pytest.mark.parametrize(
    "parameter",
    [
        Annotated[object, Depends(require_auditor)],
        Annotated[str, Header()],
        Annotated[str, Query()],
        SecurityScopes,
    ],
)
def test_a_guard_that_needs_what_only_fastapi_provides_stops_the_start(parameter: Any) -> None:
    async def require_more(request: Request, more: Any = None) -> None:
        await require_auditor(request)
        assert more is None

    require_more.__annotations__["more"] = parameter

    with pytest.raises(UnknownGuardError, match="list_reports"):
        require_known_guards(make_app(cached_router(guard(require_more))))
