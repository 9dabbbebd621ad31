"""Outages of the auth service are detected, reported and end."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import count
from types import SimpleNamespace

import pytest

from app.exceptions.shared.security_exceptions import AuthUnavailableError
from app.infrastructure.security import opening
from app.infrastructure.security.opening import open_token_verifier
from app.infrastructure.security.token_verifier import TokenVerifier
from tests.support.clock import Clock
from tests.support.forged_tokens import make_token
from tests.support.scripted_auth_server import (
    HeldReply,
    Script,
    ScriptedAuthServer,
    close_connection,
    never_reply,
    reply,
    reply_principal,
)
from tests.support.token_verifiers import TIMING, OpenVerifier, make_auth_settings
from tests.support.waiting import eventually

every_outage = pytest.mark.parametrize(
    "script",
    [
        pytest.param(never_reply(), id="silence", marks=pytest.mark.short_attempts(retries=0)),
        pytest.param(close_connection(), id="hang up"),
        pytest.param(reply(503), id="gateway"),
        pytest.param(reply(500), id="error"),
        pytest.param(reply(200, b"<html>"), id="garbage"),
    ],
)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time of the circuit breaker."""
    clock = Clock()
    monkeypatch.setattr(opening, "time", SimpleNamespace(monotonic=clock, time=time.time))
    return clock


@pytest.fixture
async def impatient(open_verifier: OpenVerifier) -> AsyncIterator[TokenVerifier]:
    """A verifier whose callers do not wait for a probe."""
    async with open_verifier(replace(TIMING, probe_wait_seconds=0.05)) as opened:
        yield opened


async def test_no_call_is_made_before_the_first_token(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    assert verifier.auth_is_available
    assert auth_server.connections == 0


@every_outage
async def test_a_service_known_to_be_down_is_not_called(
    script: Script, auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    auth_server.script = script
    await _make_unavailable(verifier)
    calls = len(auth_server.tokens)

    with pytest.raises(AuthUnavailableError) as refusal:
        await verifier.verify(make_token())

    assert refusal.value.retry_after >= 1
    assert len(auth_server.tokens) == calls


@every_outage
async def test_a_service_that_returns_is_used_again(
    script: Script, auth_server: ScriptedAuthServer, verifier: TokenVerifier, clock: Clock
) -> None:
    auth_server.script = script
    await _make_unavailable(verifier)

    auth_server.script = reply_principal()

    async def is_used() -> bool:
        clock.now += TIMING.open_seconds
        with contextlib.suppress(AuthUnavailableError):
            return bool(await verifier.verify(make_token(sub=str(clock.now))))
        return False

    # A busy machine may be too slow for the attempts that end silence soon.
    await eventually(is_used)
    assert verifier.auth_is_available


async def test_a_service_that_starts_late_is_used(clock: Clock) -> None:
    server = ScriptedAuthServer()
    await server.start()
    await server.stop()

    async with open_token_verifier(make_auth_settings(server.url), TIMING) as verifier:
        await _make_unavailable(verifier)
        await server.start()
        clock.now += TIMING.open_seconds
        assert await verifier.verify(make_token())
    await server.stop()


async def test_a_restart_between_two_calls_causes_no_error(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    await verifier.verify(make_token(sub="7"))
    await auth_server.stop()
    await auth_server.start()

    assert await verifier.verify(make_token(sub="8"))


async def test_cached_tokens_are_accepted_during_an_outage(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    known = make_token(sub="known")
    await verifier.verify(known)

    await auth_server.stop()
    await _make_unavailable(verifier)

    assert (await verifier.verify(known)).username == "ada"


async def test_one_caller_at_a_time_probes_a_service_that_is_down(
    auth_server: ScriptedAuthServer, impatient: TokenVerifier, clock: Clock
) -> None:
    auth_server.script = close_connection()
    await _make_unavailable(impatient)
    auth_server.script = never_reply()
    calls = len(auth_server.tokens)
    clock.now += TIMING.open_seconds

    refusals = await asyncio.gather(
        *(impatient.verify(make_token(sub=str(n))) for n in range(20)), return_exceptions=True
    )
    await eventually(lambda: len(auth_server.tokens) > calls)

    assert {type(refusal) for refusal in refusals} == {AuthUnavailableError}
    assert len(auth_server.tokens) == calls + 1


async def test_a_probe_outlives_its_caller_and_ends_the_outage(
    auth_server: ScriptedAuthServer, impatient: TokenVerifier, clock: Clock
) -> None:
    auth_server.script = close_connection()
    await _make_unavailable(impatient)
    auth_server.script = held = HeldReply(reply_principal())
    clock.now += TIMING.open_seconds

    await _refused(impatient, make_token())
    assert not impatient.auth_is_available
    held.may_reply.set()

    await eventually(lambda: impatient.auth_is_available)
    assert await impatient.verify(make_token(sub="another"))


async def test_one_failing_token_does_not_block_other_callers(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    for _ in range(5):
        auth_server.script = reply(500)
        with pytest.raises(AuthUnavailableError):
            await verifier.verify(make_token(sub="poison"))
        auth_server.script = reply_principal()
        await verifier.verify(make_token(sub=str(time.monotonic_ns())))

    assert verifier.auth_is_available


async def test_an_outage_logs_one_line_at_its_start_and_one_at_its_end(
    auth_server: ScriptedAuthServer,
    verifier: TokenVerifier,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, logger="app")
    auth_server.script = reply(503)
    await _make_unavailable(verifier)
    clock.now += TIMING.open_seconds
    await _refused(verifier, make_token())

    auth_server.script = reply_principal()
    clock.now += TIMING.open_seconds
    assert await verifier.verify(make_token(sub="another"))

    lines = [record.getMessage() for record in caplog.records if record.name.startswith("app")]
    assert len(lines) == 2
    assert not any(part in line for line in lines for part in ("ey", "127.0.0.1"))


async def _refused(verifier: TokenVerifier, token: str) -> None:
    with pytest.raises(AuthUnavailableError):
        await verifier.verify(token)


async def _make_unavailable(verifier: TokenVerifier) -> None:
    for number in count():
        if not verifier.auth_is_available:
            return
        await _refused(verifier, make_token(sub=f"broken-{number}"))
