<%
audited = "and_audited" if choices.no_events else "audited_and_announced"
def announced(what):
    return "[]" if choices.no_events else f'["{n.singular}.{what}"]'
%>\
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from app.exceptions.${n.plural}.${n.singular}_exceptions import (
    ${n.camel}NotFoundError,
% for key in keys:
    ${key.error},
% endfor
)
from app.models.${n.plural}.${n.singular} import New${n.camel}, ${n.camel}
from app.exceptions.shared.record_exceptions import StaleVersionError
from app.exceptions.shared.record_exceptions import UnknownReferenceError
from app.services.${n.plural}.${n.singular}_service import ${n.camel}Service
from tests.support.service_harness import ServiceHarness
from tests.${n.plural}.fakes import InMemory${n.camel}Repository
from tests.${n.plural}.factories import DOMAIN, make_new_${n.singular}

Harness = ServiceHarness[${n.camel}Service, New${n.camel}, ${n.camel}]

_FIRST, _SECOND = DOMAIN.samples[:2]


@pytest.fixture
def harness() -> Harness:
% if references:
    return ServiceHarness(${n.camel}Service, "${n.plural}", DOMAIN.fake())
% else:
    return ServiceHarness(${n.camel}Service, "${n.plural}", InMemory${n.camel}Repository())
% endif


async def test_a_created_${n.singular}_is_stored_${audited}(harness: Harness) -> None:
    ${n.singular} = await harness.service.create(make_new_${n.singular}(**_FIRST))

    assert await harness.service.get(${n.singular}.id) == ${n.singular}
    (audited,) = harness.audit.rows
    assert (audited.action, audited.resource) == ("CREATE_${n.constant}", f"${n.plural}/{${n.singular}.id}")
    assert {name: audited.changes[name]["new"] for name in _FIRST} == _FIRST
    assert harness.events.names == ${announced("created")}


@pytest.mark.parametrize(
    ("field_name", "new_value"),
    [
% for field in fields:
        ("${field.name}", ${samples.python(field, 1)}),
% endfor
    ],
)
async def test_an_update_changes_only_the_given_field(
    harness: Harness, field_name: str, new_value: Any
) -> None:
    ${n.singular} = await harness.records.add(make_new_${n.singular}(**_FIRST))

    changed = await harness.service.update(${n.singular}.id, {field_name: new_value})

    next_version: dict[str, Any] = {"version": 2, "updated_at": changed.updated_at}
    assert changed == replace(${n.singular}, **{field_name: new_value}, **next_version)
% if choices.no_events:
    (audited,) = harness.audit.rows
% else:
    (audited,), (announced,) = harness.audit.rows, harness.events.rows
% endif
    assert audited.changes == {
        field_name: {"old": getattr(${n.singular}, field_name), "new": new_value}
    }
% if choices.no_events:
    assert (audited.action, harness.events.rows) == ("UPDATE_${n.constant}", [])
% else:
    assert (audited.action, announced.kind.name) == ("UPDATE_${n.constant}", "${n.singular}.changed")
    assert announced.changes == audited.changes
% endif


async def test_an_update_to_equal_values_leaves_no_trace(harness: Harness) -> None:
    ${n.singular} = await harness.records.add(make_new_${n.singular}(**_FIRST))

    assert await harness.service.update(${n.singular}.id, _FIRST) == ${n.singular}
    assert await harness.service.update(${n.singular}.id, {}) == ${n.singular}
    assert (harness.audit.rows, harness.events.rows) == ([], [])


async def test_a_stale_version_changes_nothing(harness: Harness) -> None:
    ${n.singular} = await harness.records.add(make_new_${n.singular}(**_FIRST))

    with pytest.raises(StaleVersionError):
        await harness.service.update(${n.singular}.id, _SECOND, expected={2})
    with pytest.raises(StaleVersionError):
        await harness.service.delete(${n.singular}.id, expected={2})

    assert await harness.service.get(${n.singular}.id) == ${n.singular}
    assert harness.audit.rows == []


async def test_a_deleted_${n.singular}_is_gone_${audited}(harness: Harness) -> None:
    ${n.singular} = await harness.records.add(make_new_${n.singular}(**_FIRST))

    await harness.service.delete(${n.singular}.id, expected={1})

    with pytest.raises(${n.camel}NotFoundError):
        await harness.service.get(${n.singular}.id)
    assert harness.audit.actions == ["DELETE_${n.constant}"]
    assert harness.events.names == ${announced("deleted")}
% for key in keys:
<% *shared, last = key.fields
first = "".join(f"{f.name}={samples.python(f, 0)}, " for f in shared) %>\


async def test_a_taken_${key.what}_is_refused(harness: Harness) -> None:
    await harness.service.create(make_new_${n.singular}(${first}${last.name}=${samples.python(last, 0)}))
    other = await harness.service.create(make_new_${n.singular}(${first}${last.name}=${samples.python(last, 1)}))

    with pytest.raises(${key.error}):
        await harness.service.create(make_new_${n.singular}(${first}${last.name}=${samples.python(last, 0)}))
    with pytest.raises(${key.error}):
        await harness.service.update(other.id, {"${last.name}": ${samples.python(last, 0)}})
    assert await harness.service.get(other.id) == other
% endfor
% for field in references:


async def test_an_unknown_${field.referenced_word}_is_refused(harness: Harness) -> None:
    ${n.singular} = await harness.service.create(make_new_${n.singular}(**_FIRST))

    with pytest.raises(UnknownReferenceError):
        await harness.service.create(make_new_${n.singular}(${field.name}=99))
    with pytest.raises(UnknownReferenceError):
        await harness.service.update(${n.singular}.id, {"${field.name}": 99})
    assert await harness.service.get(${n.singular}.id) == ${n.singular}
% endfor
