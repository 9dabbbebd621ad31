"""OAuth 2.0 Token Introspection (RFC 7662), instead of `POST /verify`."""

from base64 import b64encode
from collections.abc import Mapping
from decimal import Decimal
from urllib.parse import quote_plus

from app.exceptions.shared.security_exceptions import InvalidTokenError
from app.infrastructure.security.auth_response import (
    CLIENT_ERRORS,
    REFUSALS,
    FaultyResponseError,
    Identity,
    UnusableAccountError,
    UnusableResponseError,
    Verdict,
    object_of,
    read_verdict,
    text_member,
)
from app.models.shared.principal import Principal
from app.utils.http_retry_client import HttpResponse, HttpRetryClient


class IntrospectionProtocol:
    """`POST {url}` with the token as a form; the service authenticates as a client (section 2.1).

    `sub` is the user, `username` its name, if there is one, and `role` an extension member
    (section 2.2), which the auth service has to be configured to send.
    """

    name = "POST introspection"

    def __init__(self, *, url: str, client_id: str, client_secret: str) -> None:
        self._url = url
        self._credentials = {"Authorization": _basic(client_id, client_secret)}

    async def ask(
        self, http: HttpRetryClient, token: str, headers: Mapping[str, str]
    ) -> HttpResponse:
        form = {"token": token, "token_type_hint": "access_token"}
        return await http.post_form(self._url, form, headers={**self._credentials, **headers})

    def read_verdict(self, response: HttpResponse) -> Verdict:
        """A refusal is about the client, which is this service, and not about the token."""
        if response.status in REFUSALS:
            raise FaultyResponseError("it refuses AUTH_CLIENT_ID or AUTH_CLIENT_SECRET")
        return read_verdict(response)

    def identity_of(self, verdict: Verdict) -> Identity:
        if verdict.status in CLIENT_ERRORS:
            raise UnusableResponseError(f"status {verdict.status}")
        document = object_of(verdict)
        active = document.get("active")
        if active is False:
            raise InvalidTokenError
        if active is not True:
            raise UnusableResponseError("`active` is not a boolean")
        user_id = text_member(document, "sub")
        username = text_member(document, "username") if "username" in document else user_id
        principal = Principal(user_id, username, text_member(document, "role"))
        return Identity(principal, _expiry(document))


def _basic(client_id: str, client_secret: str) -> str:
    """Encode the credentials of a client (RFC 6749, 2.3.1)."""
    credentials = f"{quote_plus(client_id)}:{quote_plus(client_secret)}"
    return f"Basic {b64encode(credentials.encode()).decode()}"


def _expiry(document: Mapping[str, object]) -> float | None:
    """Return `exp` in seconds since the epoch; it may be sooner than that of the token."""
    value = document.get("exp")
    if value is None:
        return None
    # bool is a subclass of int in Python, but not a number in JSON
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise UnusableAccountError("`exp` is no number")
    try:
        return float(value)
    except OverflowError:
        raise UnusableAccountError("`exp` is out of range") from None
