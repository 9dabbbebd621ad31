"""Slow or too long responses of the auth service are abandoned."""

import asyncio
from dataclasses import replace

import pytest

from app.exceptions.shared.security_exceptions import AuthUnavailableError
from app.infrastructure.security.token_verifier import TokenVerifier
from app.models.shared.principal import Principal
from tests.support.forged_tokens import make_token
from tests.support.scripted_auth_server import (
    Script,
    ScriptedAuthServer,
    in_turn,
    make_principal_body,
    never_reply,
    reply,
    reply_principal,
    send_chunks,
    send_endlessly,
)
from tests.support.token_verifiers import TIMING, OpenVerifier
from tests.support.waiting import eventually

ADA = Principal(user_id="7", username="ada", role="user")
ENDLESS = {
    "silence": never_reply(),
    "drip in the status line": send_endlessly(b"HTTP/1.1 200 "),
    "drip in the headers": send_endlessly(b"HTTP/1.1 200 OK\r\nX-Slow: "),
    "drip in the body": send_endlessly(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n{"),
    "drip in a chunk": send_endlessly(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\n"
    ),
    "drip of a refusal": send_endlessly(b"HTTP/1.1 401 No\r\nContent-Length: 60000\r\n\r\n"),
}


every_endless = pytest.mark.parametrize("script", ENDLESS.values(), ids=ENDLESS.keys())


@pytest.mark.short_attempts(retries=4)
@every_endless
async def test_an_endless_response_is_abandoned_within_the_timeout_of_an_attempt(
    script: Script, auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    auth_server.script = script

    async with asyncio.timeout(10):
        with pytest.raises(AuthUnavailableError):
            await verifier.verify(make_token())

    # More than one: a timeout that each byte resets would leave no time for the next attempt.
    assert 2 <= len(auth_server.tokens) <= 5


@every_endless
async def test_an_endless_response_is_abandoned_within_the_total_timeout(
    script: Script, auth_server: ScriptedAuthServer, open_verifier: OpenVerifier
) -> None:
    auth_server.script = script

    async with open_verifier(replace(TIMING, total_seconds=0.15)) as verifier, asyncio.timeout(10):
        with pytest.raises(AuthUnavailableError):
            await verifier.verify(make_token())


@pytest.mark.short_attempts(retries=20)
async def test_an_abandoned_attempt_frees_its_connection(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    auth_server.script = in_turn(send_endlessly(b"HTTP/1.1 200 OK\r\nX-Slow: "), reply_principal())

    assert await verifier.verify(make_token()) == ADA

    await eventually(lambda: auth_server.open_connections == 1)


HUGE = {
    "long body": send_chunks(b"x" * 65_536, 200),
    "one byte too many": reply(
        200, b" " * (65_537 - len(make_principal_body())) + make_principal_body()
    ),
    "long headers": send_endlessly(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 200_000),
    "compressed": reply(200, b"\x1f\x8b\x08\x00", "Content-Encoding: gzip"),
}


@pytest.mark.parametrize("script", HUGE.values(), ids=HUGE.keys())
async def test_a_too_long_or_compressed_response_is_refused(
    script: Script, auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    auth_server.script = script

    with pytest.raises(AuthUnavailableError):
        await verifier.verify(make_token())


async def test_a_response_at_the_size_limit_is_read(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    auth_server.script = reply(
        200, b" " * (65_536 - len(make_principal_body())) + make_principal_body()
    )

    assert (await verifier.verify(make_token())).is_admin
