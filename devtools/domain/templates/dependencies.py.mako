"""Build the ${n.word} service, for a request or for a message."""

from typing import Annotated

from fastapi import Depends, Request

from app.dependencies import audit_trail_of
from app.infrastructure.resources import resources_of
from app.ports.audit_trail import AuditTrail
from app.infrastructure.resources import Resources
from app.repositories.${n.plural}.cached_${n.singular}_repository import Cached${n.camel}Repository
from app.repositories.${n.plural}.postgres_${n.singular}_repository import Postgres${n.camel}Repository
from app.services.shared.change_log import ChangeLog
from app.services.${n.plural}.${n.singular}_service import ${n.camel}Service


def build_${n.singular}_service(resources: Resources, *, audit: AuditTrail) -> ${n.camel}Service:
    database = resources.database
    stored = Postgres${n.camel}Repository(database=database)
    return ${n.camel}Service(
        ${n.plural}=Cached${n.camel}Repository(stored=stored, cache=resources.cache, database=database),
        transactions=database,
        changes=ChangeLog(resource="${n.plural}", audit=audit, events=resources.messaging.events),
    )


async def _${n.singular}_service(request: Request) -> ${n.camel}Service:
    return build_${n.singular}_service(resources_of(request.scope), audit=audit_trail_of(request))


${n.camel}ServiceDep = Annotated[${n.camel}Service, Depends(_${n.singular}_service)]
