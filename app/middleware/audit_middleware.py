from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.infrastructure.audit.audit_line import audit_line
from app.infrastructure.resources import resources_of
from app.ports.audit_trail import AuditEntry
from app.utils.client_address import Network, client_address
from app.utils.http_methods import READ_METHODS
from app.utils.log_text import shortened
from app.utils.request_context import request_id
from app.utils.route_path import route_path


class AuditMiddleware:
    """Writes a line to the audit log for every attempted write under /api.

    A write is described by the entries that the service committed. If there are none, for example
    because the write was refused, the line is derived from the request. A client beyond its rate
    limit has one line in a minute.
    """

    def __init__(self, app: ASGIApp, *, trusted_proxies: list[Network]) -> None:
        self.app = app
        self._trusted_proxies = trusted_proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _is_write(scope):
            await self.app(scope, receive, send)
            return
        entries: list[AuditEntry] = []
        scope["audit_entries"] = entries
        status = 0

        async def send_and_record_status(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self.app(scope, receive, send_and_record_status)
        finally:
            self._log(scope, entries or [_entry_of_request(scope, status)], status)

    def _log(self, scope: Scope, entries: list[AuditEntry], status: int) -> None:
        resources = resources_of(scope)
        address = client_address(scope, self._trusted_proxies)
        for entry in entries:
            line = audit_line(
                entry,
                actor=scope.get("principal"),
                outcome=status,
                request_id=request_id.get(),
                client_ip=address,
            )
            if (client := scope.get("rate_limited_client")) is not None:
                resources.rate_limited_lines.write(client, line)
            else:
                resources.audit_file.write(line)


def _is_write(scope: Scope) -> bool:
    return (
        scope["type"] == "http"
        and scope["method"] not in READ_METHODS
        and route_path(scope).startswith("/api/")
    )


def _entry_of_request(scope: Scope, status: int) -> AuditEntry:
    """Describe a write for which the service committed no entry, such as a refused one.

    Without an endpoint (404) or with one of another method (405), the action is the method.
    """
    endpoint = scope.get("endpoint")
    action = scope["method"]
    if endpoint is not None and status != HTTPStatus.METHOD_NOT_ALLOWED:
        action = endpoint.__name__.upper()
    # /api/v1/orders/7/payment -> orders/7
    resource = "/".join(route_path(scope).split("/")[3:5])
    return AuditEntry(action=action, resource=shortened(resource), changes={})
