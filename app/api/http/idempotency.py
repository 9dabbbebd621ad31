"""Support for the `Idempotency-Key` header.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

import re
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Annotated

from fastapi import Depends, Header, Request, Response

from app.dependencies import IdempotencyServiceDep, PrincipalDep
from app.exceptions.base import RuleViolationError
from app.models.shared.idempotency import IdempotentRequest, StoredResponse
from app.schemas.shared.common import StrictBody
from app.services.shared.idempotency_service import IdempotencyService

HEADER = "Idempotency-Key"
_VISIBLE_ASCII = re.compile(r"[\x21-\x7e]{1,255}")
REPLAYED_HEADERS = {"Idempotency-Replayed": "true"}

Respond = Callable[[], Awaitable[Response]]


class Idempotency:
    """Replays the stored response when a request with the same key is repeated."""

    def __init__(
        self, *, request: Request, caller: str, key: str | None, service: IdempotencyService
    ) -> None:
        self._request = request
        self._caller = caller
        self._key = key
        self._service = service

    async def run_once(self, body: StrictBody, respond: Respond) -> Response:
        """Call `respond` once per key, or on every request if it has no key."""
        if self._key is None:
            return await respond()
        content = f"{self._request.method} {self._request.url.path} {body.model_dump_json()}"
        keyed = IdempotentRequest(
            caller=self._caller, key=self._key, fingerprint=sha256(content.encode()).digest()
        )

        async def operation() -> StoredResponse:
            return _to_stored_response(await respond())

        stored, is_replay = await self._service.run_once(keyed, operation)
        headers = {**stored.headers, **(REPLAYED_HEADERS if is_replay else {})}
        return Response(stored.body, stored.status, headers)


async def _idempotency(
    request: Request,
    principal: PrincipalDep,
    service: IdempotencyServiceDep,
    idempotency_key: Annotated[
        str | None,
        Header(
            description="1 to 255 visible characters: makes the request safe to retry",
            json_schema_extra={"pattern": "^[!-~]{1,255}$"},
        ),
    ] = None,
) -> Idempotency:
    keys = request.headers.getlist(HEADER)
    if len(keys) > 1 or not all(map(_VISIBLE_ASCII.fullmatch, keys)):
        raise RuleViolationError("Send one key of 1 to 255 visible ASCII characters", field=HEADER)
    return Idempotency(
        request=request, caller=principal.user_id, key=idempotency_key, service=service
    )


def _to_stored_response(response: Response) -> StoredResponse:
    return StoredResponse(
        status=response.status_code, headers=dict(response.headers), body=bytes(response.body)
    )


IdempotencyDep = Annotated[Idempotency, Depends(_idempotency)]
