"""The composition root for requests: resources -> repositories -> services, and who may call."""

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer

from app.exceptions.base import UnauthenticatedError
from app.exceptions.security_exceptions import RoleNotAllowedError
from app.infrastructure.logging.audit_trail import Actor, AuditTrail
from app.infrastructure.logging.postgres_audit_trail import PostgresAuditTrail
from app.infrastructure.resources import Resources
from app.infrastructure.security.bearer import bearer_token
from app.models.principal import Principal
from app.repositories.postgres_idempotency_repository import PostgresIdempotencyRepository
from app.repositories.products.cached_product_repository import CachedProductRepository
from app.repositories.products.postgres_product_repository import PostgresProductRepository
from app.services.change_log import ChangeLog
from app.services.idempotency_service import IdempotencyService
from app.services.products.product_service import ProductService
from app.utils.client_address import client_address
from app.utils.request_context import request_id

Bearer = Annotated[
    object,
    Security(HTTPBearer(bearerFormat="JWT", auto_error=False, description="From the auth service")),
]


def resources_of(request: Request) -> Resources:
    resources: Resources = request.scope["state"]["resources"]
    return resources


async def authenticate(request: Request) -> Principal:
    """Find out who asks, once a request; raises InvalidTokenError or AuthUnavailableError."""
    principal: Principal | None = request.scope.get("principal")
    if principal is None:
        token = bearer_token(request.headers.getlist("authorization"))
        principal = await resources_of(request).tokens.verify(token)
        request.scope["principal"] = principal
    return principal


def settle_who_asks(request: Request) -> bool:
    """Find it out without asking anybody; False if the auth service has to be asked."""
    try:
        token = bearer_token(request.headers.getlist("authorization"))
    except UnauthenticatedError:
        # Nothing to ask about: the guards decide.
        return True
    principal = resources_of(request).tokens.verify_cached(token)
    if principal is not None:
        request.scope["principal"] = principal
    return principal is not None


async def require_user(request: Request, _: Bearer = None) -> None:
    """Admit the roles `user` and `admin`."""
    if not (await authenticate(request)).may_read:
        raise RoleNotAllowedError


async def require_admin(request: Request, _: Bearer = None) -> None:
    """Admit the role `admin` only."""
    if not (await authenticate(request)).is_admin:
        raise RoleNotAllowedError


async def require_reader(request: Request, _: Bearer = None) -> None:
    """Admit whom require_user admits; with PUBLIC_READS also callers who show no token."""
    if resources_of(request).settings.public_reads and "authorization" not in request.headers:
        return
    await require_user(request)


def build_product_service(resources: Resources, *, audit: AuditTrail) -> ProductService:
    database = resources.database
    stored = PostgresProductRepository(database=database)
    return ProductService(
        products=CachedProductRepository(stored=stored, cache=resources.cache, database=database),
        transactions=database,
        changes=ChangeLog(resource="products", audit=audit, events=resources.messaging.events),
    )


async def _product_service(request: Request) -> ProductService:
    return build_product_service(resources_of(request), audit=_audit_trail(request))


async def _idempotency_service(request: Request) -> IdempotencyService:
    database = resources_of(request).database
    return IdempotencyService(
        records=PostgresIdempotencyRepository(database=database), transactions=database
    )


def _audit_trail(request: Request) -> AuditTrail:
    resources, principal = resources_of(request), request.scope.get("principal")
    actor = Actor(
        user_id=principal.user_id if principal else "anonymous",
        role=principal.role if principal else "none",
        client_ip=client_address(request.scope, resources.settings.trusted_proxies),
        request_id=request_id.get(),
    )
    entries = request.scope.get("audit_entries", [])
    return PostgresAuditTrail(database=resources.database, actor=actor, announce=entries.append)


PrincipalDep = Annotated[Principal, Depends(authenticate)]
ProductServiceDep = Annotated[ProductService, Depends(_product_service)]
IdempotencyServiceDep = Annotated[IdempotencyService, Depends(_idempotency_service)]
