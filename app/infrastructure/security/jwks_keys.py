import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

from app.exceptions.shared.security_exceptions import AuthUnavailableError
from app.infrastructure.security.key_set import KeySet, UnusableKeySetError
from app.infrastructure.security.signatures import Key
from app.utils.http_retry_client import (
    HttpRetryClient,
    ResponseTooLongError,
    SaturatedError,
    UnreachableError,
)
from app.utils.single_flight import SingleFlight

logger = logging.getLogger(__name__)


class JwksKeys:
    """A KeySource whose keys are loaded from a JWK Set, and kept while that fails.

    They are loaded every `refresh_seconds`, so that a removed key is soon refused, and when a token
    names an unknown key, at most once in `cooldown_seconds`. A caller waits `wait_seconds` for it.
    """

    def __init__(
        self,
        *,
        url: str,
        http: HttpRetryClient,
        read: Callable[[bytes], KeySet],
        refresh_seconds: float,
        cooldown_seconds: float,
        wait_seconds: float,
        monotonic: Callable[[], float],
    ) -> None:
        self._url = url
        self._http = http
        self._read = read
        self._refresh_seconds = refresh_seconds
        self._cooldown_seconds = cooldown_seconds
        self._wait_seconds = wait_seconds
        self._monotonic = monotonic
        self._keys: KeySet = {}
        self._is_current = False
        self._fault: str | None = None
        self._next_load = monotonic()
        self._flight: SingleFlight[None, None] = SingleFlight()

    @property
    def is_usable(self) -> bool:
        return bool(self._keys)

    def get(self, header: Mapping[str, Any]) -> Key:
        kid = header.get("kid")
        if kid is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        if kid in self._keys and kid is not None:
            return self._keys[kid]
        if not self._is_current:
            raise AuthUnavailableError
        raise KeyError(kid)

    async def refresh(self) -> None:
        if self._monotonic() < self._next_load:
            return
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._flight.run(None, self._load)
        except TimeoutError:
            # The load goes on for later callers.
            return

    async def keep_fresh(self) -> None:
        """Load the keys again and again until cancelled."""
        while True:
            await self._flight.run(None, self._load)
            is_current = self._is_current
            await asyncio.sleep(self._refresh_seconds if is_current else self._cooldown_seconds)

    async def aclose(self) -> None:
        await self._flight.aclose()

    async def _load(self) -> None:
        try:
            self._keys = await self._fetch()
        except UnusableKeySetError as error:
            self._is_current = False
            self._report(str(error))
        else:
            self._is_current = True
            self._report(None)
        self._next_load = self._monotonic() + self._cooldown_seconds

    async def _fetch(self) -> KeySet:
        try:
            response = await self._http.get(self._url)
        except (UnreachableError, SaturatedError) as error:
            raise UnusableKeySetError("it cannot be reached") from error
        except ResponseTooLongError as error:
            raise UnusableKeySetError("it is too large") from error
        if response.status != 200:  # noqa: PLR2004 - a status code explains itself
            raise UnusableKeySetError(f"status {response.status}")
        return self._read(response.body)

    def _report(self, fault: str | None) -> None:
        """Log each change of state once."""
        if fault == self._fault:
            return
        self._fault = fault
        if fault is None:
            logger.info("The key set of JWT_JWKS_URL is loaded again")
        else:
            kept = "; the last keys stay in use" if self._keys else "; no token can be verified"
            logger.error("The key set of JWT_JWKS_URL is unusable: %s%s", fault, kept)
