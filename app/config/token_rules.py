"""Settings of tokens that depend on each other."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from app.config.settings import Settings

JwtAlgorithm = Literal["HS256", "HS384", "HS512", "RS256", "ES256", "EdDSA"]
JwtLibrary = Literal["python-jose", "pyjwt"]


def find_token_problems(settings: "Settings") -> Iterator[str]:
    """Yield one line for each setting that does not fit the others."""
    yield from _algorithm_problems(settings)
    yield from _introspection_problems(settings)


def _algorithm_problems(settings: "Settings") -> Iterator[str]:
    algorithm = settings.jwt_algorithm
    if algorithm.startswith("HS"):
        if settings.jwt_jwks_url is not None:
            yield "JWT_JWKS_URL: needs JWT_ALGORITHM RS256, ES256 or EdDSA"
    elif settings.jwt_jwks_url is None:
        yield f"JWT_JWKS_URL: is required with JWT_ALGORITHM {algorithm}"
    if algorithm == "EdDSA" and settings.jwt_library != "pyjwt":
        yield "JWT_LIBRARY: must be pyjwt with JWT_ALGORITHM EdDSA"


def _introspection_problems(settings: "Settings") -> Iterator[str]:
    is_used = settings.auth_introspection_url is not None
    for name in ("auth_client_id", "auth_client_secret"):
        if is_used and getattr(settings, name) is None:
            yield f"{name.upper()}: is required with AUTH_INTROSPECTION_URL"
        if not is_used and getattr(settings, name) is not None:
            yield f"{name.upper()}: needs AUTH_INTROSPECTION_URL"
