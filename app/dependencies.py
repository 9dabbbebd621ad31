"""Dependencies of the routes of all domains: authentication, guards and audit trail.

Each domain builds its own service in `api/v1/{plural}/{singular}_dependencies.py`.
"""

from typing import Annotated, NamedTuple

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer

from app.exceptions.base import UnauthenticatedError
from app.exceptions.shared.security_exceptions import RoleNotAllowedError
from app.infrastructure.audit.postgres_audit_trail import PostgresAuditTrail
from app.infrastructure.resources import resources_of
from app.infrastructure.security.bearer import bearer_token
from app.infrastructure.security.token_verifier import TokenVerifier
from app.models.shared.principal import Principal
from app.ports.audit_trail import Actor, AuditTrail
from app.repositories.shared.postgres_idempotency_repository import PostgresIdempotencyRepository
from app.services.shared.idempotency_service import IdempotencyService
from app.utils.client_address import client_address
from app.utils.guards import guard
from app.utils.http_methods import READ_METHODS
from app.utils.request_context import request_id

Bearer = Annotated[
    object,
    Security(
        HTTPBearer(
            bearerFormat="JWT", auto_error=False, description="JWT issued by the auth service"
        )
    ),
]


class Actions(NamedTuple):
    """The actions that a guard requires of a role: see `app/models/shared/roles.py`."""

    read: str
    write: str

    def of(self, method: str) -> str:
        return self.read if method in READ_METHODS else self.write


USER_ACTIONS = Actions(read="read", write="submit")
ADMIN_ACTIONS = Actions(read="inspect", write="write")


async def authenticate(request: Request) -> Principal:
    """Authenticate once per request; with AUTH_RECHECK_WRITES not from the cache for a write.

    Raises InvalidTokenError, AccountNotUsableError or AuthUnavailableError.
    """
    principal: Principal | None = request.scope.get("principal")
    if principal is None:
        token = bearer_token(request.headers.getlist("authorization"))
        resources = resources_of(request.scope)
        is_rechecked = resources.settings.auth_recheck_writes and request.method not in READ_METHODS
        verify = resources.tokens.verify_uncached if is_rechecked else resources.tokens.verify
        principal = await verify(token)
        request.scope["principal"] = principal
    return principal


def authenticate_from_cache(request: Request, tokens: TokenVerifier) -> bool:
    """Authenticate without I/O; return False when the auth service must be called."""
    try:
        token = bearer_token(request.headers.getlist("authorization"))
    except UnauthenticatedError:
        # There is no token to verify: the guards decide.
        return True
    principal = tokens.verify_cached(token)
    if principal is not None:
        request.scope["principal"] = principal
    return principal is not None


@guard
async def require_user(request: Request, _: Bearer = None) -> None:
    """Authorise roles with `read` on the resource; for a write, with `submit`."""
    await _require(request, USER_ACTIONS)


@guard
async def require_admin(request: Request, _: Bearer = None) -> None:
    """Authorise roles with `write` on the resource; for a GET, with `inspect`."""
    await _require(request, ADMIN_ACTIONS)


@guard
async def require_reader(request: Request, _: Bearer = None) -> None:
    """Authorise like `require_user`; with PUBLIC_READS also callers without a token."""
    if resources_of(request.scope).settings.public_reads and "authorization" not in request.headers:
        return
    await require_user(request)


async def _require(request: Request, actions: Actions) -> None:
    principal = await authenticate(request)
    # `StrictRoute` sets the resource; without it only permissions on every resource count.
    if not principal.may(request.scope.get("resource", ""), actions.of(request.method)):
        raise RoleNotAllowedError


async def _idempotency_service(request: Request) -> IdempotencyService:
    database = resources_of(request.scope).database
    return IdempotencyService(
        records=PostgresIdempotencyRepository(database=database), transactions=database
    )


def audit_trail_of(request: Request) -> AuditTrail:
    """Return the audit trail that names the caller of this request."""
    resources, principal = resources_of(request.scope), request.scope.get("principal")
    actor = Actor(
        user_id=principal.user_id if principal else "anonymous",
        role=principal.role if principal else "none",
        client_ip=client_address(request.scope, resources.settings.trusted_proxies),
        request_id=request_id.get(),
    )
    entries = request.scope.get("audit_entries", [])
    return PostgresAuditTrail(database=resources.database, actor=actor, announce=entries.append)


PrincipalDep = Annotated[Principal, Depends(authenticate)]
IdempotencyServiceDep = Annotated[IdempotencyService, Depends(_idempotency_service)]
