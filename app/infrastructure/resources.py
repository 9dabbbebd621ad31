"""What the process owns, opened once and closed in reverse."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from app.config.settings import Settings
from app.infrastructure.cache.cache import Cache, open_cache
from app.infrastructure.cache.redis_link import RedisLink, open_redis_link
from app.infrastructure.database.opening import open_database
from app.infrastructure.database.postgres_database import PostgresDatabase
from app.infrastructure.health import CheckResult
from app.infrastructure.lifecycle import Lifecycle
from app.infrastructure.logging.json_lines_file import JsonLinesFile
from app.infrastructure.messaging.opening import Messaging, open_messaging
from app.infrastructure.rate_limit.rate_limiter import RateLimiter
from app.infrastructure.rate_limit.shared_rate_limiter import open_rate_limiter
from app.infrastructure.security.field_cipher import FieldCipher
from app.infrastructure.security.token_verifier import (
    AuthTiming,
    TokenVerifier,
    open_token_verifier,
)


@dataclass(frozen=True, kw_only=True)
class Resources:
    settings: Settings
    lifecycle: Lifecycle
    database: PostgresDatabase
    messaging: Messaging
    redis: RedisLink | None
    cache: Cache
    rate_limiter: RateLimiter | None
    tokens: TokenVerifier
    cipher: FieldCipher
    audit_file: JsonLinesFile
    error_file: JsonLinesFile

    def health_checks(self) -> dict[str, CheckResult]:
        """Give the newest result of every probe; nothing is asked here."""
        return {
            "database": self.database.health,
            "cache": self.redis.health if self.redis else CheckResult.never("disabled"),
            "messaging": self.messaging.health,
            "auth": CheckResult.never(
                "healthy" if self.tokens.auth_is_available else "unavailable"
            ),
        }


@asynccontextmanager
async def open_resources(settings: Settings) -> AsyncIterator[Resources]:
    """Open everything; what is away is retried in the background and fails nothing here."""
    async with AsyncExitStack() as stack:
        audit_file = JsonLinesFile(settings.audit_log_file)
        stack.callback(audit_file.close)
        error_file = JsonLinesFile(settings.error_log_file)
        stack.callback(error_file.close)
        redis = await stack.enter_async_context(open_redis_link(settings))
        database = await stack.enter_async_context(open_database(settings))
        yield Resources(
            settings=settings,
            lifecycle=stack.enter_context(Lifecycle.watching_signals()),
            database=database,
            messaging=await stack.enter_async_context(open_messaging(settings, database)),
            redis=redis,
            cache=await stack.enter_async_context(open_cache(settings, redis)),
            rate_limiter=await stack.enter_async_context(open_rate_limiter(settings, redis)),
            tokens=await stack.enter_async_context(open_token_verifier(settings, AuthTiming())),
            cipher=FieldCipher.from_settings(settings.encryption_keys, settings.jwt_secret_key),
            audit_file=audit_file,
            error_file=error_file,
        )
