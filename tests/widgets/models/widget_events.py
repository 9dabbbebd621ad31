"""Events about widgets that other services receive."""

from dataclasses import fields

from app.models.shared.event import EventKind, UrgencyLevel
from app.models.shared.imported_changes import ImportedChanges, RecordedAs
from tests.widgets.models.widget import NewWidget, Widget

_ALL = tuple(field.name for field in fields(NewWidget))

WIDGET_CREATED = EventKind(name="widget.created", urgency=UrgencyLevel.MEDIUM, payload_fields=_ALL)
WIDGET_CHANGED = EventKind(name="widget.changed", urgency=UrgencyLevel.MEDIUM, payload_fields=_ALL)
WIDGET_DELETED = EventKind(
    name="widget.deleted", urgency=UrgencyLevel.CRITICAL, payload_fields=_ALL
)

EVENTS = (WIDGET_CREATED, WIDGET_CHANGED, WIDGET_DELETED)

WIDGET_IMPORT = ImportedChanges(
    record=Widget,
    created=RecordedAs("CREATE_WIDGET", event=WIDGET_CREATED),
    updated=RecordedAs("UPDATE_WIDGET", event=WIDGET_CHANGED),
)
