% if choices.no_events:
"""${n.title} send no events to other services."""
% else:
"""Events about ${n.words} that other services receive."""
% endif

from dataclasses import fields

from app.models.shared.event import EventKind, UrgencyLevel
from app.models.shared.imported_changes import ImportedChanges, RecordedAs
from app.models.${n.plural}.${n.singular} import New${n.camel}, ${n.camel}

% if choices.no_events:
EVENTS: tuple[EventKind, ...] = ()
% else:
_ALL = tuple(field.name for field in fields(New${n.camel}))

${n.constant}_CREATED = EventKind(name="${n.singular}.created", urgency=UrgencyLevel.MEDIUM, payload_fields=_ALL)
${n.constant}_CHANGED = EventKind(name="${n.singular}.changed", urgency=UrgencyLevel.MEDIUM, payload_fields=_ALL)
${n.constant}_DELETED = EventKind(name="${n.singular}.deleted", urgency=UrgencyLevel.CRITICAL, payload_fields=_ALL)

EVENTS = (${n.constant}_CREATED, ${n.constant}_CHANGED, ${n.constant}_DELETED)
% endif
% if unique:

${n.constant}_IMPORT = ImportedChanges(
    record=${n.camel},
    created=RecordedAs("CREATE_${n.constant}"${event("CREATED")}),
    updated=RecordedAs("UPDATE_${n.constant}"${event("CHANGED")}),
)
% endif
