"""The auth service goes away and comes back."""

import asyncio
import contextlib
import logging
import time

import pytest

from app.exceptions.security_exceptions import AuthUnavailableError
from app.infrastructure.security.token_verifier import (
    TokenVerifier,
    open_token_verifier,
)
from tests.security.conftest import FAST, make_settings
from tests.security.patience import until
from tests.security.scripted_auth_server import (
    Script,
    ScriptedAuthServer,
    after,
    hang_up,
    in_turn,
    principal,
    reply,
    silence,
)
from tests.security.tokens import make_token

OUTAGES = {
    "silence": silence(),
    "hang up": hang_up(),
    "gateway": reply(503),
    "error": reply(500),
    "garbage": reply(200, b"<html>"),
}


async def test_nothing_is_asked_until_the_first_token_comes(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    assert verifier.auth_is_available
    assert auth_server.connections == 0


@pytest.mark.parametrize("script", OUTAGES.values(), ids=OUTAGES.keys())
async def test_a_service_known_to_be_down_is_not_asked(
    script: Script, auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    auth_server.script = script
    await _break(verifier)
    asked = len(auth_server.tokens)

    with pytest.raises(AuthUnavailableError) as refusal:
        await verifier.verify(make_token())

    assert refusal.value.retry_after >= 1
    assert len(auth_server.tokens) == asked


@pytest.mark.parametrize("script", OUTAGES.values(), ids=OUTAGES.keys())
async def test_a_service_that_returns_is_used_again(
    script: Script, auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    auth_server.script = script
    await _break(verifier)

    auth_server.script = principal()

    await _until_verified(verifier)
    assert verifier.auth_is_available


async def test_a_service_that_was_never_there_is_used_once_it_is() -> None:
    server = ScriptedAuthServer()
    await server.start()
    await server.stop()

    async with open_token_verifier(make_settings(server.url), FAST) as verifier:
        await _break(verifier)
        await server.start()
        await _until_verified(verifier)
    await server.stop()


async def test_a_restart_between_two_questions_goes_unnoticed(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    await verifier.verify(make_token(sub="7"))
    await auth_server.stop()
    await auth_server.start()

    assert await verifier.verify(make_token(sub="8"))


async def test_known_tokens_are_served_through_an_outage(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    known = make_token(sub="known")
    await verifier.verify(known)

    await auth_server.stop()
    await _break(verifier)

    assert (await verifier.verify(known)).username == "ada"


async def test_one_refused_caller_after_another_probes_a_service_that_is_down(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    auth_server.script = silence()
    await _break(verifier)
    await until(lambda: verifier.auth_is_available)
    asked = len(auth_server.tokens)

    refusals = await asyncio.gather(
        *(verifier.verify(make_token(sub=str(n))) for n in range(20)), return_exceptions=True
    )

    assert {type(refusal) for refusal in refusals} == {AuthUnavailableError}
    assert len(auth_server.tokens) == asked + 1


async def test_a_probe_whose_caller_was_sent_away_still_ends_the_outage(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    auth_server.script = silence()
    await _break(verifier)
    await until(lambda: verifier.auth_is_available)
    auth_server.script = in_turn(after(0.15, principal()), principal())

    with pytest.raises(AuthUnavailableError):
        await verifier.verify(make_token())

    await _until_verified(verifier)
    assert verifier.auth_is_available


async def test_a_caller_the_service_cannot_handle_does_not_shut_out_the_others(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    for _ in range(5):
        auth_server.script = reply(500)
        with pytest.raises(AuthUnavailableError):
            await verifier.verify(make_token(sub="poison"))
        auth_server.script = principal()
        await verifier.verify(make_token(sub=str(time.monotonic_ns())))

    assert verifier.auth_is_available


async def test_an_outage_leaves_one_line_at_its_start_and_one_at_its_end(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="app")
    auth_server.script = reply(503)
    await _break(verifier)
    await until(lambda: verifier.auth_is_available)
    await _refused(verifier, make_token())

    auth_server.script = principal()
    await _until_verified(verifier)

    lines = [record.getMessage() for record in caplog.records if record.name.startswith("app")]
    assert len(lines) == 2
    assert not any(part in line for line in lines for part in ("ey", "127.0.0.1"))


async def _refused(verifier: TokenVerifier, token: str) -> None:
    with pytest.raises(AuthUnavailableError):
        await verifier.verify(token)


async def _break(verifier: TokenVerifier) -> None:
    while verifier.auth_is_available:
        await _refused(verifier, make_token())


async def _until_verified(verifier: TokenVerifier) -> None:
    async with asyncio.timeout(5):
        while True:
            with contextlib.suppress(AuthUnavailableError):
                await verifier.verify(make_token(sub=str(time.monotonic_ns())))
                return
            await asyncio.sleep(0.01)
