"""How the changes of an import are recorded: the audit actions and the events of a domain."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.models.shared.event import EventKind
from app.models.shared.record import Changes, changes_between

# Decides from the old and the new record whether a further action is recorded.
Condition = Callable[[Any, Any], bool]


@dataclass(frozen=True)
class RecordedAs:
    """The audit action and the event of a change; `also` has further actions and conditions."""

    action: str
    event: EventKind | None = None
    also: Mapping[str, Condition] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RecordedChange:
    """One change of a record, as one request to the API would make it."""

    recorded_as: RecordedAs
    version: int
    changes: Changes


@dataclass(frozen=True, kw_only=True)
class ImportedChanges:
    """Declares how an import of a domain is recorded; `record` is the model of a stored row.

    `updated_fields` are the fields that the API changes by requests of their own. All other
    fields of a row are recorded together, as `updated`.
    """

    record: type[Any]
    created: RecordedAs
    updated: RecordedAs
    updated_fields: Mapping[str, RecordedAs] = field(default_factory=dict)

    def groups(self, names: list[str]) -> Iterator[tuple[RecordedAs, list[str]]]:
        """Group the fields that are recorded together; each group is one version."""
        for recorded_as in (*{id(v): v for v in self.updated_fields.values()}.values(), None):
            group = [name for name in names if self.updated_fields.get(name) is recorded_as]
            if group:
                yield recorded_as or self.updated, group

    def changes_of(self, old: Any, new: Any) -> Iterator[RecordedChange]:  # noqa: ANN401 - records
        """Split the difference of two records into changes, in the order of their versions."""
        changes = changes_between(old, new)
        if old is None:
            yield RecordedChange(recorded_as=self.created, version=new.version, changes=changes)
            return
        groups = self.groups(list(changes))
        for version, (recorded_as, names) in enumerate(groups, start=old.version + 1):
            own = {name: changes[name] for name in names}
            yield RecordedChange(recorded_as=recorded_as, version=version, changes=own)
