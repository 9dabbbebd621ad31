"""Resources of a process: opened at its start, closed in reverse order at its end."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Any

from app.config.settings import Settings
from app.infrastructure.admission.admission import Admission
from app.infrastructure.admission.opening import open_admission
from app.infrastructure.audit.rate_limited_lines import RateLimitedLines
from app.infrastructure.cache.cache import Cache
from app.infrastructure.cache.local_cache import LocalCache
from app.infrastructure.cache.opening import open_cache
from app.infrastructure.database.opening import open_database
from app.infrastructure.database.postgres_database import PostgresDatabase
from app.infrastructure.health import CheckResult
from app.infrastructure.lifecycle import Lifecycle
from app.infrastructure.logging.exception_tracker import open_exception_tracker
from app.infrastructure.logging.json_lines_log import JsonLinesLog
from app.infrastructure.logging.slow_work import SlowWork
from app.infrastructure.messaging.opening import Messaging, open_messaging
from app.infrastructure.metrics.event_loop_lag import measure_event_loop_lag
from app.infrastructure.metrics.opening import ProcessKind, open_metrics
from app.infrastructure.metrics.page_server import PageServer
from app.infrastructure.metrics.request_metrics import RequestMetrics
from app.infrastructure.metrics.samples import (
    sample_dependencies,
    sample_lost_lines,
    sample_response_cache,
)
from app.infrastructure.metrics.serving import serve_metrics
from app.infrastructure.rate_limit.opening import open_rate_limiter
from app.infrastructure.rate_limit.rate_limiter import RateLimiter
from app.infrastructure.rate_limit.verdict_counter import VerdictCounter
from app.infrastructure.readiness import (
    Report,
    report_message_readiness,
    report_readiness,
)
from app.infrastructure.redis.opening import open_redis_link
from app.infrastructure.redis.redis_link import RedisLink
from app.infrastructure.security.field_cipher import FieldCipher
from app.infrastructure.security.opening import AuthTiming, open_token_verifier
from app.infrastructure.security.token_verifier import TokenVerifier
from app.infrastructure.tracing.opening import open_tracing
from app.ports.metrics import Metrics
from app.ports.tracing import Tracing


@dataclass(frozen=True, kw_only=True)
class Resources:
    settings: Settings
    """Settings of the process."""

    lifecycle: Lifecycle
    """State of the process: `is_draining` after a stop signal."""

    metrics: Metrics
    """Counters, histograms and gauges."""

    metrics_server: PageServer
    """Server on METRICS_PORT, if this worker has it."""

    requests: RequestMetrics
    """Durations of requests, and those in flight."""

    tracing: Tracing
    """Spans of requests and messages; records nothing without an OTLP endpoint."""

    admission: Admission
    """Bound on the requests that run at once."""

    database: PostgresDatabase
    """Connection pool, statements and transactions."""

    messaging: Messaging
    """Outbox, relay and receiver of messages."""

    redis: RedisLink | None
    """Calls to Redis; None without REDIS_URL."""

    cache: Cache
    """Loaded records and lists, invalidated on all machines."""

    response_cache: LocalCache[Any]
    """Rendered GET responses of this process."""

    rate_limiter: RateLimiter | None
    """Requests per client and minute; None without a limit."""

    verdicts: VerdictCounter
    """Decisions of the rate limiter."""

    tokens: TokenVerifier
    """Authentication of bearer tokens."""

    cipher: FieldCipher
    """Encryption of values that leave the service."""

    audit_file: JsonLinesLog
    """AUDIT_LOG_FILE."""

    rate_limited_lines: RateLimitedLines
    """Lines of AUDIT_LOG_FILE for clients beyond their rate limit."""

    error_file: JsonLinesLog
    """ERROR_LOG_FILE."""

    def report_readiness(self) -> Report:
        return report_readiness(self.database, self.lifecycle)

    def health_checks(self) -> dict[str, CheckResult]:
        """Return the newest result of every probe, without a new one."""
        return {
            "database": self.database.health,
            "cache": self.redis.health if self.redis else CheckResult.unchecked("disabled"),
            "messaging": self.messaging.health,
            "auth": CheckResult.unchecked(
                "healthy" if self.tokens.auth_is_available else "unavailable"
            ),
        }


def resources_of(scope: Mapping[str, Any]) -> Resources:
    """Return the resources that the lifespan put into the ASGI scope."""
    resources: Resources = scope["state"]["resources"]
    return resources


@asynccontextmanager
async def open_resources(
    settings: Settings, *, process: ProcessKind = "api"
) -> AsyncIterator[Resources]:
    """Open everything; a dependency that is unavailable is retried in the background."""
    async with AsyncExitStack() as stack:
        opened_metrics = stack.enter_context(open_metrics(settings, process=process))
        metrics = opened_metrics.metrics
        audit_file = JsonLinesLog(settings.audit_log_file)
        stack.callback(audit_file.close)
        rate_limited_lines = RateLimitedLines(audit_file)
        stack.callback(rate_limited_lines.close)
        error_file = JsonLinesLog(settings.error_log_file)
        stack.callback(error_file.close)
        await stack.enter_async_context(open_exception_tracker(settings))
        # Closed after what may still end a span.
        tracing = await stack.enter_async_context(open_tracing(settings))
        redis = await stack.enter_async_context(open_redis_link(settings, metrics=metrics))
        admission = await stack.enter_async_context(open_admission(settings, metrics=metrics))
        record_wait = partial(admission.limit.record_wait, "pool")
        database = await stack.enter_async_context(
            open_database(settings, record_wait=record_wait, metrics=metrics)
        )
        lifecycle = stack.enter_context(Lifecycle.watch_signals())
        messaging = await stack.enter_async_context(
            open_messaging(settings, database, metrics=metrics, tracing=tracing)
        )
        readiness = (
            partial(report_message_readiness, database, messaging)
            if process == "consumer"
            else partial(report_readiness, database, lifecycle)
        )
        cache = await stack.enter_async_context(open_cache(settings, redis, metrics=metrics))
        slow = SlowWork("request", threshold_ms=settings.slow_request_ms)
        stack.callback(slow.report_left_out)
        resources = Resources(
            settings=settings,
            lifecycle=lifecycle,
            metrics=metrics,
            requests=RequestMetrics(metrics=metrics, slow=slow),
            tracing=tracing,
            admission=admission,
            database=database,
            messaging=messaging,
            redis=redis,
            cache=cache,
            response_cache=LocalCache(
                generations=cache.generations,
                heartbeat=cache.heartbeat,
                ttl_seconds=settings.cache_ttl_seconds,
                monotonic=monotonic,
            ),
            rate_limiter=await stack.enter_async_context(open_rate_limiter(settings, redis)),
            verdicts=VerdictCounter(metrics),
            tokens=await stack.enter_async_context(
                open_token_verifier(settings, AuthTiming(), metrics=metrics)
            ),
            cipher=FieldCipher.from_settings(settings.encryption_keys, settings.jwt_secret_key),
            audit_file=audit_file,
            rate_limited_lines=rate_limited_lines,
            error_file=error_file,
            # Last, because what it samples is then open.
            metrics_server=await stack.enter_async_context(
                serve_metrics(settings, opened_metrics, readiness=readiness)
            ),
        )
        await stack.enter_async_context(_sampled(resources))
        yield resources


@asynccontextmanager
async def _sampled(resources: Resources) -> AsyncIterator[None]:
    """Sample what is counted by the resources themselves."""
    metrics = resources.metrics
    sample_response_cache(metrics, resources.response_cache)
    sample_dependencies(metrics, resources.health_checks)
    sample_lost_lines(metrics, resources.audit_file, resources.error_file)
    async with measure_event_loop_lag(metrics):
        yield
