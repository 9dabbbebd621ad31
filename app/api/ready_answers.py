"""Answers that are kept as they are sent, until what they are about is changed."""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple, TypeVar

from fastapi import Request, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.rendering import unless_known
from app.dependencies import settle_who_asks
from app.infrastructure.resources import Resources

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
Guard = Callable[[Request], Coroutine[Any, Any, None]]
Respond = Callable[[Request], Awaitable[Response]]

_SUBJECT = "answers_are_about"


class _Kept(NamedTuple):
    answer: Response
    guards: Sequence[Guard]


class ReadyAnswersMiddleware:
    """Gives out what is kept, once the guards of its route have admitted the caller.

    It stands before the limits of a request and before the routes: finding one and having FastAPI
    call it would cost several times as much as the answer itself. Whose token has to be asked
    about is left to the route, since asking needs the deadline.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self.app
        if scope["type"] == "http" and scope["method"] == "GET":
            resources: Resources = scope["state"]["resources"]
            kept: _Kept | None = resources.cache.local.find(_key(scope))
            if kept is not None and settle_who_asks(request := Request(scope)):
                for guard in kept.guards:
                    await guard(request)
                app = unless_known(request, kept.answer)
        await app(scope, receive, send)


def kept_until_changed(subject: str) -> Callable[[Endpoint], Endpoint]:
    """Let the answers of a GET be kept until the subject is changed.

    The subject is a text such as `orders/{order_id}`, filled in from the path. The answers
    must depend on nothing but the subject and the URL, and not on who of those admitted asks.
    """

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _SUBJECT, subject)
        return endpoint

    return mark


def subject_of(endpoint: Callable[..., Any]) -> str | None:
    return getattr(endpoint, _SUBJECT, None)


async def made_and_kept(
    request: Request, subject: str, guards: Sequence[Guard], respond: Respond
) -> Response:
    """Respond, and keep the answer if it is a good one; 304 to those who have it."""
    scope = request.scope
    answers = scope["state"]["resources"].cache.local
    mark = answers.mark(subject.format_map(scope["path_params"]))
    answer = await respond(request)
    if answer.status_code == HTTPStatus.OK:
        answers.put(_key(scope), _Kept(answer, guards), mark, size=_size(scope, answer))
    return unless_known(request, answer)


def _key(scope: Scope) -> tuple[str, str, bytes]:
    # The links of a list begin with the root path.
    return scope["root_path"], scope["path"], scope["query_string"]


def _size(scope: Scope, answer: Response) -> int:
    headers = sum(len(name) + len(value) for name, value in answer.raw_headers)
    return len(answer.body) + headers + len(scope["query_string"])
