"""The standard routes of every domain, with each of their statuses."""

from itertools import product as product_of
from typing import Any

import httpx
import pytest

from tests.support.domain import Domain, as_text
from tests.support.problems import problem_of, refused_fields


@pytest.fixture
async def record(admin: httpx.AsyncClient, domain: Domain) -> dict[str, Any]:
    created = await admin.post(domain.url, json=domain.body())
    document: dict[str, Any] = created.json()
    return document


@pytest.fixture
def url(record: dict[str, Any], domain: Domain) -> str:
    return f"{domain.url}/{record['id']}"


async def _write(
    client: httpx.AsyncClient, domain: Domain, url: str, write: str, **headers: str
) -> httpx.Response:
    method, path, body = domain.writes[write]
    return await client.request(method, url + path, json=body, headers=headers)


# POST


async def test_a_created_record_can_be_read(admin: httpx.AsyncClient, domain: Domain) -> None:
    body = domain.body()

    created = await admin.post(domain.url, json=body)

    assert created.status_code == 201
    assert created.headers["ETag"] == '"1"'
    assert created.headers["Location"] == f"{domain.url}/{created.json()['id']}"
    assert created.json().items() >= body.items()
    assert (await admin.get(created.headers["Location"])).json() == created.json()


async def test_an_unknown_field_is_refused(admin: httpx.AsyncClient, domain: Domain) -> None:
    for name in ("colour", "id", "version", "created_at"):
        refused = await admin.post(domain.url, json={**domain.body(), name: 1})

        assert refused_fields(refused) == [name]


async def test_a_missing_required_field_is_reported(
    admin: httpx.AsyncClient, domain: Domain
) -> None:
    refused = await admin.post(domain.url, json={})

    assert set(refused_fields(refused)) <= domain.body().keys()


# GET


async def test_a_user_can_read(
    user: httpx.AsyncClient, url: str, record: dict[str, Any], domain: Domain
) -> None:
    read = await user.get(url)

    assert (read.status_code, read.json()) == (200, record)
    assert read.headers["Content-Type"] == "application/json"
    assert (await user.get(domain.url)).json()["items"] == [record]


async def test_a_known_version_gets_304(user: httpx.AsyncClient, url: str) -> None:
    for known in ('"1"', 'W/"1"', "*", '"9", "1"', '"9",W/"1"', ' "1" ', '"a,b", "1"'):
        read = await user.get(url, headers={"If-None-Match": known})

        assert (read.status_code, read.content) == (304, b"")
        assert read.headers["ETag"] == '"1"'


async def test_an_unknown_version_is_sent(user: httpx.AsyncClient, url: str) -> None:
    for known in ('"2"', "1", '"1', '"', "", '"11"', "garbage", '"01"'):
        assert (await user.get(url, headers={"If-None-Match": known})).status_code == 200


async def test_a_missing_record_is_not_found(user: httpx.AsyncClient, domain: Domain) -> None:
    document = problem_of(await user.get(domain.missing), 404, domain.not_found.code)

    assert document["detail"].endswith(f"with ID {2**63 - 1} not found")
    problem_of(await user.get(domain.missing, headers={"If-None-Match": "*"}), 404)


async def test_every_filter_and_sort_is_accepted(admin: httpx.AsyncClient, domain: Domain) -> None:
    (sample, *_) = domain.samples
    new = domain.make_new(**sample)
    created = await admin.post(domain.url, json=domain.body())

    for name in domain.filter_names:
        value = getattr(new, name.removeprefix("min_").removeprefix("max_"))
        query = {} if value is None else {name: as_text(value)}
        assert (await admin.get(domain.url, params=query)).status_code == 200, query
    for sort in domain.sorts:
        listed = await admin.get(domain.url, params={"sort_by": sort, "order": "desc"})
        assert listed.json()["items"] == [created.json()]
    problem_of(await admin.get(domain.url, params={"colour": "red"}), 422)


# Updates and DELETE


async def test_a_change_can_be_read(admin: httpx.AsyncClient, domain: Domain) -> None:
    for path, body in domain.changes.items():
        url = (await admin.post(domain.url, json=domain.body())).headers["Location"]
        before = (await admin.get(url)).json()

        changed = await admin.request(domain.update_method, url + path, json=body)

        assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
        stamps = {"version": 2, "updated_at": changed.json()["updated_at"]}
        assert changed.json() == {**before, **body, **stamps}
        assert (await admin.get(url)).json() == changed.json()
        assert (await admin.get(domain.url)).json()["items"].count(changed.json()) == 1


async def test_a_deleted_record_is_not_found(
    admin: httpx.AsyncClient, url: str, domain: Domain
) -> None:
    await admin.get(url)

    removed = await admin.delete(url)

    assert (removed.status_code, removed.content) == (204, b"")
    problem_of(await admin.get(url), 404, domain.not_found.code)
    problem_of(await admin.delete(url), 404, domain.not_found.code)
    assert (await admin.get(domain.url)).json()["total"] == 0


async def test_a_write_to_a_missing_record_is_not_found(
    admin: httpx.AsyncClient, domain: Domain
) -> None:
    for write, expected in product_of(domain.writes, ({}, {"If-Match": '"1"'})):
        refused = await _write(admin, domain, domain.missing, write, **expected)

        problem_of(refused, 404, domain.not_found.code)


async def test_the_expected_version_is_written(admin: httpx.AsyncClient, domain: Domain) -> None:
    tags = ('"1"', "*", '"9", "1"', ' "1" ,', 'W/"1", "1"', '"x","1"')
    for write, expected in product_of(domain.writes, tags):
        url = (await admin.post(domain.url, json=domain.body())).headers["Location"]

        written = await _write(admin, domain, url, write, **{"If-Match": expected})

        assert written.is_success
        # The next request writes the same values, of which some may have to be unique.
        await admin.delete(url)


async def test_a_stale_version_is_refused(
    admin: httpx.AsyncClient, url: str, record: dict[str, Any], domain: Domain
) -> None:
    stale = ('"2"', 'W/"1"', '"01"', '"one"', '""', '"2", "3"', '"99999999999"')
    for write, expected in product_of(domain.writes, stale):
        refused = await _write(admin, domain, url, write, **{"If-Match": expected})

        problem_of(refused, 412, "stale_version")
    assert (await admin.get(url)).json() == record


async def test_a_malformed_version_is_a_bad_request(
    admin: httpx.AsyncClient, url: str, record: dict[str, Any], domain: Domain
) -> None:
    malformed = ("1", '"1', '1"', "", ",", "tag", '"1" "2"', '"1", *', '*, "1"', 'w/"1"', "W/1")
    for write, expected in product_of(domain.writes, malformed):
        refused = await _write(admin, domain, url, write, **{"If-Match": expected})

        problem_of(refused, 400, "malformed_precondition")
    assert (await admin.get(url)).json() == record
