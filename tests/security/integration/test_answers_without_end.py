"""Answers that take too long, or are."""

import asyncio

import pytest

from app.exceptions.security_exceptions import AuthUnavailableError
from app.infrastructure.security.token_verifier import TokenVerifier
from app.models.principal import Principal
from tests.security.patience import until
from tests.security.scripted_auth_server import (
    Script,
    ScriptedAuthServer,
    drip,
    flood,
    in_turn,
    make_answer,
    principal,
    reply,
    silence,
)
from tests.security.tokens import make_token

ADA = Principal(user_id="7", username="ada", role="user")
ENDLESS = {
    "silence": silence(),
    "drip in the status line": drip(b"HTTP/1.1 200 "),
    "drip in the headers": drip(b"HTTP/1.1 200 OK\r\nX-Slow: "),
    "drip in the body": drip(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n{"),
    "drip in a chunk": drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\n"),
    "drip of a refusal": drip(b"HTTP/1.1 401 No\r\nContent-Length: 60000\r\n\r\n"),
}


@pytest.mark.parametrize("script", ENDLESS.values(), ids=ENDLESS.keys())
async def test_an_answer_without_end_is_given_up_within_the_time_for_all_attempts(
    script: Script, auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    auth_server.script = script

    async with asyncio.timeout(5):
        with pytest.raises(AuthUnavailableError):
            await verifier.verify(make_token())

    # one attempt has 0.15 s of the 0.4 s, so that a drip which resets its timeout shows here
    assert 2 <= len(auth_server.tokens) <= 4


async def test_an_attempt_given_up_frees_its_connection(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    auth_server.script = in_turn(drip(b"HTTP/1.1 200 OK\r\nX-Slow: "), principal())

    assert await verifier.verify(make_token()) == ADA

    await until(lambda: auth_server.open_connections == 1)


HUGE = {
    "long body": flood(b"x" * 65_536, 200),
    "one byte too many": reply(200, b" " * (65_537 - len(make_answer())) + make_answer()),
    "long headers": drip(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 200_000),
    "compressed": reply(200, b"\x1f\x8b\x08\x00", "Content-Encoding: gzip"),
}


@pytest.mark.parametrize("script", HUGE.values(), ids=HUGE.keys())
async def test_an_over_long_or_packed_answer_is_no_answer(
    script: Script, auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    auth_server.script = script

    with pytest.raises(AuthUnavailableError):
        await verifier.verify(make_token())


async def test_an_answer_of_just_the_allowed_length_is_read(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    auth_server.script = reply(200, b" " * (65_536 - len(make_answer())) + make_answer())

    assert (await verifier.verify(make_token())).is_admin
