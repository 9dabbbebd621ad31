"""More callers than the auth service is asked for at a time, and callers that leave."""

import asyncio
import time

from app.exceptions.security_exceptions import AuthUnavailableError
from app.infrastructure.security.token_verifier import AuthTiming
from app.utils.http_retry_client import MAX_CONCURRENT_CALLS, HttpRetryClient, RetryPolicy
from tests.faults.running import eventually
from tests.security.conftest import OpenVerifier
from tests.security.scripted_auth_server import ScriptedAuthServer, after, principal
from tests.security.tokens import make_token

POLICY = RetryPolicy(
    attempt_seconds=5, retries=0, total_seconds=8, queue_seconds=5, backoff_seconds=0.01
)


async def test_cancelled_callers_cost_no_connection(auth_server: ScriptedAuthServer) -> None:
    http = HttpRetryClient(policy=POLICY, max_answer_bytes=1000)
    auth_server.script = after(0.02, principal())

    await _cancel_callers(http, auth_server.url, seconds=2)
    auth_server.script = principal()
    answers = await asyncio.gather(
        *(http.post_json(auth_server.url, {"token": "x"}) for _ in range(MAX_CONCURRENT_CALLS))
    )

    pool = http._client._transport._pool  # type: ignore[attr-defined]  # noqa: SLF001 - httpx tells nobody

    async def is_idle() -> bool:
        return "Connections: 0 active" in repr(pool)

    # A call whose caller has left ends by itself, a little later.
    await eventually(is_idle)
    assert {answer.status for answer in answers} == {200}
    await http.aclose()


async def test_more_callers_than_slots_are_sent_away_but_blame_nobody(
    auth_server: ScriptedAuthServer, open_verifier: OpenVerifier
) -> None:
    auth_server.script = after(0.4, principal())
    timing = AuthTiming(queue_seconds=0.05)

    async with open_verifier(timing, external_api_timeout=5) as verifier:
        outcomes = await asyncio.gather(
            *(verifier.verify(make_token(sub=str(n))) for n in range(MAX_CONCURRENT_CALLS + 10)),
            return_exceptions=True,
        )
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
        # at a different moment each time: the first turns of the loop are the delicate ones
        for _ in range(rounds % 12):
            await asyncio.sleep(0)
        await asyncio.sleep(rounds % 5 / 5 * 0.04)
        for caller in callers:
            caller.cancel()
        await asyncio.gather(*callers, return_exceptions=True)
        rounds += 1
