"""The number of parallel calls to the auth service is limited."""

import asyncio
import time
from dataclasses import replace

from app.exceptions.shared.security_exceptions import AuthUnavailableError
from app.utils.http_retry_client import MAX_CONCURRENT_CALLS, HttpRetryClient, RetryPolicy
from tests.support.forged_tokens import make_token
from tests.support.scripted_auth_server import (
    HeldReply,
    ScriptedAuthServer,
    reply_after,
    reply_principal,
)
from tests.support.token_verifiers import TIMING, OpenVerifier
from tests.support.waiting import eventually

POLICY = RetryPolicy(
    attempt_seconds=5, retries=0, total_seconds=8, queue_seconds=5, backoff_seconds=0.01
)


async def test_cancelled_calls_free_their_connections(auth_server: ScriptedAuthServer) -> None:
    http = HttpRetryClient(policy=POLICY, max_response_bytes=1000)
    auth_server.script = reply_after(0.02, reply_principal())

    await _cancel_callers(http, auth_server.url, seconds=2)
    auth_server.script = reply_principal()
    responses = await asyncio.gather(
        *(http.post_json(auth_server.url, {"token": "x"}) for _ in range(MAX_CONCURRENT_CALLS))
    )

    pool = http._client._transport._pool  # type: ignore[attr-defined]  # noqa: SLF001 - httpx has no public count

    async def is_idle() -> bool:
        return "Connections: 0 active" in repr(pool)

    # A call with a cancelled caller ends a little later.
    await eventually(is_idle)
    assert {response.status for response in responses} == {200}
    await http.aclose()


async def test_callers_without_a_free_slot_are_refused_without_an_outage(
    auth_server: ScriptedAuthServer, open_verifier: OpenVerifier
) -> None:
    auth_server.script = held = HeldReply(reply_principal())

    async with open_verifier(replace(TIMING, queue_seconds=0.05)) as verifier:
        tokens = [make_token(sub=str(number)) for number in range(MAX_CONCURRENT_CALLS + 10)]
        calls = [asyncio.create_task(verifier.verify(token)) for token in tokens]
        await eventually(lambda: sum(call.done() for call in calls) == 10)
        held.may_reply.set()
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        assert verifier.auth_is_available

    refusals = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert {type(refusal) for refusal in refusals} == {AuthUnavailableError}
    assert len(refusals) == 10


async def _cancel_callers(http: HttpRetryClient, url: str, *, seconds: float) -> None:
    until = time.monotonic() + seconds
    rounds = 0
    while time.monotonic() < until:
        calls = (http.post_json(url, {"token": "x"}) for _ in range(MAX_CONCURRENT_CALLS))
        callers = [asyncio.create_task(call) for call in calls]
        # Cancel at different moments, because races occur in the first cycles of the loop.
        for _ in range(rounds % 12):
            await asyncio.sleep(0)
        await asyncio.sleep(rounds % 5 / 5 * 0.04)
        for caller in callers:
            caller.cancel()
        await asyncio.gather(*callers, return_exceptions=True)
        rounds += 1
