"""Find changes of a JSON schema that break clients.

A request breaks if the new schema accepts less, a response if it may contain more kinds of values,
or lacks what was there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

LOWER_BOUNDS = ("minimum", "exclusiveMinimum", "minLength", "minItems")
UPPER_BOUNDS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")


@dataclass(frozen=True)
class Comparison:
    """Two documents, and the direction in which their schemas are compared."""

    old: Json
    new: Json
    is_request: bool

    def changes(self, name: str, old: Json, new: Json, seen: tuple[int, ...] = ()) -> Iterator[str]:
        """Yield the breaking changes; `seen` has the schemas on the way, against cycles."""
        old_kinds, new_kinds = _kinds(self.old, old), _kinds(self.new, new)
        sent, accepted = (old_kinds, new_kinds) if self.is_request else (new_kinds, old_kinds)
        lost = [kind for kind in sent if not _fits(kind, accepted)]
        if lost:
            verb = "no longer accepts" if self.is_request else "may now be"
            yield f"{name} {verb} {', '.join(sorted(lost))}"
        for kind in old_kinds.keys() & new_kinds.keys():
            yield from self._changes_of_kind(name, old_kinds[kind], new_kinds[kind], seen)

    def _changes_of_kind(
        self, name: str, old: Json, new: Json, seen: tuple[int, ...]
    ) -> Iterator[str]:
        if id(old) in seen:
            return
        seen = (*seen, id(old))
        yield from self._enum_changes(name, old, new)
        if self.is_request:
            yield from _tightened_limits(name, old, new)
        yield from self._field_changes(name, old, new, seen)
        if "items" in old and "items" in new:
            yield from self.changes(f"{name}[]", old["items"], new["items"], seen)

    def _enum_changes(self, name: str, old: Json, new: Json) -> Iterator[str]:
        before, after = _values(old), _values(new)
        sent, accepted = (before, after) if self.is_request else (after, before)
        if accepted is None:
            return
        if sent is None:
            yield (
                f"{name} is now limited to {_listed(accepted)}"
                if self.is_request
                else (f"{name} is no longer limited to {_listed(accepted)}")
            )
        elif lost := [value for value in sent if value not in accepted]:
            verb = "no longer accepts" if self.is_request else "may now be"
            yield f"{name} {verb} {_listed(lost)}"

    def _field_changes(
        self, name: str, old: Json, new: Json, seen: tuple[int, ...]
    ) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        was_required, is_required = set(old.get("required", ())), set(new.get("required", ()))
        for field in before:
            if field not in after:
                yield f"{name}.{field} was removed"
            else:
                yield from self.changes(f"{name}.{field}", before[field], after[field], seen)
        if self.is_request:
            for field in sorted(is_required - was_required):
                yield f"{name}.{field} is now required"
        else:
            for field in sorted((was_required - is_required) & after.keys()):
                yield f"{name}.{field} may now be missing"


def resolved(document: Json, schema: Json) -> Json:
    """Return the target of a reference, or what is not one."""
    found = document
    for part in schema.get("$ref", "#").split("/")[1:]:
        found = found[part]
    return found if "$ref" in schema else schema


def _kinds(document: Json, schema: Json) -> dict[str, Json]:
    """Return the alternatives of a schema by their JSON type; `any` stands for all types."""
    schema = resolved(document, schema)
    alternatives = schema.get("anyOf") or schema.get("oneOf")
    if alternatives:
        return {kind: s for each in alternatives for kind, s in _kinds(document, each).items()}
    types = schema.get("type", "any")
    return dict.fromkeys([types] if isinstance(types, str) else types, schema)


def _fits(kind: str, kinds: dict[str, Json]) -> bool:
    return kind in kinds or "any" in kinds or (kind == "integer" and "number" in kinds)


def _values(schema: Json) -> list[Any] | None:
    """Return the allowed values, or None for any."""
    values: list[Any] | None = [schema["const"]] if "const" in schema else schema.get("enum")
    return values


def _listed(values: list[Any]) -> str:
    return ", ".join(map(repr, values))


def _tightened_limits(name: str, old: Json, new: Json) -> Iterator[str]:
    for keyword in LOWER_BOUNDS:
        if keyword in new and (keyword not in old or new[keyword] > old[keyword]):
            yield f"{name}: {keyword} is now {new[keyword]}"
    for keyword in UPPER_BOUNDS:
        if keyword in new and (keyword not in old or new[keyword] < old[keyword]):
            yield f"{name}: {keyword} is now {new[keyword]}"
    if "pattern" in new and new["pattern"] != old.get("pattern"):
        yield f"{name}: its pattern has changed"
