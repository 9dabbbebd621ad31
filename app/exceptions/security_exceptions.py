"""Why a caller is not known, and why nobody can say."""

from app.exceptions.base import (
    PermissionDeniedError,
    UnauthenticatedError,
    UnavailableError,
)


class MissingTokenError(UnauthenticatedError):
    """A protected resource was asked for without a token."""

    code = "missing_token"

    def __init__(self) -> None:
        super().__init__("A bearer token is required")


class InvalidTokenError(UnauthenticatedError):
    """The token is malformed, forged, expired or revoked; callers are not told which."""

    code = "invalid_token"

    def __init__(self) -> None:
        super().__init__("The bearer token is not valid")


class AuthUnavailableError(UnavailableError):
    """The auth service gave no usable answer, so nobody can be let in."""

    code = "auth_unavailable"

    def __init__(self, *, retry_after: int = 1) -> None:
        super().__init__("The authentication service is unavailable", retry_after=retry_after)


class RoleNotAllowedError(PermissionDeniedError):
    """The caller is known, but its role may not do this."""

    code = "role_not_allowed"

    def __init__(self) -> None:
        super().__init__("Your role does not allow this")
