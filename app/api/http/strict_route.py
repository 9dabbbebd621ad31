"""Route class that validates requests strictly."""

from collections.abc import Callable, Collection, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import unquote_to_bytes

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute, _effective_route_context_var
from pydantic import BaseModel

from app.api.http.cache_control import set_cache_control, set_vary
from app.api.http.decimal_parameter import apply_decimal_parameter
from app.api.http.response_cache import CachedRoute, cache_tag_of, respond_and_cache
from app.exceptions.base import UnsupportedMediaError
from app.utils.guards import Guard, is_guard
from app.utils.json_text import from_json
from app.utils.route_path import resource_of


class StrictRoute(APIRoute):
    """Runs the guards before the body is read, then validates the request strictly.

    Unknown and repeated query parameters are refused. Decimal numbers in JSON keep all digits.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        guards = guards_of(self.dependant)
        resource = resource_of(_included(self).path)
        names = _query_names(self.dependant)
        takes_body = self.body_field is not None
        tag = cache_tag_of(self.endpoint)
        cached_route = None if tag is None else CachedRoute(tag, guards)
        # The start checks that the guards of a cached route read nothing from FastAPI.
        with _without_guards(self, guards if tag is not None else ()):
            handle_validated = super().get_route_handler()

        async def run_guards_then_respond(request: Request) -> Response:
            # From the template, not from the path of the request: a client cannot choose it.
            request.scope["resource"] = resource
            for guard in guards:
                await guard(request)
            if cached_route is not None:
                return await respond_and_cache(request, cached_route, validate_and_handle)
            return await validate_and_handle(request)

        async def validate_and_handle(request: Request) -> Response:
            _check_query(request, names)
            if takes_body:
                _check_content_type(request)
            apply_decimal_parameter(request.scope)
            response = await handle_validated(_ExactRequest(request.scope, request.receive))
            # Before the response is cached, so that a cached one costs nothing more.
            set_cache_control(request, response)
            set_vary(response)
            return response

        return run_guards_then_respond


@contextmanager
def _without_guards(route: APIRoute, guards: Collection[Guard]) -> Iterator[None]:
    """Build the handler without guards, which have already run when it is called."""
    owner = _included(route)
    declared: Dependant = owner.dependant
    kept = [each for each in declared.dependencies if each.name or each.call not in guards]
    owner.dependant = replace(declared, dependencies=kept)
    try:
        yield
    finally:
        owner.dependant = declared


def _included(route: APIRoute) -> Any:  # noqa: ANN401 - FastAPI's type is not public
    """Return the route with the prefixes of the routers that include it."""
    context = _effective_route_context_var.get()
    return context if context is not None and context.original_route is route else route


class _ExactRequest(Request):
    """Parses JSON without loss: decimal numbers become Decimal, not float."""

    async def json(self) -> Any:  # noqa: ANN401 - any JSON value
        return from_json(await self.body())


def guards_of(dependant: Dependant) -> list[Guard]:
    """Return the declared guards among the dependencies, each once."""
    calls: list[Any] = [each.call for each in _walk_dependants(dependant) if is_guard(each.call)]
    return list(dict.fromkeys(calls))


def _walk_dependants(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for inner in dependant.dependencies:
        yield from _walk_dependants(inner)


def _query_names(dependant: Dependant) -> frozenset[str]:
    names: set[str] = set()
    for part in _walk_dependants(dependant):
        for parameter in part.query_params:
            names |= _accepted_names(parameter.field_info.annotation, parameter.alias)
    return frozenset(names)


def _accepted_names(annotation: object, alias: str) -> frozenset[str]:
    """Return the fields of a parameter that is a model, otherwise its own name."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return frozenset(annotation.model_fields)
    return frozenset({alias})


def _check_query(request: Request, names: frozenset[str]) -> None:
    if not (raw := request.scope["query_string"]):
        return
    try:
        unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError:
        raise _query_error("query", "encoding", "The query string is not valid UTF-8") from None
    seen = set()
    for name, _ in request.query_params.multi_items():
        if name not in names:
            raise _query_error(name, "extra_forbidden", "Unknown query parameter")
        if name in seen:
            raise _query_error(name, "repeated", "Repeated query parameter")
        seen.add(name)


def _check_content_type(request: Request) -> None:
    types = request.headers.getlist("content-type")
    if [each.partition(";")[0].strip().lower() for each in types] != ["application/json"]:
        raise UnsupportedMediaError


def _query_error(name: str, kind: str, message: str) -> RequestValidationError:
    return RequestValidationError([{"loc": ("query", name), "type": kind, "msg": message}])
