"""The service with the test domain: `uvicorn tests.support.service:app`."""

from functools import cache

from fastapi import APIRouter, FastAPI

from app import main
from app.api.v1 import router as v1
from app.api.v1.handlers import HANDLERS as APP_HANDLERS
from app.cli import Domains
from app.commands.export_targets import TARGETS as APP_EXPORTS
from app.commands.export_targets import ExportTarget
from app.commands.import_targets import TARGETS as APP_TARGETS
from app.commands.import_targets import ImportTarget
from app.config.settings import Settings
from tests.widgets.api import widget_endpoints, widget_handlers
from tests.widgets.models.widget_events import WIDGET_IMPORT
from tests.widgets.repositories.postgres_widget_repository import PostgresWidgetRepository
from tests.widgets.schemas.widget_schemas import WidgetCreate, WidgetFilters

WIDGETS = ImportTarget(resource="widgets", key="code", schema=WidgetCreate, changes=WIDGET_IMPORT)

HANDLERS = (*APP_HANDLERS, *widget_handlers.HANDLERS)
EXPORTED_WIDGETS = ExportTarget(
    resource="widgets",
    schema=WidgetCreate,
    filters=WidgetFilters,
    repository=PostgresWidgetRepository,
)
EXPORTS = {EXPORTED_WIDGETS.resource: EXPORTED_WIDGETS, **APP_EXPORTS}
TARGETS = {WIDGETS.resource: WIDGETS, **APP_TARGETS}
DOMAINS = Domains(handlers=HANDLERS, targets=TARGETS, exports=EXPORTS)


def create_app(settings: Settings | None = None, *, owns_process: bool = False) -> FastAPI:
    """Create the application with its own domains and the test domain."""
    router = APIRouter()
    router.include_router(v1.router)
    router.include_router(widget_endpoints.router, prefix="/v1/widgets", tags=["Widgets"])
    return main.create_app(settings, router=router, owns_process=owns_process)


@cache
def _default_app() -> FastAPI:
    return create_app(owns_process=True)


def __getattr__(name: str) -> FastAPI:
    """Create `app` on first access, as `app.main` does."""
    if name != "app":
        raise AttributeError(name)
    return _default_app()
