from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest

from app.config.settings import Settings
from app.infrastructure.security.token_verifier import (
    AuthTiming,
    TokenVerifier,
    open_token_verifier,
)
from tests.security.scripted_auth_server import ScriptedAuthServer
from tests.security.tokens import SECRET

FAST = AuthTiming(
    total_seconds=0.4,
    backoff_seconds=0.01,
    open_seconds=0.2,
    probe_patience_seconds=0.1,
    failures_to_open=3,
)


def make_settings(url: str, **overrides: object) -> Settings:
    values: dict[str, object] = {
        "database_url": "postgresql://nobody@127.0.0.1/none",
        "jwt_secret_key": SECRET,
        "auth_service_url": url,
        "external_api_timeout": 0.15,
        "external_api_max_retries": 3,
    }
    return Settings.model_validate(values | overrides)


@pytest.fixture
async def auth_server() -> AsyncIterator[ScriptedAuthServer]:
    server = ScriptedAuthServer()
    await server.start()
    yield server
    await server.stop()


OpenVerifier = Callable[..., AbstractAsyncContextManager[TokenVerifier]]


@pytest.fixture
def open_verifier(auth_server: ScriptedAuthServer) -> OpenVerifier:
    def opened(
        timing: AuthTiming = FAST, **overrides: object
    ) -> AbstractAsyncContextManager[TokenVerifier]:
        return open_token_verifier(make_settings(auth_server.url, **overrides), timing)

    return opened


@pytest.fixture
async def verifier(open_verifier: OpenVerifier) -> AsyncIterator[TokenVerifier]:
    async with open_verifier() as opened:
        yield opened
