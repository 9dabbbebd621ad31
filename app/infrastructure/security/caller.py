"""Identity of a caller, for limits that do not depend on authorisation."""

from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import Scope

from app.exceptions.base import UnauthenticatedError
from app.exceptions.shared.security_exceptions import AuthUnavailableError
from app.infrastructure.security.bearer import bearer_token
from app.infrastructure.security.token_verifier import TokenVerifier
from app.utils.client_address import Network, client_address, network_of


def caller_of(scope: Scope, tokens: TokenVerifier, trusted_proxies: Sequence[Network]) -> str:
    """Return the subject of a valid token, else the client address (/64 network for IPv6)."""
    try:
        token = bearer_token(Headers(scope=scope).getlist("authorization"))
        return f"sub:{tokens.read_subject(token)}"
    except (UnauthenticatedError, AuthUnavailableError):
        return network_of(client_address(scope, trusted_proxies))
