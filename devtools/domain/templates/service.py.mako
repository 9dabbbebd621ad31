from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.ports.transactions import Transactions
from app.models.shared.listing import ListQuery, Page
from app.models.${n.plural}.${n.singular} import New${n.camel}, ${n.camel}
from app.models.${n.plural}.${n.singular}_events import (
    ${n.constant}_CHANGED,
    ${n.constant}_CREATED,
    ${n.constant}_DELETED,
)
from app.repositories.${n.plural}.${n.singular}_repository import ${n.camel}Repository
from app.services.shared.change_log import ChangeLog
from app.services.shared.export import read_in_batches
from app.services.shared.transactional import transactional


class ${n.camel}Service:
    """The use cases of ${n.words}.

    `expected` is the set of versions that the caller accepts; None accepts any version.
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

    def export(self, query: ListQuery) -> AsyncIterator[Sequence[${n.camel}]]:
        """Read all matches in batches, each when it is needed."""
        return read_in_batches(self._${n.plural}.list, query)

    @transactional
    async def create(self, new: New${n.camel}) -> ${n.camel}:
        ${n.singular} = await self._${n.plural}.add(new)
        await self._changes.record("CREATE_${n.constant}", None, ${n.singular}${event("CREATED")})
        return ${n.singular}

    @transactional
    async def update(
        self,
        ${n.singular}_id: int,
        changes: Mapping[str, Any],
        *,
        expected: Collection[int] | None = None,
    ) -> ${n.camel}:
        """Set the given fields; equal values change nothing${"" if choices.no_events else " and send no event"}."""
        ${n.singular} = await self._${n.plural}.get_for_update(${n.singular}_id)
        ${n.singular}.require_version(expected)
        wanted = replace(${n.singular}, **changes)
        if wanted == ${n.singular}:
            return ${n.singular}
        changed = await self._${n.plural}.update(wanted)
        await self._changes.record("UPDATE_${n.constant}", ${n.singular}, changed${event("CHANGED")})
        return changed

    @transactional
    async def delete(self, ${n.singular}_id: int, *, expected: Collection[int] | None = None) -> None:
        ${n.singular} = await self._${n.plural}.get_for_update(${n.singular}_id)
        ${n.singular}.require_version(expected)
        await self._${n.plural}.remove(${n.singular}_id)
        await self._changes.record("DELETE_${n.constant}", ${n.singular}, None${event("DELETED")})
