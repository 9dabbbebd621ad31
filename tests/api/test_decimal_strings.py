"""`decimals=string` in Accept and Content-Type: prices as strings, for clients without decimals."""

import json

import httpx
import pytest

from app.api.http.decimal_parameter import apply_decimal_parameter, wants_decimal_strings
from app.utils import decimal_strings
from tests.support.problems import problem_of
from tests.support.server import MakeServer
from tests.support.settings_and_clients import Tokens
from tests.widgets.factories import WIDGETS, widget_body

STRINGS = {"Accept": "application/json; decimals=string"}
BODY_OF_STRINGS = {"Content-Type": "application/json; decimals=string"}

WANTED = {
    "application/json; decimals=string": True,
    "application/json;decimals=string": True,
    'Application/JSON; Decimals="string"': True,
    "application/json; decimals=string, */*": True,
    "application/json; decimals=string; q=0.5, text/html": True,
    "text/html, application/json;q=0.5;decimals=string": True,
    "application/json; decimals=string; q=0.5, application/json;q=0.4": True,
    "application/json; decimals=string; q=0.5, application/json": False,
    "application/json; decimals=string; q=0.5, */*": False,
    "application/json; decimals=string; q=0": False,
    "application/json; decimals=string; q=x": False,
    "application/json; decimals=number": False,
    "application/json; decimals": False,
    "application/json; no-decimals=string": False,
    "text/html; decimals=string": False,
    "application/x-ndjson; decimals=string, application/json; q=0.5": False,
    "application/json; decimals=string; q=0.5, application/x-ndjson": True,
    "application/json": False,
    "*/*": False,
    "decimals=string": False,
}


@pytest.mark.parametrize("accept", WANTED)
def test_the_accept_header_decides(accept: str) -> None:
    scope = {"headers": [(b"host", b"x"), (b"accept", accept.encode())]}

    assert wants_decimal_strings(scope) == WANTED[accept]


@pytest.mark.parametrize(
    ("parameters", "is_read"),
    [
        ("decimals=string", True),
        ('charset=utf-8; Decimals="string"', True),
        ("decimals=string; q=0", True),
        ("decimals=number; decimals=string", False),
        ("decimals=number", False),
        ("charset=utf-8", False),
    ],
)
def test_the_content_type_decides_how_a_body_is_read(parameters: str, *, is_read: bool) -> None:
    header = (b"content-type", f"application/json; {parameters}".encode())

    apply_decimal_parameter({"headers": [header]})

    assert decimal_strings.are_read.get() == is_read
    apply_decimal_parameter({"headers": []})


def test_several_accept_headers_are_one() -> None:
    plain, strings = (
        (b"accept", b"application/json"),
        (b"accept", b"application/json;decimals=string;q=0.1"),
    )

    assert not wants_decimal_strings({"headers": [strings, plain]})
    assert not wants_decimal_strings({"headers": []})


def price_text(response: httpx.Response) -> object:
    """Return the price with the spelling of its JSON: a number is marked by a `#`."""
    document = json.loads(response.content, parse_float=lambda text: f"#{text}")
    return document["items"][0]["price"] if "items" in document else document["price"]


@pytest.fixture
async def url(admin: httpx.AsyncClient) -> str:
    created = await admin.post(WIDGETS, json=widget_body(price=1249.5))
    return str(created.headers["location"])


async def test_both_formats_are_cached_side_by_side(user: httpx.AsyncClient, url: str) -> None:
    for _ in range(2):
        for path in (url, WIDGETS):
            plain, strings = await user.get(path), await user.get(path, headers=STRINGS)
            assert (price_text(plain), price_text(strings)) == ("#1249.50", "1249.50")
            assert "Accept" in plain.headers["Vary"]
            assert "Accept" in strings.headers["Vary"]
            assert plain.headers["Content-Type"] == strings.headers["Content-Type"]


async def test_a_change_invalidates_both_formats(
    user: httpx.AsyncClient, admin: httpx.AsyncClient, url: str
) -> None:
    for headers in ({}, STRINGS):
        await user.get(url, headers=headers)

    changed = await admin.patch(url, json={"price": 7}, headers=STRINGS)

    assert price_text(changed) == "7.00"
    assert price_text(await user.get(url)) == "#7.00"
    assert price_text(await user.get(url, headers=STRINGS)) == "7.00"


async def test_the_formats_have_entity_tags_of_their_own(user: httpx.AsyncClient, url: str) -> None:
    for _ in range(2):
        plain = (await user.get(url)).headers["ETag"]
        strings = (await user.get(url, headers=STRINGS)).headers["ETag"]
        assert (plain, strings) == ('"1"', '"1-strings"')
        for accept, tag, status in [
            ({}, plain, 304),
            (STRINGS, strings, 304),
            ({}, strings, 200),
            (STRINGS, plain, 200),
        ]:
            response = await user.get(url, headers={**accept, "If-None-Match": tag})
            assert response.status_code == status
            assert "Accept" in response.headers["Vary"]


async def test_if_match_takes_the_tag_of_either_format(admin: httpx.AsyncClient, url: str) -> None:
    for tag, price in [('"1-strings"', 8), ('"2"', 9)]:
        changed = await admin.patch(url, json={"price": price}, headers={"If-Match": tag})
        assert changed.status_code == 200
    for stale in ('"2-strings"', 'W/"3-strings"', '"3-numbers"'):
        refused = await admin.patch(url, json={"price": 1}, headers={"If-Match": stale})
        problem_of(refused, 412)


async def test_a_body_of_strings_is_declared_by_its_content_type(
    admin: httpx.AsyncClient, url: str
) -> None:
    body = json.dumps({"price": "19.99"})

    refused = await admin.patch(
        url, content=body, headers={"Content-Type": "application/json", **STRINGS}
    )
    changed = await admin.patch(url, content=body, headers=BODY_OF_STRINGS)

    assert problem_of(refused, 422)["errors"][0]["field"] == "price"
    assert price_text(changed) == "#19.99"


@pytest.mark.parametrize(
    "price",
    ["", " 1", "1e2", "-1", "0", "0.00", "1.005", "NaN", "10000000000", "1,5", "\u0661", []],
)
async def test_a_string_that_is_no_price_is_refused(
    price: object, admin: httpx.AsyncClient
) -> None:
    body = json.dumps(widget_body(price=price))

    response = await admin.post(WIDGETS, content=body, headers=BODY_OF_STRINGS)

    assert problem_of(response, 422)["errors"][0]["field"] == "price"


async def test_json_lines_and_the_audit_have_strings_too(
    admin: httpx.AsyncClient, url: str
) -> None:
    await admin.patch(url, json={"price": 7})
    lines = {"Accept": "application/x-ndjson; decimals=string"}

    exported = await admin.get(f"{WIDGETS}/export", headers=lines)
    audit = await admin.get("/api/v1/audit", headers=STRINGS)

    assert exported.headers["Content-Type"] == "application/x-ndjson"
    assert json.loads(exported.text)["price"] == "7.00"
    assert audit.json()["items"][0]["changes"]["price"] == {"old": "1249.50", "new": "7.00"}


async def test_a_replay_repeats_the_first_response_in_its_format(admin: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "once"}
    first = await admin.post(WIDGETS, json=widget_body(price=5), headers={**key, **STRINGS})

    replayed = await admin.post(WIDGETS, json=widget_body(price=5), headers=key)

    assert replayed.headers["Idempotency-Replayed"] == "true"
    assert (replayed.content, replayed.headers["ETag"]) == (first.content, '"1-strings"')


def test_a_server_sends_and_takes_strings(make_server: MakeServer, tokens: Tokens) -> None:
    with (
        make_server() as server,
        httpx.Client(
            base_url=server.url, headers={"Authorization": f"Bearer {tokens.admin}", **STRINGS}
        ) as client,
    ):
        body = json.dumps(widget_body(price="0.07"))
        created = client.post(WIDGETS, content=body, headers=BODY_OF_STRINGS)
        url = created.headers["Location"]
        read = [client.get(url) for _ in range(3)]
        tag = read[-1].headers["ETag"]
        changed = client.patch(
            url, content='{"price":"0.08"}', headers={**BODY_OF_STRINGS, "If-Match": tag}
        )
        unchanged = client.get(url, headers={"If-None-Match": changed.headers["ETag"]})

    assert [each.json()["price"] for each in (created, *read, changed)] == ["0.07"] * 4 + ["0.08"]
    assert unchanged.status_code == 304
