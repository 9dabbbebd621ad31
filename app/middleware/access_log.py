import logging
from collections.abc import Sequence
from http import HTTPStatus

from starlette.types import Scope

from app.infrastructure.logging.repeated_lines import RepeatedLines
from app.middleware.remembered_templates import RememberedTemplates
from app.models.shared.principal import Principal
from app.utils.client_address import Network, client_address, network_of
from app.utils.http_methods import READ_METHODS
from app.utils.log_text import shortened

logger = logging.getLogger("app.access")

MAX_REFUSALS = 60
"""Maximum lines a minute about refused requests of one address; 429 has one line more."""

_FIRST_REFUSAL, _FIRST_SERVER_ERROR = 400, 500


class AccessLog:
    """Logs each request; of refusals only as many as tell an operator what happens.

    Successful reads are logged at `read_level`, everything else at INFO.
    """

    def __init__(
        self,
        *,
        read_level: int,
        trusted_proxies: Sequence[Network],
        templates: RememberedTemplates,
    ) -> None:
        self._templates = templates
        self._read_level = read_level
        self._trusted_proxies = trusted_proxies
        self._refused = RepeatedLines(max_lines=MAX_REFUSALS, report=_report)
        self._rate_limited = RepeatedLines(max_lines=1, report=_report)

    def write(self, scope: Scope, status: int, seconds: float) -> None:
        is_success = 0 < status < _FIRST_REFUSAL
        is_read = is_success and scope["method"] in READ_METHODS
        level = self._read_level if is_read else logging.INFO
        if not logger.isEnabledFor(level):
            return
        if _FIRST_REFUSAL <= status < _FIRST_SERVER_ERROR and not self._admits(scope, status):
            return
        method, path, milliseconds = scope["method"], shortened(scope["path"]), seconds * 1000
        logger.log(
            level,
            "%s %s %d %.1fms",
            *(method, path, status, milliseconds),
            extra=self._fields(scope, status, milliseconds),
        )

    def _fields(self, scope: Scope, status: int, milliseconds: float) -> dict[str, object]:
        principal: Principal | None = scope.get("principal")
        return {
            "method": scope["method"],
            "route": self._templates.find(scope),
            "status": status,
            "duration_ms": round(milliseconds, 3),
            "user": principal and principal.user_id,
            "client_ip": client_address(scope, self._trusted_proxies),
        }

    def report_left_out(self) -> None:
        self._refused.report_left_out()
        self._rate_limited.report_left_out()

    def _admits(self, scope: Scope, status: int) -> bool:
        is_limited = status == HTTPStatus.TOO_MANY_REQUESTS
        client = network_of(client_address(scope, self._trusted_proxies))
        return (self._rate_limited if is_limited else self._refused).admits(client, client)


def _report(client: str, left_out: int) -> None:
    logger.info("Refused %d more requests of %s within a minute", left_out, client)
