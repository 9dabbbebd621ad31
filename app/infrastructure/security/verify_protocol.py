from collections.abc import Mapping

from app.exceptions.shared.security_exceptions import InvalidTokenError
from app.infrastructure.security.auth_response import (
    CLIENT_ERRORS,
    REFUSALS,
    Identity,
    UnusableResponseError,
    Verdict,
    object_of,
    read_verdict,
    text_member,
)
from app.models.shared.principal import Principal
from app.utils.http_retry_client import HttpResponse, HttpRetryClient


class VerifyProtocol:
    """`POST {AUTH_SERVICE_URL}/verify` with `{"token": "…"}`.

    The principal comes from the response alone: its `user_id` may differ from the token's
    `sub`, which some auth services fill with a user name.
    """

    name = "POST /verify"

    def __init__(self, *, service_url: str) -> None:
        self._url = service_url.rstrip("/") + "/verify"

    async def ask(
        self, http: HttpRetryClient, token: str, headers: Mapping[str, str]
    ) -> HttpResponse:
        return await http.post_json(self._url, {"token": token}, headers=headers)

    def read_verdict(self, response: HttpResponse) -> Verdict:
        return read_verdict(response)

    def identity_of(self, verdict: Verdict) -> Identity:
        if verdict.status in REFUSALS:
            raise InvalidTokenError
        if verdict.status in CLIENT_ERRORS:
            raise UnusableResponseError(f"status {verdict.status}")
        document = object_of(verdict)
        return Identity(
            Principal(
                user_id=text_member(document, "user_id"),
                username=text_member(document, "username"),
                role=text_member(document, "role"),
            )
        )
