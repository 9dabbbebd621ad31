"""Verification of tokens without a call to the auth service.

A library verifies the signature alone: everything else is read strictly here.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.exceptions.shared.security_exceptions import AuthUnavailableError, InvalidTokenError
from app.infrastructure.security.key_source import KeySource
from app.infrastructure.security.signatures import Signatures
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
    """Required claims; an `issuer` or `audience` of None is not checked."""

    algorithm: str
    issuer: str | None = None
    audience: str | None = None


class TokenDecoder:
    """Decodes compact JWS tokens (RFC 7515, 7519) that are signed with one algorithm."""

    def __init__(
        self,
        *,
        keys: KeySource,
        signatures: Signatures,
        rules: TokenRules,
        now: Callable[[], float],
    ) -> None:
        self._keys = keys
        self._signatures = signatures
        self._rules = rules
        self._now = now

    @property
    def is_usable(self) -> bool:
        """False while no token can be verified, because there is no key."""
        return self._keys.is_usable

    def decode(self, token: str) -> Claims:
        """Check shape, signature and claims; raises InvalidTokenError for every defect.

        Raises AuthUnavailableError if the key is unknown because keys cannot be loaded.
        """
        try:
            header = self._read_header(token)
            payload = self._signatures.verify(token, self._keys.get(header))
            return self._checked(object_from_json(payload))
        except AuthUnavailableError:
            raise
        except Exception as error:
            raise InvalidTokenError from error

    async def load_key(self, token: str) -> None:
        """Load the keys again if that of the token is unknown."""
        if not self._has_key(token):
            await self._keys.refresh()

    def _has_key(self, token: str) -> bool:
        """Return False if only the key is missing: a malformed token needs none."""
        try:
            header = self._read_header(token)
        except Exception:  # noqa: BLE001 - `decode` refuses it
            return True
        try:
            self._keys.get(header)
        except (KeyError, AuthUnavailableError):
            return False
        return True

    def _read_header(self, token: str) -> Mapping[str, Any]:
        if len(token) > MAX_TOKEN_BYTES:
            raise ValueError("too long")
        header, _, _ = map(base64url.decode, token.split(".", 3))
        if len(header) > MAX_HEADER_BYTES:
            raise ValueError("the header is too long")
        checked = object_from_json(header)
        self._check_header(checked)
        return checked

    def _check_header(self, header: Mapping[str, Any]) -> None:
        if not all(isinstance(value, str) for value in header.values()):
            raise ValueError("a header value is not a string")
        if header["alg"] != self._rules.algorithm:
            raise ValueError("wrong algorithm")
        if "crit" in header:
            raise ValueError("`crit` is not supported")

    def _checked(self, claims: Mapping[str, Any]) -> Claims:
        self._check_times(claims)
        if self._rules.issuer is not None and claims["iss"] != self._rules.issuer:
            raise ValueError("wrong issuer")
        if self._rules.audience is not None and not _is_for(self._rules.audience, claims["aud"]):
            raise ValueError("wrong audience")
        return Claims(_subject(claims["sub"]), _seconds(claims["exp"]))

    def _check_times(self, claims: Mapping[str, Any]) -> None:
        now = self._now()
        if _seconds(claims["exp"]) <= now - LEEWAY_SECONDS:
            raise ValueError("expired")
        if _seconds(claims.get("nbf", 0)) > now + LEEWAY_SECONDS:
            raise ValueError("not yet valid")
        _seconds(claims.get("iat", 0))


def _seconds(value: object) -> float:
    # bool is a subclass of int in Python, but not a number in JSON
    if type(value) not in (int, Decimal):
        raise ValueError("not a number")
    seconds = float(value)  # type: ignore[arg-type]
    if not math.isfinite(seconds):
        raise ValueError("not finite")
    return seconds


def _subject(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_SUBJECT_CHARS:
        raise ValueError("missing or too long subject")
    if not value.isprintable():
        raise ValueError("control characters or lone surrogates in the subject")
    return value


def _is_for(audience: str, claim: object) -> bool:
    return claim == audience or (isinstance(claim, list) and audience in claim)
