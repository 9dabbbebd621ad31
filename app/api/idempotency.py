"""`Idempotency-Key`: https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/."""

import re
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Annotated

from fastapi import Depends, Header, Request, Response

from app.dependencies import IdempotencyServiceDep, PrincipalDep
from app.exceptions.base import RuleViolationError
from app.models.idempotency import KeyedRequest, StoredAnswer
from app.schemas.common import StrictBody
from app.services.idempotency_service import IdempotencyService

HEADER = "Idempotency-Key"
_VISIBLE = re.compile(r"[\x21-\x7e]{1,255}")
REPLAYED = {"Idempotency-Replayed": "true"}

Respond = Callable[[], Awaitable[Response]]


class Idempotency:
    """Answers a request that was answered before with the very same answer."""

    def __init__(
        self, *, request: Request, caller: str, key: str | None, service: IdempotencyService
    ) -> None:
        self._request = request
        self._caller = caller
        self._key = key
        self._service = service

    async def once(self, body: StrictBody, respond: Respond) -> Response:
        """Respond, or repeat the answer that the caller's key was given before."""
        if self._key is None:
            return await respond()
        asked = f"{self._request.method} {self._request.url.path} {body.model_dump_json()}"
        keyed = KeyedRequest(
            caller=self._caller, key=self._key, fingerprint=sha256(asked.encode()).digest()
        )

        async def work() -> StoredAnswer:
            return _stored(await respond())

        answer, is_replay = await self._service.once(keyed, work)
        headers = {**answer.headers, **(REPLAYED if is_replay else {})}
        return Response(answer.body, answer.status, headers)


async def _idempotency(
    request: Request,
    principal: PrincipalDep,
    service: IdempotencyServiceDep,
    idempotency_key: Annotated[
        str | None,
        Header(
            description="1 to 255 visible characters: makes it safe to send again",
            json_schema_extra={"pattern": "^[!-~]{1,255}$"},
        ),
    ] = None,
) -> Idempotency:
    given = request.headers.getlist(HEADER)
    if len(given) > 1 or not all(map(_VISIBLE.fullmatch, given)):
        raise RuleViolationError("Give 1 to 255 visible ASCII characters, once", field=HEADER)
    return Idempotency(
        request=request, caller=principal.user_id, key=idempotency_key, service=service
    )


def _stored(response: Response) -> StoredAnswer:
    return StoredAnswer(
        status=response.status_code, headers=dict(response.headers), body=bytes(response.body)
    )


IdempotencyDep = Annotated[Idempotency, Depends(_idempotency)]
