"""How often the auth service is asked about one token."""

import asyncio
import gc
import time

import pytest

from app.exceptions.security_exceptions import InvalidTokenError
from app.infrastructure.security.token_verifier import AuthTiming, TokenVerifier
from tests.security.conftest import OpenVerifier
from tests.security.patience import until
from tests.security.scripted_auth_server import ScriptedAuthServer, after, in_turn, principal, reply
from tests.security.tokens import make_token


async def test_a_token_is_asked_about_once(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    token = make_token()
    assert verifier.verify_cached(token) is None

    first, second = await verifier.verify(token), await verifier.verify(token)

    assert first == second == verifier.verify_cached(token)
    assert len(auth_server.tokens) == 1


async def test_a_verdict_is_trusted_for_the_configured_time(
    auth_server: ScriptedAuthServer, open_verifier: OpenVerifier
) -> None:
    token = make_token()
    async with open_verifier(auth_cache_ttl_seconds=0.1) as verifier:
        await verifier.verify(token)
        auth_server.script = reply(401)
        await asyncio.sleep(0.11)

        assert verifier.verify_cached(token) is None
        with pytest.raises(InvalidTokenError):
            await verifier.verify(token)


async def test_no_verdict_is_trusted_when_that_time_is_zero(
    auth_server: ScriptedAuthServer, open_verifier: OpenVerifier
) -> None:
    token = make_token()
    async with open_verifier(auth_cache_ttl_seconds=0) as verifier:
        for _ in range(3):
            await verifier.verify(token)

    assert len(auth_server.tokens) == 3


async def test_a_verdict_is_not_trusted_past_the_end_of_the_token(verifier: TokenVerifier) -> None:
    ends_soon = make_token(exp=time.time() + 0.2)
    ended_just_now = make_token(exp=time.time() - 5)

    for token in (ends_soon, ended_just_now):
        await verifier.verify(token)
    await asyncio.sleep(0.21)

    assert verifier.verify_cached(ends_soon) is None
    assert verifier.verify_cached(ended_just_now) is None


async def test_a_refusal_is_not_remembered(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    token = make_token()
    auth_server.script = in_turn(reply(401), principal())

    with pytest.raises(InvalidTokenError):
        await verifier.verify(token)

    assert await verifier.verify(token)


async def test_a_hundred_equal_tokens_in_flight_ask_once(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    token = make_token()
    auth_server.script = after(0.05, principal())

    callers = await asyncio.gather(*(verifier.verify(token) for _ in range(100)))

    assert len(set(callers)) == 1
    assert auth_server.tokens == [token]


async def test_a_hundred_different_tokens_are_all_asked_about(
    auth_server: ScriptedAuthServer, open_verifier: OpenVerifier
) -> None:
    tokens = {make_token(sub=str(number)) for number in range(100)}

    async with open_verifier(AuthTiming(), external_api_timeout=5) as verifier:
        await asyncio.gather(*(verifier.verify(token) for token in tokens))

    assert set(auth_server.tokens) == tokens


async def test_a_refusal_reaches_every_caller_in_flight(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    token = make_token()
    auth_server.script = after(0.05, reply(403))

    refusals = await asyncio.gather(
        *(verifier.verify(token) for _ in range(10)), return_exceptions=True
    )

    assert {type(refusal) for refusal in refusals} == {InvalidTokenError}
    assert len(auth_server.tokens) == 1


async def test_a_caller_that_leaves_takes_nobody_elses_answer_away(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    token = make_token()
    auth_server.script = after(0.05, principal())
    first, second = (asyncio.create_task(verifier.verify(token)) for _ in range(2))
    await asyncio.sleep(0.01)

    first.cancel()

    assert (await second).username == "ada"
    assert first.cancelled()
    assert len(auth_server.tokens) == 1


async def test_the_answer_to_a_caller_that_left_is_remembered(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    token = make_token()
    auth_server.script = after(0.02, principal())
    caller = asyncio.create_task(verifier.verify(token))
    await asyncio.sleep(0.01)
    caller.cancel()

    await until(lambda: verifier.verify_cached(token) is not None)


async def test_a_token_is_not_kept_in_memory(verifier: TokenVerifier) -> None:
    token = make_token(sub="look for me")
    signature = token.rsplit(".", 1)[1]
    await verifier.verify(token)
    await asyncio.sleep(0)
    del token
    gc.collect()

    verdicts = verifier._verdicts._entries  # noqa: SLF001 - what must not be there has no other door
    assert signature not in repr(verdicts)


async def test_closing_ends_what_is_still_under_way(
    auth_server: ScriptedAuthServer, open_verifier: OpenVerifier
) -> None:
    auth_server.script = after(3600, principal())
    before = asyncio.all_tasks()
    async with open_verifier() as verifier:
        caller = asyncio.create_task(verifier.verify(make_token()))
        await asyncio.sleep(0.05)
        caller.cancel()
        await asyncio.gather(caller, return_exceptions=True)
    await auth_server.stop()

    assert asyncio.all_tasks() <= before
