import asyncpg

from app.exceptions.${n.plural}.${n.singular}_exceptions import (
    ${n.camel}NotFoundError,
% for field in unique:
    ${field.alias}TakenError,
% endfor
)
from app.infrastructure.database.postgres_database import PostgresDatabase
from app.models.listing import ListQuery, Page
from app.models.${n.plural}.${n.singular} import New${n.camel}, ${n.camel}
from app.repositories.listing import Listing, page_from
from app.repositories.taken import refused_if_taken

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
% else:
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
    walks=("${lead.name}", (${", ".join(f'"{value}"' for value in lead.values)})),
% endif
)


class Postgres${n.camel}Repository:
    def __init__(self, *, database: PostgresDatabase) -> None:
        self._database = database

<%def name="insert(indent)">\
${indent}record = await self._database.fetchrow(
${indent}    f"""
${indent}    INSERT INTO ${n.plural}
${indent}        (${wrapped(", ".join(f.name for f in fields), indent=len(indent) + 9)})
${indent}    VALUES (${wrapped(", ".join(numbered(fields)), indent=len(indent) + 12)})
${indent}    RETURNING {_COLUMNS}
${indent}    """,
% for field in fields:
${indent}    new.${field.name},
% endfor
${indent})
</%def>\
<%def name="update(indent)">\
${indent}record = await self._database.fetchrow(
${indent}    f"""
${indent}    UPDATE ${n.plural}
${indent}    SET ${wrapped(", ".join(f"{f.name} = {number}" for f, number in zip(fields, numbered(fields, 2))), indent=len(indent) + 8)},
${indent}        version = version + 1, updated_at = now()
${indent}    WHERE id = $1
${indent}    RETURNING {_COLUMNS}
${indent}    """,
${indent}    ${n.singular}.id,
% for field in fields:
${indent}    ${n.singular}.${field.name},
% endfor
${indent})
</%def>\
    async def add(self, new: New${n.camel}) -> ${n.camel}:
% if unique:
        with refused_if_taken(${", ".join(f"{n.plural}_{f.name}_key={f.alias}TakenError(new.{f.name})" for f in unique)}):
${insert(" " * 12)}\
% else:
${insert(" " * 8)}\
% endif
        assert record is not None  # RETURNING
        return ${n.camel}(**record)

    async def get(self, ${n.singular}_id: int) -> ${n.camel}:
        record = await self._database.fetchrow(
            f"SELECT {_COLUMNS} FROM ${n.plural} WHERE id = $1", ${n.singular}_id
        )
        return _found(record, ${n.singular}_id)

    async def get_for_update(self, ${n.singular}_id: int) -> ${n.camel}:
        record = await self._database.fetchrow(
            f"SELECT {_COLUMNS} FROM ${n.plural} WHERE id = $1 FOR UPDATE", ${n.singular}_id
        )
        return _found(record, ${n.singular}_id)

    async def update(self, ${n.singular}: ${n.camel}) -> ${n.camel}:
% if unique:
        with refused_if_taken(${", ".join(f"{n.plural}_{f.name}_key={f.alias}TakenError({n.singular}.{f.name})" for f in unique)}):
${update(" " * 12)}\
% else:
${update(" " * 8)}\
% endif
        return _found(record, ${n.singular}.id)

    async def remove(self, ${n.singular}_id: int) -> None:
        record = await self._database.fetchrow(
            "DELETE FROM ${n.plural} WHERE id = $1 RETURNING id", ${n.singular}_id
        )
        if record is None:
            raise ${n.camel}NotFoundError(${n.singular}_id)

    async def list(self, query: ListQuery) -> Page[${n.camel}]:
        sql, arguments = ${n.constant}_LISTING.statement(query)
        records = await self._database.fetch(sql, *arguments)
        return page_from(records, query, ${n.camel})


def _found(record: asyncpg.Record | None, ${n.singular}_id: int) -> ${n.camel}:
    if record is None:
        raise ${n.camel}NotFoundError(${n.singular}_id)
    return ${n.camel}(**record)
