"""Accounts for which the auth service itself fails, among callers for whom it works."""

import asyncio
import itertools

from app.exceptions.shared.security_exceptions import AuthUnavailableError
from app.infrastructure.security.opening import AuthTiming
from tests.support.forged_tokens import make_token
from tests.support.scripted_auth_server import (
    ScriptedAuthServer,
    close_connection,
    reply,
    reply_principal,
)
from tests.support.token_verifiers import OpenVerifier


async def test_callers_keep_their_service_while_the_calls_for_five_others_always_fail(
    auth_server: ScriptedAuthServer, open_verifier: OpenVerifier
) -> None:
    bad = [make_token(sub=f"bad-{number}") for number in range(5)]
    faults = itertools.cycle(
        [reply(500), reply(302), reply(200, b"{"), reply(200, b"\xe9"), close_connection()]
    )

    async def script(writer: asyncio.StreamWriter) -> None:
        is_bad = auth_server.tokens[-1] in bad
        await (next(faults) if is_bad else reply_principal())(writer)

    auth_server.script = script
    # No failure comes later than `open_seconds` after a success, however slow the machine is.
    timing = AuthTiming(queue_seconds=30, total_seconds=30, open_seconds=3600)

    async with open_verifier(timing, external_api_timeout=30, external_api_max_retries=0) as used:
        for number in range(10):
            await used.verify(make_token(sub=f"good-{number}"))
            outcomes = await asyncio.gather(*map(used.verify, bad), return_exceptions=True)
            assert {type(each) for each in outcomes} == {AuthUnavailableError}

        assert used.auth_is_available
