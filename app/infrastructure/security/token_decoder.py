"""What a token says, checked without asking anyone. The only module that knows python-jose.

The library verifies the signature and nothing else: it takes many spellings of one token,
ignores `crit`, accepts a missing `exp` and raises whatever it likes on odd input.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from jose import jwk, jws
from jose.exceptions import JOSEError

from app.exceptions.security_exceptions import InvalidTokenError
from app.utils import base64url
from app.utils.json_text import object_from_json

MAX_TOKEN_BYTES = 8192
MAX_HEADER_BYTES = 1024
MAX_SUBJECT_CHARS = 255
LEEWAY_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Claims:
    """`expires_at` is in seconds since the epoch, without the leeway."""

    subject: str
    expires_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRules:
    """What a token must say; an `issuer` or `audience` of None is not asked for."""

    algorithm: str
    issuer: str | None = None
    audience: str | None = None


class TokenDecoder:
    """Decodes compact JWS tokens (RFC 7515, 7519) of one algorithm, signed with one secret."""

    def __init__(self, *, secret: str, rules: TokenRules, now: Callable[[], float]) -> None:
        # a key object, because the library reads a secret that looks like JSON as a key set
        self._key = _hmac_key(secret, rules.algorithm)
        self._rules = rules
        self._now = now

    def decode(self, token: str) -> Claims:
        """Check everything; raises InvalidTokenError, whatever is wrong."""
        try:
            self._check_shape(token)
            payload = jws.verify(token, self._key, [self._rules.algorithm])
            return self._checked(object_from_json(payload))
        except Exception as error:
            raise InvalidTokenError from error

    def _check_shape(self, token: str) -> None:
        if len(token) > MAX_TOKEN_BYTES:
            raise ValueError("too long")
        header, _, _ = map(base64url.decode, token.split(".", 3))
        if len(header) > MAX_HEADER_BYTES:
            raise ValueError("the header is too long")
        self._check_header(object_from_json(header))

    def _check_header(self, header: Mapping[str, Any]) -> None:
        if not all(isinstance(value, str) for value in header.values()):
            raise ValueError("the header is not flat")
        if header["alg"] != self._rules.algorithm:
            raise ValueError("another algorithm")
        if "crit" in header:
            raise ValueError("extensions are not understood")

    def _checked(self, claims: Mapping[str, Any]) -> Claims:
        self._check_times(claims)
        if self._rules.issuer is not None and claims["iss"] != self._rules.issuer:
            raise ValueError("another issuer")
        if self._rules.audience is not None and not _is_for(self._rules.audience, claims["aud"]):
            raise ValueError("another audience")
        return Claims(_subject(claims["sub"]), _seconds(claims["exp"]))

    def _check_times(self, claims: Mapping[str, Any]) -> None:
        now = self._now()
        if _seconds(claims["exp"]) <= now - LEEWAY_SECONDS:
            raise ValueError("expired")
        if _seconds(claims.get("nbf", 0)) > now + LEEWAY_SECONDS:
            raise ValueError("not yet valid")
        _seconds(claims.get("iat", 0))


def _hmac_key(secret: str, algorithm: str) -> Any:  # noqa: ANN401 - the library's own key type
    if not secret:
        raise ValueError("JWT_SECRET_KEY: must not be empty")
    try:
        return jwk.construct(secret, algorithm)
    except JOSEError:
        raise ValueError("JWT_SECRET_KEY: must be a shared secret, not a PEM or SSH key") from None


def _seconds(value: object) -> float:
    # bool is an int to Python, but no number to JSON
    if type(value) not in (int, Decimal):
        raise ValueError("not a number")
    seconds = float(value)  # type: ignore[arg-type]
    if not math.isfinite(seconds):
        raise ValueError("not finite")
    return seconds


def _subject(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_SUBJECT_CHARS:
        raise ValueError("no subject")
    if not value.isprintable():
        raise ValueError("control characters or lone surrogates in the subject")
    return value


def _is_for(audience: str, claim: object) -> bool:
    return claim == audience or (isinstance(claim, list) and audience in claim)
