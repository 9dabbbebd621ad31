"""Keys from JWT_JWKS_URL: rotation, outages and limits, with real servers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any, TypeAlias

import pytest

from app.exceptions.shared.security_exceptions import AuthUnavailableError, InvalidTokenError
from app.infrastructure.security.auth_client import MAX_RESPONSE_BYTES
from app.infrastructure.security.opening import open_token_verifier
from app.infrastructure.security.token_verifier import TokenVerifier
from tests.support.forged_tokens import make_token
from tests.support.key_sets import KeySetServer, generate, public_jwk, signed_token
from tests.support.scripted_auth_server import ScriptedAuthServer
from tests.support.token_verifiers import TIMING as AUTH_TIMING
from tests.support.token_verifiers import make_auth_settings
from tests.support.waiting import eventually

OLD, NEW = generate("ES256"), generate("ES256")
NEVER = 3600.0
# Background loads are an hour apart: only those of unknown keys count.
TIMING = replace(
    AUTH_TIMING,
    key_refresh_seconds=NEVER,
    key_cooldown_seconds=0.0,
    key_wait_seconds=20,
)

Open: TypeAlias = Callable[..., AbstractAsyncContextManager[TokenVerifier]]


def token(key: Any = OLD, kid: str | None = "old", **claims: Any) -> str:
    return signed_token(key, "ES256", kid=kid, **claims)


@pytest.fixture
async def key_server() -> AsyncIterator[KeySetServer]:
    server = KeySetServer()
    server.publish(public_jwk(OLD, kid="old"))
    await server.start()
    yield server
    server.may_reply.set()
    await server.stop()


@pytest.fixture(params=["python-jose", "pyjwt"])
def open_keys(
    request: pytest.FixtureRequest, key_server: KeySetServer, auth_server: ScriptedAuthServer
) -> Open:
    def opened(**timing: Any) -> AbstractAsyncContextManager[TokenVerifier]:
        settings = make_auth_settings(
            auth_server.url,
            jwt_algorithm="ES256",
            jwt_jwks_url=key_server.url,
            jwt_library=request.param,
        )
        return open_token_verifier(settings, replace(TIMING, **timing))

    return opened


async def test_two_keys_are_valid_at_once(open_keys: Open, key_server: KeySetServer) -> None:
    key_server.publish(public_jwk(OLD, kid="old"), public_jwk(NEW, kid="new"))
    async with open_keys() as verifier:
        assert (await verifier.verify(token())).user_id == "7"
        assert (await verifier.verify(token(NEW, "new"))).user_id == "7"
        for wrong in (token(NEW, "old"), token(OLD, "new"), token(OLD, None)):
            with pytest.raises(InvalidTokenError):
                await verifier.verify(wrong)


async def test_a_single_key_needs_no_name(open_keys: Open) -> None:
    async with open_keys() as verifier:
        assert await verifier.verify(token(OLD, None))


async def test_a_shared_secret_is_no_key(open_keys: Open) -> None:
    async with open_keys() as verifier:
        await verifier.verify(token())
        with pytest.raises(InvalidTokenError):
            await verifier.verify(make_token())


async def test_an_unknown_key_is_loaded_before_its_token_is_refused(
    open_keys: Open, key_server: KeySetServer
) -> None:
    async with open_keys() as verifier:
        await verifier.verify(token())
        key_server.publish(public_jwk(NEW, kid="new"))

        assert (await verifier.verify(token(NEW, "new"))).user_id == "7"
        with pytest.raises(InvalidTokenError):
            await verifier.verify(token(n=1))


async def test_callers_with_unknown_keys_share_one_load(
    open_keys: Open, key_server: KeySetServer
) -> None:
    async with open_keys(key_cooldown_seconds=NEVER) as verifier:
        await eventually(lambda: key_server.requests == 1)
    key_server.requests = 0
    key_server.may_reply.clear()
    async with open_keys(key_cooldown_seconds=NEVER) as verifier:
        calls = [asyncio.create_task(verifier.verify(token(n=n))) for n in range(20)]
        await eventually(lambda: key_server.requests == 1)
        key_server.may_reply.set()
        assert len(await asyncio.gather(*calls)) == 20
        for n in range(20):
            with pytest.raises(InvalidTokenError):
                await verifier.verify(token(NEW, f"unknown-{n}"))
    assert key_server.requests == 1


async def test_the_last_keys_are_kept_through_an_outage(
    open_keys: Open, key_server: KeySetServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_keys() as verifier:
        await verifier.verify(token())
        for status, document in ((500, {}), (302, {}), (200, b"<html>"), (200, {"keys": []})):
            key_server.status, key_server.document = status, document
            # Whether the key exists cannot be known now.
            with pytest.raises(AuthUnavailableError):
                await verifier.verify(token(NEW, "new"))
            assert await verifier.verify(token(status=status))
        assert "the last keys stay in use" in caplog.text
        assert verifier.auth_is_available
        key_server.status = 200
        key_server.publish(public_jwk(NEW, kid="new"))
        assert await verifier.verify(token(NEW, "new"))


async def test_without_any_key_no_token_is_refused_or_accepted(
    open_keys: Open, key_server: KeySetServer
) -> None:
    await key_server.stop()
    async with open_keys() as verifier:
        with pytest.raises(AuthUnavailableError):
            await verifier.verify(token())
        with pytest.raises(AuthUnavailableError):
            verifier.read_subject(token())
        with pytest.raises(InvalidTokenError):
            await verifier.verify("malformed")
        assert not verifier.auth_is_available
        await key_server.start()
        assert await verifier.verify(token())
        assert verifier.auth_is_available


async def test_a_caller_waits_for_a_slow_server_for_a_limited_time(
    open_keys: Open, key_server: KeySetServer
) -> None:
    key_server.may_reply.clear()
    async with open_keys(key_wait_seconds=0.01) as verifier:
        with pytest.raises(AuthUnavailableError):
            await verifier.verify(token())
        key_server.may_reply.set()

        async def is_loaded() -> bool:
            return verifier.auth_is_available

        await eventually(is_loaded)
        assert await verifier.verify(token())
    assert key_server.requests == 1


async def test_a_response_that_is_too_large_is_not_used(
    open_keys: Open, key_server: KeySetServer
) -> None:
    large = public_jwk(OLD, kid="old", x5c=["M" * MAX_RESPONSE_BYTES])
    key_server.publish(large)
    async with open_keys() as verifier:
        with pytest.raises(AuthUnavailableError):
            await verifier.verify(token())


async def test_a_key_that_is_no_longer_published_is_refused_after_the_next_load(
    open_keys: Open, key_server: KeySetServer
) -> None:
    async with open_keys(key_refresh_seconds=0.01, key_cooldown_seconds=NEVER) as verifier:
        await verifier.verify(token())
        key_server.publish(public_jwk(NEW, kid="new"))

        async def is_refused() -> bool:
            try:
                verifier.read_subject(token(n=key_server.requests))
            except InvalidTokenError:
                return True
            return False

        await eventually(is_refused)
