"""Errors of authentication and authorisation."""

from app.exceptions.base import (
    PermissionDeniedError,
    UnauthenticatedError,
    UnavailableError,
)


class MissingTokenError(UnauthenticatedError):
    """The request has no bearer token."""

    code = "missing_token"

    def __init__(self) -> None:
        super().__init__("A bearer token is required")


class InvalidTokenError(UnauthenticatedError):
    """The token is malformed, forged, expired or revoked; the message does not reveal which."""

    code = "invalid_token"

    def __init__(self) -> None:
        super().__init__("The bearer token is not valid")


class AuthUnavailableError(UnavailableError):
    """The auth service sent no usable response, so the caller cannot be authenticated."""

    code = "auth_unavailable"

    def __init__(self, *, retry_after: int = 1) -> None:
        super().__init__("The authentication service is unavailable", retry_after=retry_after)


class RoleNotAllowedError(PermissionDeniedError):
    """The role of the caller is not authorised."""

    code = "role_not_allowed"

    def __init__(self) -> None:
        super().__init__("Your role does not allow this")


class AccountNotUsableError(PermissionDeniedError):
    """The auth service accepts the token, but its response has no usable user or role."""

    code = "account_not_usable"

    def __init__(self) -> None:
        super().__init__("The authentication service returned no usable user or role for you")
