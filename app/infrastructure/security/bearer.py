from collections.abc import Sequence

from app.exceptions.security_exceptions import InvalidTokenError, MissingTokenError


def bearer_token(authorization: Sequence[str]) -> str:
    """Take the token out of the Authorization headers of a request (RFC 6750, 2.1).

    Raises MissingTokenError without any, InvalidTokenError for more than one of them.
    """
    if not authorization:
        raise MissingTokenError
    scheme, _, token = authorization[0].partition(" ")
    if len(authorization) > 1 or scheme.lower() != "bearer":
        raise InvalidTokenError
    return token
