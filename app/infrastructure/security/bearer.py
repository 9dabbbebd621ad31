from collections.abc import Sequence

from app.exceptions.shared.security_exceptions import InvalidTokenError, MissingTokenError


def bearer_token(authorization: Sequence[str]) -> str:
    """Return the token from the Authorization headers of a request (RFC 6750, 2.1).

    One or more spaces follow the scheme (RFC 9110, 11.4). Raises MissingTokenError without a
    header, InvalidTokenError for several headers or another scheme.
    """
    if not authorization:
        raise MissingTokenError
    scheme, _, token = authorization[0].partition(" ")
    if len(authorization) > 1 or scheme.lower() != "bearer":
        raise InvalidTokenError
    return token.lstrip(" ")
