"""Client of the auth service."""

import asyncio
import logging
import math
import time
from hashlib import sha256

from app.exceptions.shared.security_exceptions import AccountNotUsableError, AuthUnavailableError
from app.infrastructure.security.auth_protocol import AuthProtocol
from app.infrastructure.security.auth_response import (
    FaultyResponseError,
    Identity,
    UnusableAccountError,
    UnusableResponseError,
    Verdict,
)
from app.infrastructure.tracing.current_span import child_span, recording_span
from app.ports.metrics import Metrics
from app.utils.circuit_breaker import Admission, CircuitBreaker, CircuitOpenError
from app.utils.expiring_cache import ExpiringCache
from app.utils.http_retry_client import (
    HttpResponse,
    HttpRetryClient,
    NoConnectionError,
    ResponseTooLongError,
    SaturatedError,
    UnreachableError,
)
from app.utils.request_context import trace_headers

MAX_RESPONSE_BYTES = 65_536
WARNING_INTERVAL_SECONDS = 60
_UNUSABLE = "Unusable response of the auth service for one account"
_SPAN_ATTRIBUTES = {"http.request.method": "POST", "peer.service": "auth"}

logger = logging.getLogger(__name__)


class AuthClient:
    """Asks the auth service about tokens, behind a circuit breaker.

    The circuit opens when no connection is possible, or when calls for several tokens fail and
    none succeeds: accounts that the auth service cannot handle must not lock out the other
    callers. Refused tokens and unusable accounts are responses of a working service.
    """

    def __init__(
        self,
        *,
        protocol: AuthProtocol,
        http: HttpRetryClient,
        breaker: CircuitBreaker,
        probe_wait_seconds: float,
        metrics: Metrics,
    ) -> None:
        self._protocol = protocol
        self._http = http
        self._breaker = breaker
        self._probe_wait_seconds = probe_wait_seconds
        self._durations = metrics.histogram("auth_service_request_duration_seconds")
        self._probes: set[asyncio.Task[Identity]] = set()
        self._warned: ExpiringCache[str, str] = ExpiringCache(
            max_entries=100, monotonic=time.monotonic
        )

    @property
    def is_available(self) -> bool:
        """False while the auth service is known to be unavailable."""
        return not self._breaker.is_open

    async def identify(self, token: str) -> Identity:
        """Return whose token it is.

        Raises InvalidTokenError, AccountNotUsableError or AuthUnavailableError.
        """
        try:
            admission = self._breaker.admit(sha256(token.encode()).digest())
        except CircuitOpenError as error:
            raise self._unavailable() from error
        if admission.is_probe:
            return await self._probe(token, admission)
        return await self._call(token, admission)

    async def _probe(self, token: str, admission: Admission) -> Identity:
        """Call a service that was unavailable; the caller waits for `probe_wait_seconds` only."""
        probe = asyncio.create_task(self._call(token, admission))
        self._probes.add(probe)
        probe.add_done_callback(self._on_probe_done)
        await asyncio.wait({probe}, timeout=self._probe_wait_seconds)
        if not probe.done():
            raise self._unavailable()
        return probe.result()

    async def _call(self, token: str, admission: Admission) -> Identity:
        verdict = await self._ask(token, admission)
        self._breaker.record_success(admission)
        try:
            return self._protocol.identity_of(verdict)
        except UnusableAccountError as error:
            self._warn(f"{_UNUSABLE}: {error.reason}")
            raise AccountNotUsableError from error
        except UnusableResponseError as error:
            self._warn(f"{_UNUSABLE}: {error.reason}")
            raise self._unavailable() from error

    async def _ask(self, token: str, admission: Admission) -> Verdict:
        try:
            return self._protocol.read_verdict(await self._post(token))
        except SaturatedError as error:
            raise self._unavailable() from error
        except (UnreachableError, ResponseTooLongError, FaultyResponseError) as error:
            # Without a connection the token was not sent, so it cannot be the cause.
            conclusive = isinstance(error, NoConnectionError)
            self._breaker.record_failure(admission, conclusive=conclusive)
            if isinstance(error, FaultyResponseError) and (reason := str(error)):
                self._warn(f"The auth service is of no use: {reason}")
            raise self._unavailable() from error

    async def _post(self, token: str) -> HttpResponse:
        started = time.perf_counter()
        try:
            return await self._post_traced(token)
        finally:
            self._durations.observe(time.perf_counter() - started)

    async def _post_traced(self, token: str) -> HttpResponse:
        if (parent := recording_span()) is None:
            return await self._protocol.ask(self._http, token, trace_headers())
        with child_span(parent, self._protocol.name, _SPAN_ATTRIBUTES) as span:
            headers = trace_headers() | {"traceparent": span.traceparent}
            response = await self._protocol.ask(self._http, token, headers)
            span.set_attribute("http.response.status_code", response.status)
            return response

    def _warn(self, message: str) -> None:
        """Log once a minute, because a refused caller may send the same again and again."""
        if self._warned.find(message) is None:
            self._warned.put(message, message, seconds=WARNING_INTERVAL_SECONDS)
            logger.warning("%s", message)

    def _unavailable(self) -> AuthUnavailableError:
        return AuthUnavailableError(retry_after=max(1, math.ceil(self._breaker.retry_after)))

    def _on_probe_done(self, probe: asyncio.Task[Identity]) -> None:
        self._probes.discard(probe)
        if not probe.cancelled():
            probe.exception()  # retrieved, even if the caller has gone

    async def aclose(self) -> None:
        for probe in self._probes:
            probe.cancel()
        await asyncio.gather(*self._probes, return_exceptions=True)
