from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.infrastructure.logging.audit_trail import AuditEntry
from app.infrastructure.resources import Resources
from app.utils.client_address import Network, client_address
from app.utils.request_context import request_id
from app.utils.route_path import route_path

_READING = {"GET", "HEAD", "OPTIONS"}


class AuditMiddleware:
    """Leaves a line in the audit log for every write that is attempted under /api.

    What was changed is known from the entries that the service committed; what was refused
    is known from the route, whose endpoint's name is the action.
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

        async def send_noting_status(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self.app(scope, receive, send_noting_status)
        finally:
            resources: Resources = scope["state"]["resources"]
            address = client_address(scope, self._trusted_proxies)
            for entry in entries or [_refused(scope, status)]:
                resources.audit_file.write(_line(scope, entry, status, address))


def _is_write(scope: Scope) -> bool:
    return (
        scope["type"] == "http"
        and scope["method"] not in _READING
        and route_path(scope).startswith("/api/")
    )


def _refused(scope: Scope, status: int) -> AuditEntry:
    endpoint = scope.get("endpoint")
    action = scope["method"]
    if endpoint is not None and status != HTTPStatus.METHOD_NOT_ALLOWED:
        action = endpoint.__name__.upper()
    # /api/v1/products/7/price -> products/7
    resource = "/".join(route_path(scope).split("/")[3:5])
    return AuditEntry(action=action, resource=resource, changes={})


def _line(scope: Scope, entry: AuditEntry, status: int, address: str) -> dict[str, Any]:
    principal = scope.get("principal")
    return {
        "timestamp": datetime.now(UTC),
        "request_id": request_id.get(),
        "actor": principal and {"user_id": principal.user_id, "role": principal.role},
        "client_ip": address,
        "action": entry.action,
        "resource": entry.resource,
        "outcome": status,
        "changes": entry.changes,
    }
