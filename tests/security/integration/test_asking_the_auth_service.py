"""What the auth service may do to us, and what then happens."""

import time

import pytest

from app.exceptions.security_exceptions import AuthUnavailableError, InvalidTokenError
from app.infrastructure.security.token_verifier import TokenVerifier
from app.models.principal import Principal
from tests.security.conftest import OpenVerifier
from tests.security.scripted_auth_server import (
    Script,
    ScriptedAuthServer,
    document,
    hang_up,
    in_turn,
    make_answer,
    principal,
    reply,
    silence,
)
from tests.security.tokens import make_token

ADA = Principal(user_id="7", username="ada", role="user")


async def test_a_valid_token_gives_the_principal_the_auth_service_names(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    token = make_token()

    assert await verifier.verify(token) == ADA
    assert auth_server.tokens == [token]


@pytest.mark.parametrize("status", [401, 403])
async def test_a_token_that_the_auth_service_refuses_is_invalid(
    status: int, auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    auth_server.script = reply(status)

    for _ in range(5):
        with pytest.raises(InvalidTokenError):
            await verifier.verify(make_token())

    assert verifier.auth_is_available
    assert len(auth_server.tokens) == 5


async def test_a_token_that_is_wrong_by_itself_is_not_even_asked_about(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    for token in ("", "x", make_token(exp=1), make_token(secret="another"), "\ud800"):
        with pytest.raises(InvalidTokenError):
            await verifier.verify(token)

    assert auth_server.connections == 0


@pytest.mark.parametrize(
    "role", ["Admin", "ADMIN", "admin ", "administrator", "root", "\u0430dmin"]
)
async def test_a_role_in_another_spelling_may_do_nothing(
    role: str, auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    auth_server.script = principal(role=role)

    caller = await verifier.verify(make_token())

    assert (caller.may_read, caller.is_admin) == (False, False)


async def test_only_an_admin_is_an_admin(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    auth_server.script = in_turn(principal(role="admin"), principal(role="user"))

    admin, user = await verifier.verify(make_token()), await verifier.verify(make_token(sub="8"))

    assert (admin.may_read, admin.is_admin) == (True, True)
    assert (user.may_read, user.is_admin) == (True, False)


UNUSABLE_BODIES = [
    b"",
    b"garbage",
    b"null",
    b"[]",
    b'"admin"',
    b"{}",
    b"[" * 60_000,
    make_answer()[:-1],
    make_answer() + b"{}",
    make_answer(user_id=None),
    make_answer(user_id=7),
    make_answer(user_id=""),
    make_answer(user_id="7\x00"),
    make_answer(user_id="\ud800"),
    make_answer(user_id="7" * 256),
    make_answer(username=["ada"]),
    make_answer(role=["admin"]),
    make_answer(role={"admin": True}),
    make_answer(role=True),
    make_answer(role=None),
    make_answer().replace(b'"role"', b'"Role"'),
    b'{"role": "user", ' + make_answer()[1:],
    make_answer(pad=float("nan")),
    "\ufeff".encode() + make_answer(),
    make_answer().decode().encode("utf-16"),
    make_answer() + b"\xff",
]


@pytest.mark.parametrize("body", UNUSABLE_BODIES, ids=lambda body: repr(body[:60]))
async def test_a_yes_that_cannot_be_read_is_no_yes(
    body: bytes, auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    auth_server.script = reply(200, body)

    with pytest.raises(AuthUnavailableError):
        await verifier.verify(make_token())

    assert len(auth_server.tokens) == 1


@pytest.mark.parametrize("status", [201, 204, 400, 404, 422, 429, 500, 501])
async def test_any_other_status_is_no_answer_and_is_not_asked_again(
    status: int, auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    body = b"" if status == 204 else make_answer()
    auth_server.script = reply(status, body)

    with pytest.raises(AuthUnavailableError):
        await verifier.verify(make_token())

    assert len(auth_server.tokens) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_leads_nowhere(
    status: int, auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    elsewhere = ScriptedAuthServer()
    await elsewhere.start()
    auth_server.script = reply(status, b"", f"Location: {elsewhere.url}/verify")

    with pytest.raises(AuthUnavailableError):
        await verifier.verify(make_token())
    await elsewhere.stop()

    assert elsewhere.connections == 0


async def test_a_proxy_named_in_the_environment_is_not_used(
    auth_server: ScriptedAuthServer, open_verifier: OpenVerifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    async with open_verifier() as verifier:
        assert await verifier.verify(make_token()) == ADA
    assert auth_server.connections == 1


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_a_gateway_that_finds_nobody_is_asked_again(
    status: int, auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    auth_server.script = in_turn(reply(status), reply(status), principal())

    assert await verifier.verify(make_token()) == ADA
    assert len(auth_server.tokens) == 3


@pytest.mark.parametrize("script", [hang_up(), silence()], ids=["hangs up", "is silent"])
async def test_a_failed_attempt_is_repeated(
    script: Script, auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    auth_server.script = in_turn(script, principal())

    assert await verifier.verify(make_token()) == ADA


async def test_attempts_end_after_the_configured_retries(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    auth_server.script = reply(503)

    with pytest.raises(AuthUnavailableError):
        await verifier.verify(make_token())

    assert len(auth_server.tokens) == 4


async def test_cookies_of_one_answer_do_not_go_with_the_next_question(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    auth_server.script = reply(200, make_answer(), "Set-Cookie: session=admin; Path=/")

    for sub in ("7", "8"):
        await verifier.verify(make_token(sub=sub))

    assert auth_server.cookies == ["", ""]


async def test_members_that_nobody_asked_for_are_ignored(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    auth_server.script = document(
        user_id="7", username="ada", role="user", valid=True, roles=["admin"], exp=time.time()
    )

    assert await verifier.verify(make_token()) == ADA
