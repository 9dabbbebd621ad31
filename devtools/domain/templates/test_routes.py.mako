"""The routes of ${n.words}, beyond what tests/domains checks for every domain."""

from typing import Any

import httpx
import pytest

from app.config.settings import Settings
from tests.${n.plural}.factories import ${n.plural.upper()}, ${n.singular}_body
% for target in targets:
from tests.${target} import factories as ${target}_factories
% endfor
from tests.support.problems import problem_of, refused_fields
from tests.support.settings_and_clients import make_client, running_app

% if references:
pytestmark = pytest.mark.usefixtures("referenced")

% endif
_MEMBERS = ${["id", *(f.name for f in fields), "created_at", "updated_at", "version"]}


@pytest.fixture
async def record(admin: httpx.AsyncClient) -> dict[str, Any]:
    document: dict[str, Any] = (await admin.post(${n.plural.upper()}, json=${n.singular}_body())).json()
    return document


@pytest.fixture
def url(record: dict[str, Any]) -> str:
    return f"{${n.plural.upper()}}/{record['id']}"


async def test_${n.singular}_shows_exactly_its_members(record: dict[str, Any]) -> None:
    assert list(record) == _MEMBERS
% for field in fields:
% if field not in samples.in_body:
    assert record["${field.name}"] ${f"is {field.literal}" if field.kind == "bool" and not field.optional else "is None" if field.optional else f"== {samples.default(field)}"}
% endif
% endfor


async def test_an_update_may_change_every_field(
    admin: httpx.AsyncClient, url: str, record: dict[str, Any]
) -> None:
    changes = {${", ".join(f'"{f.name}": {samples.json(f, 1)}' for f in fields)}}

    changed = await admin.patch(url, json=changes)

    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    assert changed.json() == {**record, **changes, **{name: changed.json()[name] for name in ("version", "updated_at")}}


async def test_an_empty_update_changes_nothing(
    admin: httpx.AsyncClient, url: str, record: dict[str, Any]
) -> None:
    same = await admin.patch(url, json={})

    assert (same.status_code, same.json()) == (200, record)


async def test_an_invalid_update_names_its_field_and_changes_nothing(
    admin: httpx.AsyncClient, url: str, record: dict[str, Any]
) -> None:
    for name in _MEMBERS:
        assert refused_fields(await admin.patch(url, json={name: []})) == [name]
    assert (await admin.get(url)).json() == record
% for field in [f for f in fields if f.optional][:1]:


async def test_null_empties_an_optional_field(admin: httpx.AsyncClient, url: str) -> None:
    await admin.patch(url, json={"${field.name}": ${samples.json(field, 1)}})

    emptied = await admin.patch(url, json={"${field.name}": None})

    assert (emptied.json()["${field.name}"], emptied.json()["version"]) == (None, 3)
% endfor
% for key in keys:


async def test_a_taken_${key.what}_is_a_conflict(admin: httpx.AsyncClient, url: str) -> None:
    taken = {${", ".join(f'"{f.name}": {samples.json(f, 1)}' for f in key.fields)}}
    await admin.post(${n.plural.upper()}, json=${n.singular}_body(**taken))

    for refused in (
        await admin.post(${n.plural.upper()}, json=${n.singular}_body(**taken)),
        await admin.patch(url, json=taken),
    ):
        problem_of(refused, 409, "${key.what}_taken")
% endfor
% if choices.public_read:


async def test_public_reads_need_no_token_unless_an_invalid_one_is_sent(
    url: str, settings: Settings
) -> None:
    async with running_app(settings, public_reads=True) as app, make_client(app) as anonymous:
        for path in (${n.plural.upper()}, f"{${n.plural.upper()}}/export", url):
            # The second response may come from the cache.
            for _ in range(2):
                assert (await anonymous.get(path)).status_code == 200
            problem_of(await anonymous.get(path, headers={"Authorization": "Bearer x"}), 401)
        problem_of(await anonymous.post(${n.plural.upper()}, json=${n.singular}_body()), 401)
        problem_of(await anonymous.delete(url), 401)
    async with running_app(settings) as app, make_client(app) as anonymous:
        problem_of(await anonymous.get(url), 401)
% endif
% for field in references:


async def test_an_unknown_${field.referenced_word}_is_refused(
    admin: httpx.AsyncClient, url: str, record: dict[str, Any]
) -> None:
    unknown = {"${field.name}": 2**63 - 1}

    for refused in (
        await admin.post(${n.plural.upper()}, json=${n.singular}_body(**unknown)),
        await admin.patch(url, json=unknown),
    ):
        assert refused_fields(refused) == ["${field.name}"]
    assert (await admin.get(url)).json() == record


async def test_${field.target}_stay_as_long_as_${n.plural}_refer_to_one_as_${field.referenced_word}(
    admin: httpx.AsyncClient,
) -> None:
    created = await admin.post(${n.plural.upper()}, json=${n.singular}_body(${field.name}=6))
    referenced = f"{${field.target}_factories.DOMAIN.url}/6"
    before = (await admin.get(referenced)).content

    problem_of(await admin.delete(referenced), 409, "still_referenced")

    assert (await admin.get(referenced)).content == before
    assert (await admin.get(${n.plural.upper()}, params={"${field.name}": 6})).json()["total"] == 1
    await admin.delete(created.headers["Location"])
    assert (await admin.delete(referenced)).status_code == 204
% endfor
