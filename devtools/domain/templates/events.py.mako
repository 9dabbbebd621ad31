"""What other services hear of ${n.words}."""

from dataclasses import fields

from app.models.event import EventKind, UrgencyLevel
from app.models.${n.plural}.${n.singular} import New${n.camel}

_ALL = tuple(field.name for field in fields(New${n.camel}))

${n.constant}_CREATED = EventKind(name="${n.singular}.created", urgency=UrgencyLevel.MEDIUM, tells=_ALL)
${n.constant}_CHANGED = EventKind(name="${n.singular}.changed", urgency=UrgencyLevel.MEDIUM, tells=_ALL)
${n.constant}_DELETED = EventKind(name="${n.singular}.deleted", urgency=UrgencyLevel.CRITICAL, tells=_ALL)

EVENTS = (${n.constant}_CREATED, ${n.constant}_CHANGED, ${n.constant}_DELETED)
