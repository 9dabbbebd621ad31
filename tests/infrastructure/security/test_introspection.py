"""Tokens are verified by introspection (RFC 7662) where AUTH_INTROSPECTION_URL is set."""

import logging
import time
from base64 import b64decode
from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.exceptions.shared.security_exceptions import (
    AccountNotUsableError,
    AuthUnavailableError,
    InvalidTokenError,
)
from app.infrastructure.security.token_verifier import TokenVerifier
from app.models.shared.principal import Principal
from tests.support.forged_tokens import make_token
from tests.support.scripted_auth_server import (
    Script,
    ScriptedAuthServer,
    close_connection,
    in_turn,
    never_reply,
    reply,
    reply_json,
)
from tests.support.token_verifiers import OpenVerifier

PATH = "/oauth2/introspect"
CLIENT = {"auth_client_id": "catalog:1", "auth_client_secret": "pass word/ä"}


def reply_active(**changed: Any) -> Script:
    members = {"active": True, "sub": "7", "username": "ada", "role": "user"} | changed
    return reply_json(**{name: value for name, value in members.items() if value is not ...})


@pytest.fixture
async def verifier(
    auth_server: ScriptedAuthServer, open_verifier: OpenVerifier
) -> AsyncIterator[TokenVerifier]:
    auth_server.script = reply_active()
    url = auth_server.url.replace("/api/v1/auth", PATH)
    async with open_verifier(auth_introspection_url=url, **CLIENT) as opened:
        yield opened


async def test_the_token_is_sent_as_a_form_by_an_authenticated_client(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    token = make_token()

    assert await verifier.verify(token) == Principal(user_id="7", username="ada", role="user")

    assert (auth_server.paths, auth_server.tokens) == ([PATH], [token])
    assert auth_server.other_members == [{"token_type_hint": "access_token"}]
    scheme, _, credentials = auth_server.credentials[0].partition(" ")
    # Encoded as a form before Base64 (RFC 6749, 2.3.1).
    assert (scheme, b64decode(credentials)) == ("Basic", b"catalog%3A1:pass+word%2F%C3%A4")


async def test_an_inactive_token_is_invalid(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    auth_server.script = reply_json(active=False)

    for _ in range(5):
        with pytest.raises(InvalidTokenError):
            await verifier.verify(make_token())

    assert verifier.auth_is_available
    assert len(auth_server.tokens) == 5


async def test_a_forged_token_causes_no_call(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    with pytest.raises(InvalidTokenError):
        await verifier.verify(make_token(secret="another"))

    assert auth_server.connections == 0


@pytest.mark.parametrize("active", [..., None, "true", 1, "false", []], ids=repr)
async def test_a_response_without_a_verdict_is_never_valid(
    active: object, auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    auth_server.script = reply_active(active=active)

    with pytest.raises(AuthUnavailableError):
        await verifier.verify(make_token())


@pytest.mark.parametrize(
    "changed",
    [{"sub": ...}, {"role": ...}, {"role": ["user"]}, {"username": 7}, {"exp": True}, {"exp": "1"}],
    ids=repr,
)
async def test_an_active_token_without_a_usable_account_is_that_callers_problem(
    changed: dict[str, Any], auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    auth_server.script = reply_active(**changed)

    for number in range(5):
        with pytest.raises(AccountNotUsableError):
            await verifier.verify(make_token(sub=str(number)))

    assert verifier.auth_is_available


async def test_a_user_without_a_name_is_named_by_the_subject(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    auth_server.script = reply_active(username=...)

    assert (await verifier.verify(make_token())).username == "7"


@pytest.mark.parametrize(("expires_in", "calls"), [(-1, 2), (0, 2), (300, 1)])
async def test_a_verdict_is_cached_until_the_auth_service_expects_the_end(
    expires_in: int, calls: int, auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    auth_server.script = reply_active(exp=int(time.time()) + expires_in)
    token = make_token()

    for _ in range(2):
        await verifier.verify(token)

    assert len(auth_server.tokens) == calls


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_client_is_an_outage_that_the_log_explains(
    status: int,
    auth_server: ScriptedAuthServer,
    verifier: TokenVerifier,
    caplog: pytest.LogCaptureFixture,
) -> None:
    auth_server.script = reply(status)
    caplog.set_level(logging.WARNING)

    for number in range(3):
        with pytest.raises(AuthUnavailableError):
            await verifier.verify(make_token(sub=str(number)))

    assert not verifier.auth_is_available
    lines = [line for line in caplog.messages if "AUTH_CLIENT_ID or AUTH_CLIENT_SECRET" in line]
    assert len(lines) == 1
    assert not any("pass" in line for line in caplog.messages)


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(reply(503), id="fails"),
        pytest.param(close_connection(), id="hangs up"),
        pytest.param(never_reply(), id="is silent", marks=pytest.mark.short_attempts(retries=20)),
    ],
)
async def test_a_failed_attempt_is_retried(
    script: Script, auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    auth_server.script = in_turn(script, reply_active())

    assert (await verifier.verify(make_token())).user_id == "7"


async def test_an_unreachable_service_is_asked_four_times(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    auth_server.script = reply(503)

    with pytest.raises(AuthUnavailableError):
        await verifier.verify(make_token())

    assert len(auth_server.tokens) == 4
