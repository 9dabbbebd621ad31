from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager

import pytest

from app.infrastructure.security.opening import AuthTiming, open_token_verifier
from app.infrastructure.security.token_verifier import TokenVerifier
from tests.support.scripted_auth_server import ScriptedAuthServer
from tests.support.token_decoding import LIBRARIES, chosen
from tests.support.token_verifiers import (
    SHORT_ATTEMPT_SECONDS,
    TIMING,
    OpenVerifier,
    make_auth_settings,
)


@pytest.fixture(scope="module", params=LIBRARIES)
def library(request: pytest.FixtureRequest) -> Iterator[str]:
    """Run the tests of a module with each library that verifies signatures."""
    chosen["library"] = request.param
    yield request.param
    chosen["library"] = "python-jose"


@pytest.fixture
async def auth_server() -> AsyncIterator[ScriptedAuthServer]:
    server = ScriptedAuthServer()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def open_verifier(auth_server: ScriptedAuthServer, request: pytest.FixtureRequest) -> OpenVerifier:
    defaults: dict[str, object] = {}
    if marker := request.node.get_closest_marker("short_attempts"):
        defaults = {
            "external_api_timeout": SHORT_ATTEMPT_SECONDS,
            "external_api_max_retries": marker.kwargs["retries"],
        }

    def opened(
        timing: AuthTiming = TIMING, **overrides: object
    ) -> AbstractAsyncContextManager[TokenVerifier]:
        settings = make_auth_settings(auth_server.url, **defaults | overrides)
        return open_token_verifier(settings, timing)

    return opened


@pytest.fixture
async def verifier(open_verifier: OpenVerifier) -> AsyncIterator[TokenVerifier]:
    async with open_verifier() as opened:
        yield opened
