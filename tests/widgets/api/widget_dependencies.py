"""Build the widget service, for a request or for a message."""

from typing import Annotated

from fastapi import Depends, Request

from app.dependencies import audit_trail_of
from app.infrastructure.resources import Resources, resources_of
from app.ports.audit_trail import AuditTrail
from app.services.shared.change_log import ChangeLog
from tests.widgets.repositories.cached_widget_repository import CachedWidgetRepository
from tests.widgets.repositories.postgres_widget_repository import PostgresWidgetRepository
from tests.widgets.services.widget_service import WidgetService


def build_widget_service(resources: Resources, *, audit: AuditTrail) -> WidgetService:
    database = resources.database
    stored = PostgresWidgetRepository(database=database)
    return WidgetService(
        widgets=CachedWidgetRepository(stored=stored, cache=resources.cache, database=database),
        transactions=database,
        changes=ChangeLog(resource="widgets", audit=audit, events=resources.messaging.events),
    )


async def _widget_service(request: Request) -> WidgetService:
    return build_widget_service(resources_of(request.scope), audit=audit_trail_of(request))


WidgetServiceDep = Annotated[WidgetService, Depends(_widget_service)]
