"""Invalid input is refused with a problem document and never with a 500."""

import json

import httpx

from tests.support.problems import problem_of, refused_fields
from tests.widgets.factories import WIDGETS, widget_body

JSON = {"Content-Type": "application/json"}
MARK = "do-not-echo-me"


IDS = [
    *("0", "-1", "+1", "1.0", "1_000", "007", "%201", "1%20", "1%0a", "%EF%BC%91", "%D9%A3"),
    *("9223372036854775808", "9" * 400, "9" * 5000, "abc", "1e3", "0x1", "null", "None", "true"),
    *("%00", "1%00", "%ff", "%ed%a0%80", "1'", "1;", "..%2f1", "%2e%2e", "1%2f2"[:3], "💥"),
]


async def test_an_id_that_is_not_a_plain_integer_is_refused(admin: httpx.AsyncClient) -> None:
    for spelling in IDS:
        for method, path, body in (
            ("GET", "", None),
            ("PATCH", "", {"price": 1}),
            ("PATCH", "", {"is_active": True}),
            ("DELETE", "", None),
        ):
            response = await admin.request(method, f"{WIDGETS}/{spelling}{path}", json=body)
            assert response.status_code in {404, 422} if "%2" in spelling else True, spelling
            if response.status_code == 404:
                problem_of(response, 404, "not_found")
            else:
                assert refused_fields(response) == ["widget_id"], spelling


QUERIES = [
    *(
        "page=0",
        "page=-1",
        "page=1.0",
        "page=abc",
        "page=",
        "page=1&page=1",
        "page=10002",
        "page=01",
    ),
    *("page=99999999999999999999", "page=1e2", "page=%2B1", "page=%20 1", "page_size=0"),
    *("page_size=101", "page_size=-5", "page_size=", "page_size=10&page_size=20"),
    *("page=202&page_size=50", "page=102&page_size=100", "order=ASC", "order=random()"),
    *("sort_by=code", "sort_by=price;DROP TABLE widgets", "sort_by=", "sort_by=id&sort_by=id"),
    *("is_active=1", "is_active=True", "is_active=yes", "exact_total=1"),
    *(
        "min_price=-1",
        "min_price=NaN",
        "min_price=1e200000",
        "min_price=Infinity",
        "min_price=1.005",
    ),
    *("min_price=10000000000", "max_price=1_000", "max_price=%EF%BC%91", "max_price=" + "9" * 5000),
    *("kind=hw", "kind=XX", "kind=HW&kind=SW", "category="),
    *(
        "q=",
        "q=%20",
        "q=%00",
        "q=a%00b",
        "q=%ff",
        "q=%ed%a0%80",
        "q=" + "x" * 256,
        "q=" + "+".join("abcdefghi"),
        "%ff=1",
        "%00=1",
    ),
    *("category=" + "x" * 101, "category=%0a", "unknown=1", "Page=1", "page[]=1", "token=abc"),
    *("cursor=", "cursor=abc", "cursor=%00", "cursor=" + "A" * 4097, "cursor=%F0%9F%92%A5"),
    *("cursor=abc&page=1", "access_token=x", "q=a&q=b", "category=a&category=b"),
]


async def test_an_invalid_query_is_refused(user: httpx.AsyncClient) -> None:
    responses = {query: await user.get(f"{WIDGETS}?{query}") for query in QUERIES}

    assert [query for query, response in responses.items() if response.status_code != 422] == []
    for response in responses.values():
        assert len(refused_fields(response)) >= 1


async def test_too_large_an_offset_is_refused_with_a_hint_to_cursors(
    user: httpx.AsyncClient,
) -> None:
    document = problem_of(await user.get(f"{WIDGETS}?page=102&page_size=100"), 422)

    assert "cursor" in document["errors"][0]["message"]


async def test_only_lists_accept_query_parameters(admin: httpx.AsyncClient) -> None:
    for method, path in (("GET", "/1"), ("POST", ""), ("PATCH", "/1"), ("DELETE", "/1")):
        response = await admin.request(method, f"{WIDGETS}{path}?force=1", json=widget_body())
        assert refused_fields(response) == ["force"]


BODIES: list[bytes] = [
    *(
        b"",
        b" ",
        b"null",
        b"[]",
        b'{"name": {}}',
        b"1",
        b'"x"',
        b"true",
        b"{",
        b'{"price": 1',
        b"\xff",
        b"\x00",
    ),
    *(b'{"price": 1, "price": 2}', b'{"price": NaN}', b'{"price": Infinity}', b'{"price": 1e999}'),
    *(b'{"price": 1e200000}', b'{"price": -0}', b'{"price": 0}', b'{"price": 1.005}'),
    *(
        b'{"price": true}',
        b'{"price": "12"}',
        b'{"price": null}',
        b'{"price": [1]}',
        b'{"price": {}}',
    ),
    *(
        b'{"price": ' + b"9" * 5000 + b"}",
        b'{"price": 1, "x": 1}',
        b'{"Price": 1}',
        b'[{"price": 1}]',
    ),
    *(b'{"price": 10000000000}', b'{"price": 1e99999999999999999999}', b'{"price": 01}'),
    *(
        b'\xef\xbb\xbf{"price": 1}',
        '{"price": 1}'.encode("utf-16"),
        '{"price": 1}'.encode("utf-32"),
    ),
    *(
        b"[" * 100_000,
        b'{"price":' * 50_000,
        b'{"\\ud800": 1}',
        b'{"\\u0000": 1}',
        b'{"price": 1}x',
    ),
    *(
        b'{"price": "\\ud800"}',
        b'{"x": "' + b"a" * 900_000 + b'"}',
        b'{"' + b"a" * 900_000 + b'": 1}',
    ),
]


async def test_an_invalid_body_is_refused(admin: httpx.AsyncClient) -> None:
    for body in BODIES:
        refused = await admin.patch(f"{WIDGETS}/1", content=body, headers=JSON)

        problem_of(refused, 422)
        assert len(refused.content) < 2000


async def test_invalid_text_is_refused_in_every_field(admin: httpx.AsyncClient) -> None:
    names = ("code", "name", "note", "category")
    texts = ("", " ", "\x00", "a\x00b", "a\nb", "\x7f", "\ud800", "x" * 1001, "é" * 70_000)
    for text in texts:
        body = json.dumps(widget_body(**dict.fromkeys(names, text)), ensure_ascii=len(text) < 2000)
        refused = await admin.post(WIDGETS, content=body.encode(), headers=JSON)
        assert set(refused_fields(refused)) == set(names)


async def test_no_input_is_echoed(admin: httpx.AsyncClient, user: httpx.AsyncClient) -> None:
    for response in (
        await admin.post(WIDGETS, json=widget_body(price=MARK, name=[MARK], kind=MARK)),
        await admin.post(WIDGETS, content=MARK, headers=JSON),
        await admin.post(WIDGETS, content=f'{{"price": {MARK}', headers=JSON),
        await user.get(WIDGETS, params={"sort_by": MARK, "cursor": MARK}),
        await user.get(f"{WIDGETS}/1", headers={"Authorization": f"Bearer {MARK}"}),
        await admin.patch(f"{WIDGETS}/1", json={"price": 1}, headers={"If-Match": MARK}),
    ):
        assert response.status_code >= 400
        assert MARK not in response.text
        assert MARK not in str(response.headers)
