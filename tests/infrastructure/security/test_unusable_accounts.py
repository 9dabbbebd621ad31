"""Responses of the auth service that are of no use for one account, among many other callers."""

import asyncio
import itertools
import json
import logging
from collections.abc import Iterator

import pytest

from app.exceptions.shared.security_exceptions import (
    AccountNotUsableError,
    AuthUnavailableError,
    InvalidTokenError,
)
from app.infrastructure.security.opening import AuthTiming
from app.infrastructure.security.token_verifier import TokenVerifier
from app.utils import base64url
from tests.support.forged_tokens import make_token
from tests.support.scripted_auth_server import (
    Script,
    ScriptedAuthServer,
    close_connection,
    make_principal_body,
    never_reply,
    reply,
    reply_principal,
)
from tests.support.token_verifiers import OpenVerifier

VALUE = "a-value-that-no-log-may-contain"
UNUSABLE = {
    "no object": b"null",
    "a list": b"[]",
    "a string": b'"admin"',
    "user_id": make_principal_body(user_id=None),
    "user_id number": make_principal_body(user_id=7),
    "user_id huge": b'{"user_id": 1e9999999, "username": "ada", "role": "user"}',
    "user_id empty": make_principal_body(user_id=""),
    "user_id NUL": make_principal_body(user_id=f"{VALUE}\x00"),
    "user_id surrogate": make_principal_body(user_id=f"{VALUE}\ud800"),
    "user_id long": make_principal_body(user_id=VALUE * 10),
    "username list": make_principal_body(username=[VALUE]),
    "username long": make_principal_body(username=VALUE * 10),
    "role list": make_principal_body(role=[VALUE]),
    "role object": make_principal_body(role={VALUE: True}),
    "role true": make_principal_body(role=True),
    "role null": make_principal_body(role=None),
    "role missing": make_principal_body().replace(b'"role"', b'"Role"'),
    "nothing": b"{}",
}
every_unusable = pytest.mark.parametrize("body", UNUSABLE.values(), ids=UNUSABLE.keys())


@every_unusable
async def test_an_unusable_account_is_that_callers_403(
    body: bytes, auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    auth_server.script = reply(200, body)

    for number in range(20):
        with pytest.raises(AccountNotUsableError):
            await verifier.verify(make_token(sub=str(number)))

    assert verifier.auth_is_available
    auth_server.script = reply_principal()
    assert await verifier.verify(make_token(sub="other"))


@pytest.mark.parametrize("field", ["user_id", "username", "role"])
async def test_one_log_line_names_the_field_but_neither_token_nor_value(
    field: str,
    auth_server: ScriptedAuthServer,
    verifier: TokenVerifier,
    caplog: pytest.LogCaptureFixture,
) -> None:
    auth_server.script = reply(200, make_principal_body(**{field: [VALUE]}))
    token = make_token()

    for _ in range(10):
        with pytest.raises(AccountNotUsableError):
            await verifier.verify(token)

    (line,) = [record.getMessage() for record in caplog.records if record.name.startswith("app")]
    assert f"`{field}`" in line
    assert not any(secret in caplog.text for secret in (token, token[-20:], VALUE))


@pytest.mark.parametrize("status", [400, 404, 422, 429])
async def test_a_client_error_for_one_token_says_nothing_about_the_service(
    status: int,
    auth_server: ScriptedAuthServer,
    verifier: TokenVerifier,
    caplog: pytest.LogCaptureFixture,
) -> None:
    auth_server.script = reply(status)

    for number in range(20):
        with pytest.raises(AuthUnavailableError):
            await verifier.verify(make_token(sub=str(number)))

    assert verifier.auth_is_available
    (line,) = [record.getMessage() for record in caplog.records if record.name.startswith("app")]
    assert str(status) in line


every_fault = pytest.mark.parametrize(
    "fault",
    [
        pytest.param(reply(500), id="error"),
        pytest.param(reply(503), id="gateway"),
        pytest.param(reply(302, b"", "Location: http://127.0.0.1:9/"), id="redirect"),
        pytest.param(reply(200, b"<html>"), id="not JSON"),
        pytest.param(reply(204), id="another success"),
        pytest.param(close_connection(), id="hang up"),
        pytest.param(never_reply(), id="silence", marks=pytest.mark.short_attempts(retries=0)),
        pytest.param(reply(200, b" " * 70_000), id="over-long"),
    ],
)


@every_fault
async def test_a_fault_for_one_token_does_not_lock_out_the_others(
    fault: Script, auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    auth_server.script = fault
    token = make_token()
    for _ in range(5):
        with pytest.raises(AuthUnavailableError):
            await verifier.verify(token)

    assert verifier.auth_is_available
    auth_server.script = reply_principal()
    assert await verifier.verify(make_token(sub="other"))


@every_fault
async def test_a_fault_for_several_tokens_opens_the_circuit(
    fault: Script, auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    auth_server.script = fault
    for number in range(3):
        assert verifier.auth_is_available
        with pytest.raises(AuthUnavailableError):
            await verifier.verify(make_token(sub=str(number)))

    assert not verifier.auth_is_available


async def test_one_caller_without_a_connection_opens_the_circuit(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    await auth_server.stop()

    with pytest.raises(AuthUnavailableError):
        await verifier.verify(make_token())

    assert not verifier.auth_is_available


class Accounts:
    """An auth service with some unusable accounts among the others."""

    def __init__(self, server: ScriptedAuthServer, unusable: Iterator[Script]) -> None:
        self._tokens = server.tokens
        self._unusable = unusable

    async def __call__(self, writer: asyncio.StreamWriter) -> None:
        token = self._tokens[-1]
        subject = json.loads(base64url.decode(token.split(".")[1]))["sub"]
        script = (
            next(self._unusable) if subject.startswith("bad") else reply_principal(user_id=subject)
        )
        await script(writer)


async def test_five_hundred_callers_lose_no_request_to_unusable_accounts_among_them(
    auth_server: ScriptedAuthServer, open_verifier: OpenVerifier, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="app")
    responses = [reply(200, body) for body in UNUSABLE.values()]
    responses += [reply(status) for status in (400, 401, 403, 404, 422, 429)]
    auth_server.script = Accounts(auth_server, itertools.cycle(responses))
    lost: list[BaseException] = []
    refused = 0

    async def use(verifier: TokenVerifier, token: str, subject: str) -> None:
        try:
            assert (await verifier.verify(token)).user_id == subject
        except Exception as error:  # noqa: BLE001 - every error is a lost request
            lost.append(error)

    async def hammer(verifier: TokenVerifier, token: str) -> None:
        nonlocal refused
        for _ in range(20):
            with pytest.raises((AccountNotUsableError, InvalidTokenError, AuthUnavailableError)):
                await verifier.verify(token)
            refused += 1

    timing = AuthTiming(queue_seconds=30, total_seconds=30)
    async with open_verifier(timing, external_api_timeout=30) as verifier:
        good = {f"good-{number}": make_token(sub=f"good-{number}") for number in range(450)}
        bad = [make_token(sub=f"bad-{number}") for number in range(50)]
        await asyncio.gather(
            *(hammer(verifier, token) for token in bad),
            *(use(verifier, token, subject) for subject, token in good.items()),
        )
        assert verifier.auth_is_available

    assert (lost, refused) == ([], 1000)
    assert len([record for record in caplog.records if record.name.startswith("app")]) <= len(
        responses
    )
