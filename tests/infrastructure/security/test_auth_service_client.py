"""The client of the auth service accepts only complete, valid responses."""

import time

import pytest

from app.exceptions.shared.security_exceptions import AuthUnavailableError, InvalidTokenError
from app.infrastructure.security.token_verifier import TokenVerifier
from app.models.shared.principal import Principal
from tests.support.forged_tokens import make_token
from tests.support.scripted_auth_server import (
    Script,
    ScriptedAuthServer,
    close_connection,
    in_turn,
    make_principal_body,
    never_reply,
    reply,
    reply_json,
    reply_principal,
)
from tests.support.token_verifiers import OpenVerifier

ADA = Principal(user_id="7", username="ada", role="user")


async def test_a_valid_token_gives_the_principal_of_the_auth_service(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    token = make_token()

    assert await verifier.verify(token) == ADA
    assert auth_server.tokens == [token]


@pytest.mark.parametrize("status", [401, 403])
async def test_a_token_refused_by_the_auth_service_is_invalid(
    status: int, auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    auth_server.script = reply(status)

    for _ in range(5):
        with pytest.raises(InvalidTokenError):
            await verifier.verify(make_token())

    assert verifier.auth_is_available
    assert len(auth_server.tokens) == 5


async def test_a_malformed_token_causes_no_call(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    for token in ("", "x", make_token(exp=1), make_token(secret="another"), "\ud800"):
        with pytest.raises(InvalidTokenError):
            await verifier.verify(token)

    assert auth_server.connections == 0


@pytest.mark.parametrize(
    "role", ["Admin", "ADMIN", "admin ", "administrator", "root", "\u0430dmin"]
)
async def test_a_role_with_another_spelling_has_no_rights(
    role: str, auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    auth_server.script = reply_principal(role=role)

    caller = await verifier.verify(make_token())

    assert (caller.may_read, caller.is_admin) == (False, False)


async def test_only_the_exact_role_admin_is_an_admin(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    auth_server.script = in_turn(reply_principal(role="admin"), reply_principal(role="user"))

    admin, user = await verifier.verify(make_token()), await verifier.verify(make_token(sub="8"))

    assert (admin.may_read, admin.is_admin) == (True, True)
    assert (user.may_read, user.is_admin) == (True, False)


INVALID_BODIES = [
    b"",
    b"garbage",
    b"[" * 60_000,
    make_principal_body()[:-1],
    make_principal_body() + b"{}",
    b'{"role": "user", ' + make_principal_body()[1:],
    make_principal_body(pad=float("nan")),
    "\ufeff".encode() + make_principal_body(),
    make_principal_body().decode().encode("utf-16"),
    make_principal_body() + b"\xff",
]


@pytest.mark.parametrize("body", INVALID_BODIES, ids=lambda body: repr(body[:60]))
async def test_an_unreadable_200_response_is_an_outage(
    body: bytes, auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    auth_server.script = reply(200, body)

    with pytest.raises(AuthUnavailableError):
        await verifier.verify(make_token())

    assert len(auth_server.tokens) == 1


@pytest.mark.parametrize("status", [201, 204, 400, 404, 422, 429, 500, 501])
async def test_any_other_status_is_an_outage_without_a_retry(
    status: int, auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    body = b"" if status == 204 else make_principal_body()
    auth_server.script = reply(status, body)

    with pytest.raises(AuthUnavailableError):
        await verifier.verify(make_token())

    assert len(auth_server.tokens) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(
    status: int, auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    elsewhere = ScriptedAuthServer()
    await elsewhere.start()
    auth_server.script = reply(status, b"", f"Location: {elsewhere.url}/verify")

    with pytest.raises(AuthUnavailableError):
        await verifier.verify(make_token())
    await elsewhere.stop()

    assert elsewhere.connections == 0


async def test_a_proxy_from_the_environment_is_not_used(
    auth_server: ScriptedAuthServer, open_verifier: OpenVerifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    async with open_verifier() as verifier:
        assert await verifier.verify(make_token()) == ADA
    assert auth_server.connections == 1


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_a_gateway_error_is_retried(
    status: int, auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    auth_server.script = in_turn(reply(status), reply(status), reply_principal())

    assert await verifier.verify(make_token()) == ADA
    assert len(auth_server.tokens) == 3


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(close_connection(), id="hangs up"),
        pytest.param(never_reply(), id="is silent", marks=pytest.mark.short_attempts(retries=20)),
    ],
)
async def test_a_failed_attempt_is_retried(
    script: Script, auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    auth_server.script = in_turn(script, reply_principal())

    assert await verifier.verify(make_token()) == ADA


async def test_the_number_of_retries_is_configured(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    auth_server.script = reply(503)

    with pytest.raises(AuthUnavailableError):
        await verifier.verify(make_token())

    assert len(auth_server.tokens) == 4


async def test_cookies_of_a_response_are_not_sent_with_the_next_request(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    auth_server.script = reply(200, make_principal_body(), "Set-Cookie: session=admin; Path=/")

    for sub in ("7", "8"):
        await verifier.verify(make_token(sub=sub))

    assert auth_server.cookies == ["", ""]


async def test_unknown_members_are_ignored(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    auth_server.script = reply_json(
        user_id="7", username="ada", role="user", valid=True, roles=["admin"], exp=time.time()
    )

    assert await verifier.verify(make_token()) == ADA
