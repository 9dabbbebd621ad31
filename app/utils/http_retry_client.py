"""HTTP client with retries, a timeout per attempt and a total timeout."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import NamedTuple
from urllib.parse import urlencode

import httpx
from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_before_delay,
    wait_exponential_jitter,
)

from app.utils.call_deadline import CallDeadline
from app.utils.json_text import to_json

MAX_CONCURRENT_CALLS = 64
TRANSIENT_STATUSES = frozenset({502, 503, 504})
NO_HEADERS: Mapping[str, str] = {}
_JSON = {"Content-Type": "application/json"}
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class UnreachableError(Exception):
    """No attempt got a response within the total timeout."""


class NoConnectionError(UnreachableError):
    """The last attempt got no connection, so the request was not sent."""


class SaturatedError(Exception):
    """Too many concurrent calls in this process; says nothing about the server."""


class ResponseTooLongError(Exception):
    """The response is larger than `max_response_bytes`."""


class TransientStatusError(Exception):
    """A gateway reports that its upstream server is unavailable."""


_TRANSIENT = (
    TransientStatusError,
    TimeoutError,
    httpx.TimeoutException,
    httpx.NetworkError,
    httpx.RemoteProtocolError,
)


@dataclass(frozen=True, slots=True)
class HttpResponse:
    status: int
    body: bytes


class _Request(NamedTuple):
    """A POST of a body; without one, a GET."""

    url: str
    body: bytes | None
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Timeouts, number of retries and backoff of a call."""

    attempt_seconds: float
    retries: int
    total_seconds: float
    queue_seconds: float
    backoff_seconds: float


@cache
def _ssl_context() -> ssl.SSLContext:
    """Load the CA certificates of the machine; cached because loading is slow."""
    return ssl.create_default_context()


class HttpRetryClient:
    """Gets documents, and posts to idempotent endpoints.

    Follows no redirects and stores no cookies.

    Each call runs in its own task, which a cancelled caller does not cancel: httpx 0.28 leaks
    capacity of its pool when a call is cancelled before it has a connection.
    """

    def __init__(self, *, policy: RetryPolicy, max_response_bytes: int) -> None:
        self._policy = policy
        self._max_response_bytes = max_response_bytes
        self._calls: set[asyncio.Task[HttpResponse]] = set()
        self._permits = asyncio.Semaphore(MAX_CONCURRENT_CALLS)
        self._client = httpx.AsyncClient(
            trust_env=False,
            verify=_ssl_context(),
            follow_redirects=False,
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            # The semaphore above limits the connections, so no call waits in the pool.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=20),
        )

    async def get(self, url: str) -> HttpResponse:
        """Raise the same errors as `post_json`."""
        return await self._call(_Request(url, None, NO_HEADERS))

    async def post_json(
        self, url: str, document: Mapping[str, str], *, headers: Mapping[str, str] = NO_HEADERS
    ) -> HttpResponse:
        """Raise UnreachableError, NoConnectionError, SaturatedError or ResponseTooLongError."""
        return await self._call(_Request(url, to_json(document), {**_JSON, **headers}))

    async def post_form(
        self, url: str, fields: Mapping[str, str], *, headers: Mapping[str, str] = NO_HEADERS
    ) -> HttpResponse:
        """Raise the same errors as `post_json`."""
        body = urlencode(fields).encode()
        return await self._call(_Request(url, body, {**_FORM, **headers}))

    async def _call(self, request: _Request) -> HttpResponse:
        deadline = asyncio.get_running_loop().time() + self._policy.total_seconds
        async with self._permit():
            try:
                return await self._retrying()(self._attempt, request, deadline)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                raise NoConnectionError from error
            except (*_TRANSIENT, httpx.HTTPError) as error:
                raise UnreachableError from error

    @asynccontextmanager
    async def _permit(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._policy.queue_seconds):
                await self._permits.acquire()
        except TimeoutError as error:
            raise SaturatedError from error
        try:
            yield
        finally:
            self._permits.release()

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

    async def _attempt(self, request: _Request, deadline: float) -> HttpResponse:
        now = asyncio.get_running_loop().time()
        ends_at = min(deadline, now + self._policy.attempt_seconds)
        response = await self._outcome(self._start(request, ends_at), ends_at)
        if response.status in TRANSIENT_STATUSES:
            raise TransientStatusError(response.status)
        return response

    def _start(self, request: _Request, ends_at: float) -> asyncio.Task[HttpResponse]:
        deadline = CallDeadline(ends_at)
        call = asyncio.create_task(self._send(request, deadline))
        self._calls.add(call)
        call.add_done_callback(self._finish)
        deadline.watch(call)
        return call

    @staticmethod
    async def _outcome(call: asyncio.Task[HttpResponse], ends_at: float) -> HttpResponse:
        remaining = ends_at - asyncio.get_running_loop().time()
        await asyncio.wait({call}, timeout=max(0, remaining))
        if not call.done() or call.cancelled():
            raise TimeoutError
        return call.result()

    async def _send(self, request: _Request, deadline: CallDeadline) -> HttpResponse:
        body = bytearray()
        async with self._client.stream(
            "GET" if request.body is None else "POST",
            request.url,
            content=request.body,
            headers=request.headers,
            timeout=self._policy.attempt_seconds,
            extensions={"trace": deadline.trace},
        ) as response:
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > self._max_response_bytes:
                    raise ResponseTooLongError
        return HttpResponse(response.status_code, bytes(body))

    def _finish(self, call: asyncio.Task[HttpResponse]) -> None:
        self._calls.discard(call)
        if not call.cancelled():
            call.exception()  # mark as retrieved: the caller may be gone

    async def aclose(self) -> None:
        for call in self._calls:
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)
        await self._client.aclose()
