"""Turns a bearer token into the principal that it stands for."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256

from app.config.settings import Settings
from app.infrastructure.security.auth_client import MAX_ANSWER_BYTES, AuthClient
from app.infrastructure.security.token_decoder import Claims, TokenDecoder, TokenRules
from app.models.principal import Principal
from app.utils.circuit_breaker import CircuitBreaker
from app.utils.expiring_cache import ExpiringCache
from app.utils.http_retry_client import HttpRetryClient, RetryPolicy
from app.utils.single_flight import SingleFlight

MAX_VERDICTS = 10_000


class TokenVerifier:
    """Checks a token locally, then asks the auth service, and remembers who was let in.

    A refusal is not remembered: a token may become valid, and the rate limit bounds the asking.
    """

    def __init__(
        self,
        *,
        decoder: TokenDecoder,
        auth: AuthClient,
        verdicts: ExpiringCache[bytes, Principal],
        subjects: ExpiringCache[bytes, str],
        trust_seconds: float,
        now: Callable[[], float],
    ) -> None:
        self._decoder = decoder
        self._auth = auth
        self._verdicts = verdicts
        self._subjects = subjects
        self._trust_seconds = trust_seconds
        self._now = now
        self._flights: SingleFlight[bytes, Principal] = SingleFlight()

    @property
    def auth_is_available(self) -> bool:
        """False while the auth service is known to be down."""
        return self._auth.is_available

    def verify_cached(self, token: str) -> Principal | None:
        """Find the principal, if these very bytes were found valid a short while ago."""
        return self._verdicts.find(_key(token))

    def subject_of(self, token: str) -> str:
        """Tell whom a genuine token names, asking nobody; raises InvalidTokenError."""
        key = _key(token)
        subject = self._subjects.find(key)
        if subject is None:
            claims = self._decoder.decode(token)
            subject = claims.subject
            self._subjects.put(key, subject, seconds=claims.expires_at - self._now())
        return subject

    async def verify(self, token: str) -> Principal:
        """Identify the caller; raises InvalidTokenError or AuthUnavailableError."""
        key = _key(token)
        known = self._verdicts.find(key)
        if known is not None:
            return known
        claims = self._decoder.decode(token)
        return await self._flights.run(key, lambda: self._ask(key, token, claims))

    async def _ask(self, key: bytes, token: str, claims: Claims) -> Principal:
        # the verdict is as old as the question: a token may be revoked while the answer travels
        until = min(self._now() + self._trust_seconds, claims.expires_at)
        principal = await self._auth.identify(token)
        self._verdicts.put(key, principal, seconds=until - self._now())
        return principal

    async def aclose(self) -> None:
        await self._flights.aclose()


def _key(token: str) -> bytes:
    return sha256(token.encode(errors="surrogatepass")).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthTiming:
    """What is not for operators to choose; all in seconds.

    `open_seconds` and the first attempt after it keep recovery within ten seconds;
    `total_seconds` leaves the rest of eight to everything around the call.
    """

    total_seconds: float = 7.8
    queue_seconds: float = 1
    backoff_seconds: float = 0.2
    open_seconds: float = 4
    probe_patience_seconds: float = 0.025
    failures_to_open: int = 5


@asynccontextmanager
async def open_token_verifier(
    settings: Settings, timing: AuthTiming
) -> AsyncIterator[TokenVerifier]:
    """Open what one process needs to verify tokens; nobody is asked yet."""
    async with AsyncExitStack() as stack:
        http = HttpRetryClient(
            policy=_retry_policy(settings, timing), max_answer_bytes=MAX_ANSWER_BYTES
        )
        stack.push_async_callback(http.aclose)
        auth = _auth_client(settings, timing, http)
        stack.push_async_callback(auth.aclose)
        verifier = _token_verifier(settings, auth)
        stack.push_async_callback(verifier.aclose)
        yield verifier


def _retry_policy(settings: Settings, timing: AuthTiming) -> RetryPolicy:
    return RetryPolicy(
        attempt_seconds=settings.external_api_timeout,
        retries=settings.external_api_max_retries,
        total_seconds=timing.total_seconds,
        queue_seconds=timing.queue_seconds,
        backoff_seconds=timing.backoff_seconds,
    )


def _auth_client(settings: Settings, timing: AuthTiming, http: HttpRetryClient) -> AuthClient:
    return AuthClient(
        url=settings.auth_service_url.get_secret_value(),
        http=http,
        breaker=CircuitBreaker(
            name="The auth service",
            failures_to_open=timing.failures_to_open,
            open_seconds=timing.open_seconds,
            monotonic=time.monotonic,
        ),
        probe_patience_seconds=timing.probe_patience_seconds,
    )


def _token_verifier(settings: Settings, auth: AuthClient) -> TokenVerifier:
    return TokenVerifier(
        decoder=token_decoder(settings),
        auth=auth,
        verdicts=ExpiringCache(max_entries=MAX_VERDICTS, monotonic=time.monotonic),
        subjects=ExpiringCache(max_entries=MAX_VERDICTS, monotonic=time.monotonic),
        trust_seconds=settings.auth_cache_ttl_seconds,
        now=time.time,
    )


def token_decoder(settings: Settings) -> TokenDecoder:
    return TokenDecoder(
        secret=settings.jwt_secret_key.get_secret_value(),
        rules=TokenRules(
            algorithm=settings.jwt_algorithm,
            issuer=settings.jwt_issuer,
            audience=settings.jwt_audience,
        ),
        now=time.time,
    )
