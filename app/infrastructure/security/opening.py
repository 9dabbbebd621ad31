import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial

from app.config.settings import Settings
from app.infrastructure.metrics.null_metrics import NO_METRICS
from app.infrastructure.metrics.samples import sample_circuit
from app.infrastructure.security.auth_client import MAX_RESPONSE_BYTES, AuthClient
from app.infrastructure.security.auth_protocol import AuthProtocol
from app.infrastructure.security.introspection_protocol import IntrospectionProtocol
from app.infrastructure.security.jose_signatures import JoseSignatures
from app.infrastructure.security.jwks_keys import JwksKeys
from app.infrastructure.security.key_set import read_key_set
from app.infrastructure.security.key_source import KeySource
from app.infrastructure.security.pyjwt_signatures import PyJWTSignatures
from app.infrastructure.security.signatures import Signatures
from app.infrastructure.security.static_secret import StaticSecret
from app.infrastructure.security.token_decoder import TokenDecoder, TokenRules
from app.infrastructure.security.token_verifier import TokenVerifier
from app.infrastructure.security.verify_protocol import VerifyProtocol
from app.ports.metrics import Metrics
from app.utils.circuit_breaker import CircuitBreaker
from app.utils.expiring_cache import ExpiringCache
from app.utils.http_retry_client import HttpRetryClient, RetryPolicy

MAX_CACHED_TOKENS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthTiming:
    """Constants for calls to the auth service that are not settings.

    `open_seconds` plus the first attempt after it keep recovery within ten seconds.
    `total_seconds` limits the call; the whole request takes at most eight seconds.
    """

    total_seconds: float = 7.8
    queue_seconds: float = 1
    backoff_seconds: float = 0.2
    open_seconds: float = 4
    probe_wait_seconds: float = 0.025
    failures_to_open: int = 5
    key_refresh_seconds: float = 300
    key_cooldown_seconds: float = 10
    key_wait_seconds: float = 2


@asynccontextmanager
async def open_token_verifier(
    settings: Settings, timing: AuthTiming, *, metrics: Metrics = NO_METRICS
) -> AsyncIterator[TokenVerifier]:
    """Open the verifier of one process; the auth service is not called yet."""
    async with AsyncExitStack() as stack:
        signatures = open_signatures(settings)
        keys = await stack.enter_async_context(open_key_source(settings, timing, signatures))
        http = HttpRetryClient(
            policy=_retry_policy(settings, timing), max_response_bytes=MAX_RESPONSE_BYTES
        )
        stack.push_async_callback(http.aclose)
        auth = _auth_client(settings, timing, http, metrics)
        sample_circuit(metrics, lambda: auth.is_available)
        stack.push_async_callback(auth.aclose)
        decoder = _token_decoder(settings, keys, signatures)
        verifier = _token_verifier(settings, decoder, auth, metrics)
        stack.push_async_callback(verifier.aclose)
        yield verifier


@asynccontextmanager
async def open_key_source(
    settings: Settings, timing: AuthTiming, signatures: Signatures
) -> AsyncIterator[KeySource]:
    """Open the source of the keys that verify tokens; a key set is loaded in the background."""
    if settings.jwt_jwks_url is None:
        secret = settings.jwt_secret_key.get_secret_value()
        yield StaticSecret(secret, signatures=signatures)
        return
    policy = replace(_retry_policy(settings, timing), retries=0)
    http = HttpRetryClient(policy=policy, max_response_bytes=MAX_RESPONSE_BYTES)
    keys = JwksKeys(
        url=settings.jwt_jwks_url.get_secret_value(),
        http=http,
        read=partial(read_key_set, algorithm=settings.jwt_algorithm, signatures=signatures),
        refresh_seconds=timing.key_refresh_seconds,
        cooldown_seconds=timing.key_cooldown_seconds,
        wait_seconds=timing.key_wait_seconds,
        monotonic=time.monotonic,
    )
    refreshing = asyncio.create_task(keys.keep_fresh())
    try:
        yield keys
    finally:
        refreshing.cancel()
        await asyncio.gather(refreshing, return_exceptions=True)
        await keys.aclose()
        await http.aclose()


def open_signatures(settings: Settings) -> Signatures:
    """Choose the library that verifies signatures."""
    library = PyJWTSignatures if settings.jwt_library == "pyjwt" else JoseSignatures
    return library(settings.jwt_algorithm)


def _retry_policy(settings: Settings, timing: AuthTiming) -> RetryPolicy:
    return RetryPolicy(
        attempt_seconds=settings.external_api_timeout,
        retries=settings.external_api_max_retries,
        total_seconds=timing.total_seconds,
        queue_seconds=timing.queue_seconds,
        backoff_seconds=timing.backoff_seconds,
    )


def _auth_client(
    settings: Settings, timing: AuthTiming, http: HttpRetryClient, metrics: Metrics
) -> AuthClient:
    return AuthClient(
        protocol=_auth_protocol(settings),
        http=http,
        breaker=CircuitBreaker(
            name="The auth service",
            failures_to_open=timing.failures_to_open,
            open_seconds=timing.open_seconds,
            monotonic=time.monotonic,
        ),
        probe_wait_seconds=timing.probe_wait_seconds,
        metrics=metrics,
    )


def _auth_protocol(settings: Settings) -> AuthProtocol:
    if settings.auth_introspection_url is None:
        return VerifyProtocol(service_url=settings.auth_service_url.get_secret_value())
    # The settings require both of them with the URL.
    assert settings.auth_client_id is not None  # noqa: S101
    assert settings.auth_client_secret is not None  # noqa: S101
    return IntrospectionProtocol(
        url=settings.auth_introspection_url.get_secret_value(),
        client_id=settings.auth_client_id,
        client_secret=settings.auth_client_secret.get_secret_value(),
    )


def _token_verifier(
    settings: Settings, decoder: TokenDecoder, auth: AuthClient, metrics: Metrics
) -> TokenVerifier:
    return TokenVerifier(
        decoder=decoder,
        auth=auth,
        principals=ExpiringCache(max_entries=MAX_CACHED_TOKENS, monotonic=time.monotonic),
        subjects=ExpiringCache(max_entries=MAX_CACHED_TOKENS, monotonic=time.monotonic),
        cache_seconds=settings.auth_cache_ttl_seconds,
        now=time.time,
        metrics=metrics,
    )


def _token_decoder(settings: Settings, keys: KeySource, signatures: Signatures) -> TokenDecoder:
    return TokenDecoder(
        keys=keys,
        signatures=signatures,
        rules=TokenRules(
            algorithm=settings.jwt_algorithm,
            issuer=settings.jwt_issuer,
            audience=settings.jwt_audience,
        ),
        now=time.time,
    )
