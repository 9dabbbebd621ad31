"""Change the fields in the record of a domain, or refuse the change with a reason."""

from collections.abc import Sequence
from dataclasses import replace

from devtools.domain.blueprint import Blueprint
from devtools.domain.defaults import MOMENTS, WITHOUT_DEFAULT
from devtools.domain.field import Field
from devtools.domain.field_parser import read_fields
from devtools.domain.names import Names
from devtools.domain.record import DomainRecord, record_path
from devtools.domain.refusal import RefusedError


def name_of(text: str) -> str:
    """Return the name of the column: `customer:ref(customers)` is `customer_id`."""
    name, _, kind = text.partition(":")
    return f"{name}_id" if kind.startswith("ref(") else name


def blueprint_of_code(record: DomainRecord) -> Blueprint:
    return _blueprint(record, record.removed)


def blueprint_of_table(record: DomainRecord) -> Blueprint:
    """Return the domain with the fields that the code has no longer, and the table still has."""
    return _blueprint(record, ())


def _blueprint(record: DomainRecord, without: Sequence[str]) -> Blueprint:
    names = Names(plural=record.plural, singular=record.singular)
    texts = [text for text in record.fields if name_of(text) not in without]
    return Blueprint(
        names=names,
        fields=read_fields(texts, names),
        # Their own migrations are written apart.
        revision="",
        down_revision="",
        secondary=frozenset(record.secondary),
        choices=record.choices,
    )


def with_fields(record: DomainRecord, texts: Sequence[str], *, is_searched: bool) -> DomainRecord:
    """Add fields at the end; they are secondary, unless `q` has to search them."""
    if is_searched and record.no_search:
        raise RefusedError(f"{record.plural} has no search: it was made with --no-search")
    for name in map(name_of, texts):
        if name in record.removed:
            raise RefusedError(
                f"{record.plural} still has the column {name} of a removed field: drop it first,"
                f" with remove-field {record.plural} {name} --drop"
            )
        if name in map(name_of, record.fields):
            raise RefusedError(f"{record.plural} already has the field {name}")
    added = replace(record, fields=[*record.fields, *texts])
    new = blueprint_of_code(added).fields[-len(texts) :]
    for field, text in zip(new, texts, strict=True):
        _require_value_for_rows(field, text)
    is_unsearched = not is_searched and not record.no_search
    secondary = [f.name for f in new if f.kind == "enum" or (f.is_text and is_unsearched)]
    return replace(added, secondary=[*record.secondary, *secondary])


def _require_value_for_rows(field: Field, text: str) -> None:
    if not field.is_required:
        return
    base = text.removesuffix(" unique")
    optional = f"{base}? unique" if field.unique else f"{base}?"
    has_default = not field.unique and field.kind not in WITHOUT_DEFAULT
    default = f", or {base}={MOMENTS.get(field.kind, 'DEFAULT')}" if has_default else ""
    raise RefusedError(
        f"{field.name} is required, and rows that exist have no value for it."
        f" Let it be null or have a default: {optional}{default}"
    )


def without_fields(record: DomainRecord, names: Sequence[str]) -> DomainRecord:
    """Let the code have these fields no longer; the table keeps them."""
    for name in names:
        if name in record.removed:
            raise RefusedError(
                f"{name} has been removed from the code of {record.plural} before; to drop its"
                f" column, add --drop"
            )
        if name not in map(name_of, record.fields):
            raise RefusedError(f"{record.plural} has no field {name}")
    changed = replace(record, removed=[*record.removed, *names])
    if len({*changed.removed}) == len(record.fields):
        raise RefusedError(f"{record.plural} would have no field left; see remove-domain")
    _require_no_lead(record, names)
    _require_no_key(record, names)
    return changed


def _require_no_lead(record: DomainRecord, names: Sequence[str]) -> None:
    lead = blueprint_of_code(record).lead
    if lead and lead.name in names:
        raise RefusedError(
            f"{lead.name} is the first column of every index of the lists of {record.plural}:"
            " running code and new code need different ones; remove it by hand,"
            " as docs/LISTS.md and docs/OPERATIONS.md describe"
        )


def _require_no_key(record: DomainRecord, names: Sequence[str]) -> None:
    """Rows that old and new code write would have equal placeholders."""
    for key in blueprint_of_code(record).unique_together:
        if {*key.names} & {*names}:
            raise RefusedError(
                f"{key.text} are unique together. First write a migration that drops the"
                f" constraint {record.plural}_{key.constraint}; then take them out of `unique` in"
                f" {record_path(record.plural)}, and {key.error} out of the code"
            )


def without_columns(record: DomainRecord, names: Sequence[str]) -> DomainRecord:
    """Let the table, too, have these fields no longer."""
    for name in names:
        if name not in record.removed:
            raise RefusedError(
                f"{name} is not a removed field of {record.plural}: run remove-field without"
                " --drop first, and release that"
            )
    return replace(
        record,
        fields=[text for text in record.fields if name_of(text) not in names],
        secondary=[name for name in record.secondary if name not in names],
        removed=[name for name in record.removed if name not in names],
    )
