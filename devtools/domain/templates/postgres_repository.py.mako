from collections.abc import Mapping
from dataclasses import replace
from typing import Any, get_args

import asyncpg

from app.exceptions.${n.plural}.${n.singular}_exceptions import (
    ${n.camel}NotFoundError,
% for key in keys:
    ${key.error},
% endfor
)
from app.infrastructure.database.postgres_database import PostgresDatabase
from app.models.shared.listing import ListQuery, Page
from app.models.${n.plural}.${n.singular} import (
    New${n.camel},
    ${n.camel},
% if lead:
    ${lead.type_name},
% endif
)
from app.repositories.shared.listing import Listing, fetch_page
from app.repositories.shared.system_fields import new_system_fields
from app.repositories.shared.unique_violations import translate_unique_violation

_COLUMNS = """
    ${columns}
"""

${n.constant}_LISTING = Listing(
    table="${n.plural}",
    columns=tuple(_COLUMNS.replace(",", "").split()),
    filters={
% for field in filtered:
% if field.is_range:
        "min_${field.name}": "${field.name} >= {}",
        "max_${field.name}": "${field.name} <= {}",
% endif
% if field.is_exact:
        "${field.name}": "${field.name} = {}",
% endif
% endfor
    },
    sorts={
% for sort in sorts:
        "${sort}": "${sort}",
% endfor
    },
% if searched:
    search="search_text",
% endif
% if lead:
    scan_partitions=("${lead.name}", get_args(${lead.type_name})),
% endif
)


class Postgres${n.camel}Repository:
    def __init__(self, *, database: PostgresDatabase) -> None:
        self._database = database

<%def name="insert(indent)">\
${indent}await self._database.change_record(
${indent}    "${n.plural}",
${indent}    """
${indent}    INSERT INTO ${n.plural}
${indent}        (${wrapped(", ".join(["id", *(f.name for f in fields), "created_at", "updated_at"]), indent=len(indent) + 9)})
${indent}    OVERRIDING SYSTEM VALUE
${indent}    VALUES (${wrapped(", ".join(["$1", *numbered(fields, 2), *[f"${len(fields) + 2}"] * 2]), indent=len(indent) + 12)})
${indent}    """,
${indent}    ${n.singular}.id,
% for field in fields:
${indent}    ${n.singular}.${field.name},
% endfor
${indent}    ${n.singular}.created_at,
${indent})
</%def>\
<%def name="update(indent)">\
${indent}is_found = await self._database.change_record(
${indent}    "${n.plural}",
${indent}    """
${indent}    UPDATE ${n.plural}
${indent}    SET ${wrapped(", ".join([*(f"{f.name}\xa0=\xa0{number}" for f, number in zip(fields, numbered(fields, 2))), f"updated_at\xa0=\xa0${len(fields) + 2}", "version\xa0=\xa0version\xa0+\xa01"]), indent=len(indent) + 8)}
${indent}    WHERE id = $1
${indent}    """,
${indent}    ${n.singular}.id,
% for field in fields:
${indent}    ${n.singular}.${field.name},
% endfor
${indent}    changed.updated_at,
${indent})
</%def>\
    async def add(self, new: New${n.camel}) -> ${n.camel}:
        ${n.singular} = ${n.camel}(**vars(new), **await new_system_fields(self._database, "${n.plural}"))
% if keys:
        with translate_unique_violation(${", ".join(f"{n.plural}_{key.constraint}={key.error}({key.values(n.singular)})" for key in keys)}):
${insert(" " * 12)}\
% else:
${insert(" " * 8)}\
% endif
        return ${n.singular}

    async def get(self, ${n.singular}_id: int) -> ${n.camel}:
        record = await self._database.fetch_by_id(
            f"SELECT {_COLUMNS} FROM ${n.plural} WHERE id = ANY($1)", ${n.singular}_id
        )
        return _found(record, ${n.singular}_id)

    async def get_for_update(self, ${n.singular}_id: int) -> ${n.camel}:
        record = await self._database.read_to_change("${n.plural}", _COLUMNS, ${n.singular}_id)
        return _found(record, ${n.singular}_id)

    async def update(self, ${n.singular}: ${n.camel}) -> ${n.camel}:
        next_version = await self._database.next_version("${n.plural}", ${n.singular}.id)
        if next_version is None:
            raise ${n.camel}NotFoundError(${n.singular}.id)
        changed = replace(${n.singular}, **next_version._asdict())
% if keys:
        with translate_unique_violation(${", ".join(f"{n.plural}_{key.constraint}={key.error}({key.values(n.singular)})" for key in keys)}):
${update(" " * 12)}\
% else:
${update(" " * 8)}\
% endif
        if not is_found:
            raise ${n.camel}NotFoundError(${n.singular}.id)
        return changed

    async def remove(self, ${n.singular}_id: int) -> None:
        sql = "DELETE FROM ${n.plural} WHERE id = $1"
        if not await self._database.change_record("${n.plural}", sql, ${n.singular}_id):
            raise ${n.camel}NotFoundError(${n.singular}_id)

    async def list(self, query: ListQuery) -> Page[${n.camel}]:
        return await fetch_page(self._database, ${n.constant}_LISTING, query, ${n.camel})


def _found(record: asyncpg.Record | Mapping[str, Any] | None, ${n.singular}_id: int) -> ${n.camel}:
    if record is None:
        raise ${n.camel}NotFoundError(${n.singular}_id)
    return ${n.camel}(**record)
