from collections.abc import Mapping, Sequence
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.infrastructure.messaging.outbox.outbox import current_outbox
from app.infrastructure.resources import resources_of
from app.middleware.access_log import AccessLog
from app.middleware.remembered_templates import RememberedTemplates
from app.middleware.request_durations import record_duration
from app.middleware.request_span import continue_trace, end_request_span
from app.utils.client_address import Network, is_trusted_proxy
from app.utils.request_context import (
    new_request_id,
    request_id,
    traceparent,
    valid_request_id,
    valid_traceparent,
)
from app.utils.response_headers import with_headers
from app.utils.route_path import with_encoded_slashes, with_prefix_once

_NO_SNIFFING = (b"x-content-type-options", b"nosniff")
# For a year; browsers ignore it on connections without TLS.
_TLS_ONLY = (b"strict-transport-security", b"max-age=31536000")


class RequestContextMiddleware:
    """Assigns a request ID to the response and to every log line; the outermost middleware.

    Handles HEAD as GET without a body, for all routes.
    """

    def __init__(
        self, app: ASGIApp, *, read_level: int, trusted_proxies: Sequence[Network]
    ) -> None:
        self.app = app
        self._trusted_proxies = trusted_proxies
        self._templates = RememberedTemplates()
        self._access_log = AccessLog(
            read_level=read_level, trusted_proxies=trusted_proxies, templates=self._templates
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            self._access_log.report_left_out()
            return
        # Most requests need neither, and a call costs more than this check.
        if scope["root_path"] or b"%2" in (scope.get("raw_path") or b""):
            scope = with_prefix_once(with_encoded_slashes(scope))
        request_headers = dict(scope["headers"])
        received = request_headers.get(b"x-request-id")
        identifier = received and valid_request_id(received.decode("latin-1"))
        identifier = identifier or new_request_id()
        received = request_headers.get(b"traceparent")
        trace = received and valid_traceparent(received.decode("latin-1"))
        request_id.set(identifier)
        resources = resources_of(scope)
        current_outbox.set(resources.messaging.outbox)
        span = None
        if trace is not None or resources.tracing.is_enabled:
            span = continue_trace(resources.tracing, scope, trace)
            trace = trace if span is None else span.traceparent
        else:
            traceparent.set(None)
        added = [(b"x-request-id", identifier.encode()), _NO_SNIFFING]
        if trace is not None:
            added.append((b"traceparent", trace.encode()))
        may_use_tls = scope["scheme"] == "https" or b"x-forwarded-proto" in request_headers
        if may_use_tls and self._uses_tls(scope, request_headers):
            added.append(_TLS_ONLY)
        inner = _as_get(scope) if scope["method"] == "HEAD" else scope
        # Of the response that has begun; `ErrorGuardMiddleware` reads it too.
        inner["response_status"] = 0
        requests = resources.requests
        requests.active += 1
        # A request that had to wait for admission has arrived before.
        started = scope.get("arrived_at") or perf_counter()

        async def send_with_request_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                inner["response_status"] = message["status"]
                message = with_headers(message, *added)
            elif scope["method"] == "HEAD":
                message = {**message, "body": b""}
            await send(message)

        try:
            await self.app(inner, receive, send_with_request_id)
        finally:
            seconds = perf_counter() - started
            requests.active -= 1
            status = inner["response_status"]
            record_duration(requests, inner, scope["method"], status, seconds)
            # With what routing has added.
            scope = scope if inner is scope else {**inner, "method": scope["method"]}
            self._access_log.write(scope, status, seconds)
            if span is not None:
                end_request_span(span, scope["method"], self._templates.find(scope), status)

    def _uses_tls(self, scope: Scope, request_headers: Mapping[bytes, bytes]) -> bool:
        """Return whether the client uses TLS, with this process or with a trusted proxy."""
        if scope["scheme"] == "https":
            return True
        is_forwarded = request_headers[b"x-forwarded-proto"].lower() == b"https"
        return is_forwarded and is_trusted_proxy(scope, self._trusted_proxies)


def _as_get(scope: Scope) -> Scope:
    return {**scope, "method": "GET", "is_head": True}
