"""HTTP calls with a deadline for every attempt and for all of them."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx
from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_before_delay,
    wait_exponential_jitter,
)

from app.utils.call_deadline import CallDeadline

MAX_CONCURRENT_CALLS = 64
TRANSIENT_STATUSES = frozenset({502, 503, 504})


class UnreachableError(Exception):
    """No answer came, in all attempts and the time for all of them."""


class SaturatedError(Exception):
    """As many calls as allowed are under way already; says nothing about the server."""


class AnswerTooLongError(Exception):
    """The answer has more bytes than anyone has use for."""


class TransientStatusError(Exception):
    """A gateway says that the server behind it is away."""


_TRANSIENT = (
    TransientStatusError,
    TimeoutError,
    httpx.TimeoutException,
    httpx.NetworkError,
    httpx.RemoteProtocolError,
)


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    status: int
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How long and how often to ask; all times in seconds."""

    attempt_seconds: float
    retries: int
    total_seconds: float
    queue_seconds: float
    backoff_seconds: float


@cache
def _authorities() -> ssl.SSLContext:
    """The machine's own, so that a private one can be added; reading them takes a while."""
    return ssl.create_default_context()


class HttpRetryClient:
    """Posts JSON where repeating is harmless; follows no redirect and keeps no cookie.

    Each call has its own task, which no cancellation from outside reaches: a call cancelled
    before it has its connection would lose the pool's slot for good (seen with httpx 0.28).
    """

    def __init__(self, *, policy: RetryPolicy, max_answer_bytes: int) -> None:
        self._policy = policy
        self._max_answer_bytes = max_answer_bytes
        self._calls: set[asyncio.Task[HttpAnswer]] = set()
        self._slots = asyncio.Semaphore(MAX_CONCURRENT_CALLS)
        self._client = httpx.AsyncClient(
            trust_env=False,
            verify=_authorities(),
            follow_redirects=False,
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            # the slots above bound the connections, so that nobody ever queues in the pool
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=20),
        )

    async def post_json(self, url: str, document: Mapping[str, str]) -> HttpAnswer:
        """Post and read the answer; raises UnreachableError, SaturatedError, AnswerTooLongError."""
        deadline = asyncio.get_running_loop().time() + self._policy.total_seconds
        async with self._slot():
            try:
                return await self._retrying()(self._attempt, url, document, deadline)
            except (*_TRANSIENT, httpx.HTTPError) as error:
                raise UnreachableError from error

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._policy.queue_seconds):
                await self._slots.acquire()
        except TimeoutError as error:
            raise SaturatedError from error
        try:
            yield
        finally:
            self._slots.release()

    def _retrying(self) -> AsyncRetrying:
        policy = self._policy
        return AsyncRetrying(
            stop=stop_after_attempt(policy.retries + 1) | stop_before_delay(policy.total_seconds),
            wait=wait_exponential_jitter(
                multiplier=policy.backoff_seconds, jitter=policy.backoff_seconds, max=2
            ),
            retry=retry_if_exception_type(_TRANSIENT),
            reraise=True,
        )

    async def _attempt(self, url: str, document: Mapping[str, str], deadline: float) -> HttpAnswer:
        now = asyncio.get_running_loop().time()
        ends_at = min(deadline, now + self._policy.attempt_seconds)
        answer = await self._outcome(self._start(url, document, ends_at), ends_at)
        if answer.status in TRANSIENT_STATUSES:
            raise TransientStatusError(answer.status)
        return answer

    def _start(
        self, url: str, document: Mapping[str, str], ends_at: float
    ) -> asyncio.Task[HttpAnswer]:
        deadline = CallDeadline(ends_at)
        call = asyncio.create_task(self._send(url, document, deadline))
        self._calls.add(call)
        call.add_done_callback(self._ended)
        deadline.watch(call)
        return call

    @staticmethod
    async def _outcome(call: asyncio.Task[HttpAnswer], ends_at: float) -> HttpAnswer:
        remaining = ends_at - asyncio.get_running_loop().time()
        await asyncio.wait({call}, timeout=max(0, remaining))
        if not call.done() or call.cancelled():
            raise TimeoutError
        return call.result()

    async def _send(
        self, url: str, document: Mapping[str, str], deadline: CallDeadline
    ) -> HttpAnswer:
        body = bytearray()
        async with self._client.stream(
            "POST",
            url,
            json=document,
            timeout=self._policy.attempt_seconds,
            extensions={"trace": deadline.trace},
        ) as response:
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > self._max_answer_bytes:
                    raise AnswerTooLongError
        return HttpAnswer(response.status_code, bytes(body))

    def _ended(self, call: asyncio.Task[HttpAnswer]) -> None:
        self._calls.discard(call)
        if not call.cancelled():
            call.exception()  # seen, even if nobody waits any more

    async def aclose(self) -> None:
        for call in self._calls:
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)
        await self._client.aclose()
