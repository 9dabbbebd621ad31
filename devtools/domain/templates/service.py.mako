from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from app.infrastructure.database.transactions import Transactions
from app.models.listing import ListQuery, Page
from app.models.${n.plural}.${n.singular} import New${n.camel}, ${n.camel}
from app.models.${n.plural}.${n.singular}_events import (
    ${n.constant}_CHANGED,
    ${n.constant}_CREATED,
    ${n.constant}_DELETED,
)
from app.repositories.${n.plural}.${n.singular}_repository import ${n.camel}Repository
from app.services.change_log import ChangeLog
from app.services.transactional import transactional


class ${n.camel}Service:
    """What can be done with ${n.words}.

    `expected` are the versions that a caller accepts: None for any.
    """

    def __init__(
        self, *, ${n.plural}: ${n.camel}Repository, transactions: Transactions, changes: ChangeLog
    ) -> None:
        self._${n.plural} = ${n.plural}
        self._transactions = transactions
        self._changes = changes

    async def get(self, ${n.singular}_id: int) -> ${n.camel}:
        return await self._${n.plural}.get(${n.singular}_id)

    async def list(self, query: ListQuery) -> Page[${n.camel}]:
        return await self._${n.plural}.list(query)

    @transactional
    async def create(self, new: New${n.camel}) -> ${n.camel}:
        ${n.singular} = await self._${n.plural}.add(new)
        await self._changes.record("CREATE_${n.constant}", None, ${n.singular}, announce=${n.constant}_CREATED)
        return ${n.singular}

    @transactional
    async def update(
        self,
        ${n.singular}_id: int,
        changes: Mapping[str, Any],
        *,
        expected: Collection[int] | None = None,
    ) -> ${n.camel}:
        """Set the given fields; what they already are changes and announces nothing."""
        ${n.singular} = await self._${n.plural}.get_for_update(${n.singular}_id)
        ${n.singular}.require_version(expected)
        wanted = replace(${n.singular}, **changes)
        if wanted == ${n.singular}:
            return ${n.singular}
        changed = await self._${n.plural}.update(wanted)
        await self._changes.record("UPDATE_${n.constant}", ${n.singular}, changed, announce=${n.constant}_CHANGED)
        return changed

    @transactional
    async def delete(self, ${n.singular}_id: int, *, expected: Collection[int] | None = None) -> None:
        ${n.singular} = await self._${n.plural}.get_for_update(${n.singular}_id)
        ${n.singular}.require_version(expected)
        await self._${n.plural}.remove(${n.singular}_id)
        await self._changes.record("DELETE_${n.constant}", ${n.singular}, None, announce=${n.constant}_DELETED)
