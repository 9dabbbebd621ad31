"""Asks the auth service whom a token belongs to."""

import asyncio
import math

from app.exceptions.security_exceptions import AuthUnavailableError, InvalidTokenError
from app.models.principal import Principal
from app.utils.circuit_breaker import Admission, CircuitBreaker, CircuitOpenError
from app.utils.http_retry_client import (
    AnswerTooLongError,
    HttpAnswer,
    HttpRetryClient,
    SaturatedError,
    UnreachableError,
)
from app.utils.json_text import object_from_json

MAX_ANSWER_BYTES = 65_536
MAX_FIELD_CHARS = 255
REFUSALS = frozenset({401, 403})


class UnusableAnswerError(Exception):
    """The auth service answered, but neither yes nor no."""


class AuthClient:
    """One question, `POST {url}/verify`, behind a circuit breaker.

    Whose token it is, the auth service alone decides: its `user_id` need not be the token's
    `sub`, which some services fill with a user name.
    """

    def __init__(
        self,
        *,
        url: str,
        http: HttpRetryClient,
        breaker: CircuitBreaker,
        probe_patience_seconds: float,
    ) -> None:
        self._verify_url = url.rstrip("/") + "/verify"
        self._http = http
        self._breaker = breaker
        self._probe_patience_seconds = probe_patience_seconds
        self._questions: set[asyncio.Task[Principal]] = set()

    @property
    def is_available(self) -> bool:
        """False while the service is known to be down."""
        return not self._breaker.is_open

    async def identify(self, token: str) -> Principal:
        """Ask whose token it is; raises InvalidTokenError or AuthUnavailableError."""
        try:
            admission = self._breaker.admit()
        except CircuitOpenError as error:
            raise self._unavailable() from error
        if admission.is_probe:
            return await self._probe(token, admission)
        return await self._ask(token, admission)

    async def _probe(self, token: str, admission: Admission) -> Principal:
        """Ask a service that was down, without making this caller wait for it in vain."""
        question = asyncio.create_task(self._ask(token, admission))
        self._questions.add(question)
        question.add_done_callback(self._answered)
        await asyncio.wait({question}, timeout=self._probe_patience_seconds)
        if not question.done():
            raise self._unavailable()
        return question.result()

    async def _ask(self, token: str, admission: Admission) -> Principal:
        try:
            answer = await self._http.post_json(self._verify_url, {"token": token})
            principal = _principal(answer)
        except SaturatedError as error:
            raise self._unavailable() from error
        except UnreachableError as error:
            self._breaker.record_failure(admission, conclusive=True)
            raise self._unavailable() from error
        except (AnswerTooLongError, UnusableAnswerError) as error:
            self._breaker.record_failure(admission, conclusive=False)
            raise self._unavailable() from error
        self._breaker.record_success(admission)
        if principal is None:
            raise InvalidTokenError
        return principal

    def _unavailable(self) -> AuthUnavailableError:
        return AuthUnavailableError(retry_after=max(1, math.ceil(self._breaker.retry_after)))

    def _answered(self, question: asyncio.Task[Principal]) -> None:
        self._questions.discard(question)
        if not question.cancelled():
            question.exception()  # seen, even if the caller has gone

    async def aclose(self) -> None:
        for question in self._questions:
            question.cancel()
        await asyncio.gather(*self._questions, return_exceptions=True)


def _principal(answer: HttpAnswer) -> Principal | None:
    """None when the service knows the token to be invalid."""
    if answer.status in REFUSALS:
        return None
    if answer.status != 200:  # noqa: PLR2004 - a status code explains itself
        raise UnusableAnswerError(answer.status)
    try:
        document = object_from_json(answer.body)
        user_id, username, role = (
            _text(document[name]) for name in ("user_id", "username", "role")
        )
    except (KeyError, ValueError) as error:
        raise UnusableAnswerError(answer.status) from error
    return Principal(user_id=user_id, username=username, role=role)


def _text(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_FIELD_CHARS:
        raise ValueError("not a text of a sensible length")
    value.encode()  # a lone surrogate could be neither logged nor stored
    if "\0" in value:
        raise ValueError("NUL cannot be stored")
    return value
