"""Authentication of callers by their bearer tokens."""

from collections.abc import Callable
from hashlib import sha256
from itertools import count

from app.exceptions.shared.security_exceptions import AccountNotUsableError, InvalidTokenError
from app.infrastructure.security.auth_client import AuthClient
from app.infrastructure.security.auth_verdicts import INVALID, count_outcome, count_verdict
from app.infrastructure.security.token_decoder import LEEWAY_SECONDS, Claims, TokenDecoder
from app.models.shared.principal import Principal
from app.ports.metrics import Metrics
from app.utils.expiring_cache import ExpiringCache
from app.utils.single_flight import SingleFlight

# Stored instead of the subject of a token that the auth service has refused.
_REFUSED = ""


class TokenVerifier:
    """Verifies a token locally, then through the auth service, and caches the principal.

    A refusal is not cached: a token may become valid, and the rate limit bounds the calls. But a
    refused token no longer speaks for its subject, so it cannot spend the subject's allowance.
    """

    def __init__(
        self,
        *,
        decoder: TokenDecoder,
        auth: AuthClient,
        principals: ExpiringCache[bytes, Principal],
        subjects: ExpiringCache[bytes, str],
        cache_seconds: float,
        now: Callable[[], float],
        metrics: Metrics,
    ) -> None:
        self._decoder = decoder
        self._auth = auth
        self._principals = principals
        self._subjects = subjects
        self._cache_seconds = cache_seconds
        self._now = now
        self._metrics = metrics
        self._numbers = count()
        self._flights: SingleFlight[bytes, Principal] = SingleFlight()

    @property
    def auth_is_available(self) -> bool:
        """False while the auth service is known to be unavailable, or there is no key."""
        return self._auth.is_available and self._decoder.is_usable

    def verify_cached(self, token: str) -> Principal | None:
        """Find the principal of a token that was verified within the last `cache_seconds`."""
        return self._principals.find(_key(token))

    def read_subject(self, token: str) -> str:
        """Return the subject of a locally valid token.

        Raises InvalidTokenError, or AuthUnavailableError if its key could not be loaded.

        The auth service is not called, so the token may have been revoked. A token that it refused
        before is not valid.
        """
        key = _key(token)
        subject = self._subjects.find(key)
        if subject is None:
            claims = self._decoder.decode(token)
            subject = claims.subject
            self._subjects.put(key, subject, seconds=claims.expires_at - self._now())
        if subject == _REFUSED:
            raise InvalidTokenError
        return subject

    async def verify(self, token: str) -> Principal:
        """Authenticate the caller.

        Raises InvalidTokenError, AccountNotUsableError or AuthUnavailableError.
        """
        key = _key(token)
        principal = self._principals.find(key)
        if principal is not None:
            return principal
        claims = await self._decode(token)
        return await self._flights.run(key, lambda: self._identify(key, token, claims))

    async def verify_uncached(self, token: str) -> Principal:
        """Authenticate by a new call to the auth service; raises as `verify` does."""
        claims = await self._decode(token)
        key = _key(token)
        # A call of its own: one that runs already may have begun before a revocation.
        own = key + next(self._numbers).to_bytes(8, "big")
        try:
            return await self._flights.run(own, lambda: self._identify(key, token, claims))
        except (InvalidTokenError, AccountNotUsableError):
            self._principals.discard(key)
            raise

    async def _decode(self, token: str) -> Claims:
        await self._decoder.load_key(token)
        try:
            return self._decoder.decode(token)
        except InvalidTokenError:
            count_outcome(self._metrics, INVALID)
            raise

    async def _identify(self, key: bytes, token: str, claims: Claims) -> Principal:
        # Counted from before the call: a token may be revoked while the response is on its way.
        until = min(self._now() + self._cache_seconds, claims.expires_at)
        try:
            with count_verdict(self._metrics):
                identity = await self._auth.identify(token)
        except InvalidTokenError:
            seconds = claims.expires_at + LEEWAY_SECONDS - self._now()
            self._subjects.put(key, _REFUSED, seconds=seconds)
            raise
        self._subjects.put(key, claims.subject, seconds=claims.expires_at - self._now())
        if identity.expires_at is not None:
            until = min(until, identity.expires_at)
        self._principals.put(key, identity.principal, seconds=until - self._now())
        return identity.principal

    async def aclose(self) -> None:
        await self._flights.aclose()


def _key(token: str) -> bytes:
    return sha256(token.encode(errors="surrogatepass")).digest()
