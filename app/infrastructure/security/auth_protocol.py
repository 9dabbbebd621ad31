"""How the auth service is asked about a token, and how its responses are read."""

from collections.abc import Mapping
from typing import Protocol

from app.infrastructure.security.auth_response import Identity, Verdict
from app.utils.http_retry_client import HttpResponse, HttpRetryClient


class AuthProtocol(Protocol):
    """The requests and responses of one kind of auth service."""

    @property
    def name(self) -> str:
        """Name of the call in traces."""
        ...

    async def ask(
        self, http: HttpRetryClient, token: str, headers: Mapping[str, str]
    ) -> HttpResponse:
        """Raise the errors of `HttpRetryClient`."""
        ...

    def read_verdict(self, response: HttpResponse) -> Verdict:
        """Raise FaultyResponseError if the response shows a fault of the service itself."""
        ...

    def identity_of(self, verdict: Verdict) -> Identity:
        """Raise InvalidTokenError for a refused token, else UnusableResponseError."""
        ...
