"""PUBLIC_READS opens routes with the guard `require_reader` to callers without a token."""

from collections.abc import AsyncIterator

import httpx
import pytest
from asgi_lifespan import LifespanManager
from fastapi import APIRouter, Response
from starlette.types import ASGIApp

from app.api.http.response_cache import cached_response
from app.api.http.route_options import ADMIN, READER
from app.api.http.strict_route import StrictRoute
from app.config.settings import Settings
from app.exceptions.base import NotFoundError
from app.main import create_app
from tests.support.problems import problem_of
from tests.support.settings_and_clients import Tokens, make_client

NOTICES = "/api/v1/notices"

router = APIRouter(route_class=StrictRoute)


@router.get(NOTICES.removeprefix("/api"), dependencies=READER)
@cached_response(tag="notices")
async def list_notices() -> Response:
    return Response(b"[]", media_type="application/json")


@router.get(f"{NOTICES.removeprefix('/api')}/1", dependencies=READER)
async def get_notice() -> Response:
    raise NotFoundError("Notice with ID 1 not found")


@router.post(NOTICES.removeprefix("/api"), dependencies=ADMIN)
async def create_notice() -> Response:
    return Response(status_code=204)


@router.delete(f"{NOTICES.removeprefix('/api')}/1", dependencies=ADMIN)
async def delete_notice() -> Response:
    return Response(status_code=204)


@pytest.fixture(params=[True, False], ids=["open", "closed"])
def is_open(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
async def notices(settings: Settings, *, is_open: bool) -> AsyncIterator[ASGIApp]:
    changed = settings.model_copy(update={"public_reads": is_open})
    async with LifespanManager(create_app(changed, router=router)) as manager:
        yield manager.app


@pytest.fixture
async def anonymous_client(notices: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    async with make_client(notices) as client:
        yield client


async def test_public_reads_open_get_routes_only(
    anonymous_client: httpx.AsyncClient, *, is_open: bool
) -> None:
    for _ in range(2):
        assert (await anonymous_client.get(NOTICES)).status_code == (200 if is_open else 401)
    problem_of(await anonymous_client.get(f"{NOTICES}/1"), 404 if is_open else 401)
    problem_of(await anonymous_client.post(NOTICES), 401)
    problem_of(await anonymous_client.delete(f"{NOTICES}/1"), 401)


async def test_a_given_token_is_checked_on_public_routes(notices: ASGIApp, tokens: Tokens) -> None:
    async with make_client(notices, "forged") as forger, make_client(notices, tokens.user) as user:
        assert (await user.get(NOTICES)).status_code == 200
        problem_of(await forger.get(NOTICES), 401)
        problem_of(await user.post(NOTICES), 403)


def test_the_openapi_document_requires_a_token_only_for_protected_routes(
    settings: Settings, *, is_open: bool
) -> None:
    changed = settings.model_copy(update={"public_reads": is_open})
    paths = create_app(changed, router=router).openapi()["paths"]

    optional = {
        (method, path)
        for path in (NOTICES, f"{NOTICES}/1")
        for method, operation in paths[path].items()
        if {} in operation["security"]
    }

    assert optional == ({("get", NOTICES), ("get", f"{NOTICES}/1")} if is_open else set())
