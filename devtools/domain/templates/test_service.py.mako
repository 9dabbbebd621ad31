from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.exceptions.${n.plural}.${n.singular}_exceptions import (
    ${n.camel}NotFoundError,
% for field in unique:
    ${field.alias}TakenError,
% endfor
)
from app.models.${n.plural}.${n.singular} import New${n.camel}, ${n.camel}
from app.models.record import StaleVersionError
from app.services.${n.plural}.${n.singular}_service import ${n.camel}Service
from tests.house import House
from tests.${n.plural}.fakes import InMemory${n.camel}Repository
from tests.${n.plural}.making import DOMAIN, make_new_${n.singular}

${n.camel}House = House[${n.camel}Service, New${n.camel}, ${n.camel}]

FIRST, SECOND = DOMAIN.samples[:2]


@pytest.fixture
def house() -> ${n.camel}House:
    return House(${n.camel}Service, "${n.plural}", InMemory${n.camel}Repository())


async def test_a_created_${n.singular}_is_stored_audited_and_announced(house: ${n.camel}House) -> None:
    ${n.singular} = await house.service.create(make_new_${n.singular}(**FIRST))

    assert await house.service.get(${n.singular}.id) == ${n.singular}
    (entry,) = house.audit.rows
    assert (entry.action, entry.resource) == ("CREATE_${n.constant}", f"${n.plural}/{${n.singular}.id}")
    assert {name: entry.changes[name]["new"] for name in FIRST} == FIRST
    assert house.events.names == ["${n.singular}.created"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
% for field in fields:
        ("${field.name}", ${samples.python(field, 1)}),
% endfor
    ],
)
async def test_nothing_but_the_given_field_is_changed(
    house: ${n.camel}House, field: str, value: Any
) -> None:
    ${n.singular} = await house.records.add(make_new_${n.singular}(**FIRST))

    changed = await house.service.update(${n.singular}.id, {field: value})

    stamps: dict[str, Any] = {"version": 2, "updated_at": changed.updated_at}
    assert changed == replace(${n.singular}, **{field: value}, **stamps)
    (entry,), (announced,) = house.audit.rows, house.events.rows
    assert entry.changes == {field: {"old": getattr(${n.singular}, field), "new": value}}
    assert (entry.action, announced.kind.name) == ("UPDATE_${n.constant}", "${n.singular}.changed")
    assert announced.changes == entry.changes


async def test_a_change_to_what_it_is_leaves_no_trace(house: ${n.camel}House) -> None:
    ${n.singular} = await house.records.add(make_new_${n.singular}(**FIRST))

    assert await house.service.update(${n.singular}.id, FIRST) == ${n.singular}
    assert await house.service.update(${n.singular}.id, {}) == ${n.singular}
    assert (house.audit.rows, house.events.rows) == ([], [])


async def test_a_stale_version_changes_nothing(house: ${n.camel}House) -> None:
    ${n.singular} = await house.records.add(make_new_${n.singular}(**FIRST))

    with pytest.raises(StaleVersionError):
        await house.service.update(${n.singular}.id, SECOND, expected={2})
    with pytest.raises(StaleVersionError):
        await house.service.delete(${n.singular}.id, expected={2})

    assert await house.service.get(${n.singular}.id) == ${n.singular}
    assert house.audit.rows == []


async def test_a_deleted_${n.singular}_is_gone_audited_and_announced(house: ${n.camel}House) -> None:
    ${n.singular} = await house.records.add(make_new_${n.singular}(**FIRST))

    await house.service.delete(${n.singular}.id, expected={1})

    with pytest.raises(${n.camel}NotFoundError):
        await house.service.get(${n.singular}.id)
    assert house.audit.actions == ["DELETE_${n.constant}"]
    assert house.events.names == ["${n.singular}.deleted"]
% for field in unique:


async def test_a_taken_${field.name}_is_refused(house: ${n.camel}House) -> None:
    await house.service.create(make_new_${n.singular}(${field.name}=${samples.python(field, 0)}))
    other = await house.service.create(make_new_${n.singular}(${field.name}=${samples.python(field, 1)}))

    with pytest.raises(${field.alias}TakenError):
        await house.service.create(make_new_${n.singular}(${field.name}=${samples.python(field, 0)}))
    with pytest.raises(${field.alias}TakenError):
        await house.service.update(other.id, {"${field.name}": ${samples.python(field, 0)}})
    assert await house.service.get(other.id) == other
% endfor
