"""The route class of this API: strict about all that a request says."""

from collections.abc import Callable, Coroutine, Iterator
from typing import Any
from urllib.parse import unquote_to_bytes

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel

from app.api.ready_answers import Guard, made_and_kept, subject_of
from app.dependencies import require_admin, require_reader, require_user
from app.exceptions.base import UnsupportedMediaError
from app.utils.json_text import from_json

GUARDS: tuple[Guard, ...] = (require_user, require_admin, require_reader)


class StrictRoute(APIRoute):
    """Settles who is asking before a byte of the body is read, then reads strictly.

    Query parameters that are unknown or repeated are refused, and JSON is read exactly.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        calls = [dependant.call for dependant in _tree(self.dependant)]
        guards = [guard for guard in GUARDS if guard in calls]
        names = _query_names(self.dependant)
        takes_body = self.body_field is not None
        subject = subject_of(self.endpoint)

        async def handle_strictly(request: Request) -> Response:
            for guard in guards:
                await guard(request)
            if subject is not None:
                return await made_and_kept(request, subject, guards, respond)
            return await respond(request)

        async def respond(request: Request) -> Response:
            _check_query(request, names)
            if takes_body:
                _check_content_type(request)
            return await handle(_ExactRequest(request.scope, request.receive))

        return handle_strictly


class _ExactRequest(Request):
    async def json(self) -> Any:  # noqa: ANN401 - whatever the document holds
        return from_json(await self.body())


def _tree(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for inner in dependant.dependencies:
        yield from _tree(inner)


def _query_names(dependant: Dependant) -> frozenset[str]:
    names: set[str] = set()
    for parameter in (field for part in _tree(dependant) for field in part.query_params):
        annotation = parameter.field_info.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            names |= annotation.model_fields.keys()
        else:
            names.add(parameter.alias)
    return frozenset(names)


def _check_query(request: Request, names: frozenset[str]) -> None:
    if not (raw := request.scope["query_string"]):
        return
    try:
        unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError:
        raise _refused("query", "encoding", "The query is not UTF-8") from None
    seen = set()
    for name, _ in request.query_params.multi_items():
        if name not in names:
            raise _refused(name, "extra_forbidden", "Unknown query parameter")
        if name in seen:
            raise _refused(name, "repeated", "Given more than once")
        seen.add(name)


def _check_content_type(request: Request) -> None:
    content_type = request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMediaError


def _refused(name: str, kind: str, message: str) -> RequestValidationError:
    return RequestValidationError([{"loc": ("query", name), "type": kind, "msg": message}])
