"""Principals are cached by token, so each token is verified once."""

import asyncio
import gc
import time

import pytest

from app.exceptions.shared.security_exceptions import InvalidTokenError
from app.infrastructure.security.token_verifier import TokenVerifier
from tests.support.forged_tokens import make_token
from tests.support.scripted_auth_server import (
    HeldReply,
    ScriptedAuthServer,
    in_turn,
    reply,
    reply_after,
    reply_principal,
)
from tests.support.token_verifiers import OpenVerifier
from tests.support.waiting import eventually


async def test_a_token_is_verified_once(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    token = make_token()
    assert verifier.verify_cached(token) is None

    first, second = await verifier.verify(token), await verifier.verify(token)

    assert first == second == verifier.verify_cached(token)
    assert len(auth_server.tokens) == 1


async def test_a_principal_is_cached_for_the_configured_time(
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


async def test_no_principal_is_cached_with_a_time_of_zero(
    auth_server: ScriptedAuthServer, open_verifier: OpenVerifier
) -> None:
    token = make_token()
    async with open_verifier(auth_cache_ttl_seconds=0) as verifier:
        for _ in range(3):
            await verifier.verify(token)

    assert len(auth_server.tokens) == 3


async def test_a_cached_principal_expires_with_its_token(verifier: TokenVerifier) -> None:
    ends_soon = make_token(exp=time.time() + 0.2)
    ended_just_now = make_token(exp=time.time() - 5)

    for token in (ends_soon, ended_just_now):
        await verifier.verify(token)
    await asyncio.sleep(0.21)

    assert verifier.verify_cached(ends_soon) is None
    assert verifier.verify_cached(ended_just_now) is None


async def test_a_refusal_is_not_cached(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    token = make_token()
    auth_server.script = in_turn(reply(401), reply_principal())

    with pytest.raises(InvalidTokenError):
        await verifier.verify(token)

    assert await verifier.verify(token)


async def test_a_hundred_parallel_requests_with_one_token_cause_one_call(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    token = make_token()
    auth_server.script = reply_after(0.05, reply_principal())

    callers = await asyncio.gather(*(verifier.verify(token) for _ in range(100)))

    assert len(set(callers)) == 1
    assert auth_server.tokens == [token]


async def test_a_hundred_different_tokens_are_all_verified(
    auth_server: ScriptedAuthServer, open_verifier: OpenVerifier
) -> None:
    tokens = {make_token(sub=str(number)) for number in range(100)}

    async with open_verifier() as verifier:
        await asyncio.gather(*(verifier.verify(token) for token in tokens))

    assert set(auth_server.tokens) == tokens


async def test_a_refusal_reaches_every_waiting_caller(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    token = make_token()
    auth_server.script = reply_after(0.05, reply(403))

    refusals = await asyncio.gather(
        *(verifier.verify(token) for _ in range(10)), return_exceptions=True
    )

    assert {type(refusal) for refusal in refusals} == {InvalidTokenError}
    assert len(auth_server.tokens) == 1


async def test_a_cancelled_caller_does_not_cancel_the_shared_call(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    token = make_token()
    auth_server.script = held = HeldReply(reply_principal())
    first, second = (asyncio.create_task(verifier.verify(token)) for _ in range(2))
    await eventually(lambda: len(auth_server.tokens) == 1)

    first.cancel()
    held.may_reply.set()

    assert (await second).username == "ada"
    assert first.cancelled()
    assert len(auth_server.tokens) == 1


async def test_the_response_to_a_cancelled_caller_is_cached(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    token = make_token()
    auth_server.script = held = HeldReply(reply_principal())
    caller = asyncio.create_task(verifier.verify(token))
    await eventually(lambda: len(auth_server.tokens) == 1)
    caller.cancel()
    held.may_reply.set()

    await eventually(lambda: verifier.verify_cached(token) is not None)


async def test_a_token_is_not_kept_in_memory(verifier: TokenVerifier) -> None:
    token = make_token(sub="look for me")
    signature = token.rsplit(".", 1)[1]
    await verifier.verify(token)
    await asyncio.sleep(0)
    del token
    gc.collect()

    cached = verifier._principals._entries  # noqa: SLF001 - the cache has no public access
    assert signature not in repr(cached)


async def test_closing_cancels_running_calls(
    auth_server: ScriptedAuthServer, open_verifier: OpenVerifier
) -> None:
    auth_server.script = reply_after(3600, reply_principal())
    before = asyncio.all_tasks()
    async with open_verifier() as verifier:
        caller = asyncio.create_task(verifier.verify(make_token()))
        await eventually(lambda: len(auth_server.tokens) == 1)
        caller.cancel()
        await asyncio.gather(caller, return_exceptions=True)
    await auth_server.stop()

    assert asyncio.all_tasks() <= before


async def test_an_uncached_call_neither_uses_the_cache_nor_joins_a_running_call(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier
) -> None:
    token = make_token()
    await verifier.verify(token)
    auth_server.script = reply_principal(role="admin")

    both = await asyncio.gather(verifier.verify_uncached(token), verifier.verify_uncached(token))

    assert [principal.role for principal in both] == ["admin", "admin"]
    assert len(auth_server.tokens) == 3
    assert (await verifier.verify(token)).role == "admin"
    auth_server.script = reply(401)
    with pytest.raises(InvalidTokenError):
        await verifier.verify_uncached(token)
    assert verifier.verify_cached(token) is None
