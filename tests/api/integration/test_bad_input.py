"""Whatever a client sends, it is refused with a problem document and never with a 500."""

import json

import httpx

from tests.problems import problem_of, refused_fields
from tests.products.making import PRODUCTS, product_body

JSON = {"Content-Type": "application/json"}
MARK = "do-not-echo-me"


IDS = [
    *("0", "-1", "+1", "1.0", "1_000", "007", "%201", "1%20", "1%0a", "%EF%BC%91", "%D9%A3"),
    *("9223372036854775808", "9" * 400, "9" * 5000, "abc", "1e3", "0x1", "null", "None", "true"),
    *("%00", "1%00", "%ff", "%ed%a0%80", "1'", "1;", "..%2f1", "%2e%2e", "1%2f2"[:3], "💥"),
]


async def test_an_id_in_any_other_spelling_is_refused(admin: httpx.AsyncClient) -> None:
    for spelling in IDS:
        for method, path, body in (
            ("GET", "", None),
            ("PATCH", "/price", {"price": 1}),
            ("PATCH", "/availability", {"is_available": True}),
            ("DELETE", "", None),
        ):
            answer = await admin.request(method, f"{PRODUCTS}/{spelling}{path}", json=body)
            assert answer.status_code in {404, 422} if "%2" in spelling else True, spelling
            if answer.status_code == 404:
                problem_of(answer, 404, "not_found")
            else:
                assert refused_fields(answer) == ["product_id"], spelling


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
    *("sort_by=sku", "sort_by=price;DROP TABLE products", "sort_by=", "sort_by=id&sort_by=id"),
    *("is_available=1", "is_available=True", "is_available=yes", "exact_total=1"),
    *(
        "min_price=-1",
        "min_price=NaN",
        "min_price=1e200000",
        "min_price=Infinity",
        "min_price=1.005",
    ),
    *("min_price=10000000000", "max_price=1_000", "max_price=%EF%BC%91", "max_price=" + "9" * 5000),
    *("product_type=hw", "product_type=XX", "product_type=HW&product_type=SW", "category="),
    *(
        "q=",
        "q=%20",
        "q=%00",
        "q=a%00b",
        "q=%ff",
        "q=%ed%a0%80",
        "q=" + "x" * 256,
        "%ff=1",
        "%00=1",
    ),
    *("category=" + "x" * 101, "category=%0a", "unknown=1", "Page=1", "page[]=1", "token=abc"),
    *("cursor=", "cursor=abc", "cursor=%00", "cursor=" + "A" * 4097, "cursor=%F0%9F%92%A5"),
    *("cursor=abc&page=1", "access_token=x", "q=a&q=b", "location=a&location=b"),
]


async def test_a_bad_query_is_refused(user: httpx.AsyncClient) -> None:
    answers = {query: await user.get(f"{PRODUCTS}?{query}") for query in QUERIES}

    assert [query for query, answer in answers.items() if answer.status_code != 422] == []
    for answer in answers.values():
        assert len(refused_fields(answer)) >= 1


async def test_an_offset_beyond_reach_points_to_cursors(user: httpx.AsyncClient) -> None:
    document = problem_of(await user.get(f"{PRODUCTS}?page=102&page_size=100"), 422)

    assert "cursor" in document["errors"][0]["message"]


async def test_only_lists_take_parameters(admin: httpx.AsyncClient) -> None:
    for method, path in (("GET", "/1"), ("POST", ""), ("PATCH", "/1/price"), ("DELETE", "/1")):
        answer = await admin.request(method, f"{PRODUCTS}{path}?force=1", json=product_body())
        assert refused_fields(answer) == ["force"]


BODIES: list[bytes] = [
    *(
        b"",
        b" ",
        b"null",
        b"[]",
        b"{}",
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


async def test_a_bad_body_is_refused(admin: httpx.AsyncClient) -> None:
    for body in BODIES:
        refused = await admin.patch(f"{PRODUCTS}/1/price", content=body, headers=JSON)

        problem_of(refused, 422)
        assert len(refused.content) < 2000


async def test_bad_text_is_refused_in_every_field(admin: httpx.AsyncClient) -> None:
    names = ("sku", "name", "description", "category", "unit", "business_unit", "location")
    texts = ("", " ", "\x00", "a\x00b", "a\nb", "\x7f", "\ud800", "x" * 1001, "é" * 70_000)
    for text in texts:
        body = json.dumps(product_body(**dict.fromkeys(names, text)), ensure_ascii=len(text) < 2000)
        refused = await admin.post(PRODUCTS, content=body.encode(), headers=JSON)
        assert set(refused_fields(refused)) == set(names)


async def test_no_input_is_echoed(admin: httpx.AsyncClient, user: httpx.AsyncClient) -> None:
    for answer in (
        await admin.post(PRODUCTS, json=product_body(price=MARK, name=[MARK], product_type=MARK)),
        await admin.post(PRODUCTS, content=MARK, headers=JSON),
        await admin.post(PRODUCTS, content=f'{{"price": {MARK}', headers=JSON),
        await user.get(PRODUCTS, params={"sort_by": MARK, "cursor": MARK}),
        await user.get(f"{PRODUCTS}/1", headers={"Authorization": f"Bearer {MARK}"}),
        await admin.patch(f"{PRODUCTS}/1/price", json={"price": 1}, headers={"If-Match": MARK}),
    ):
        assert answer.status_code >= 400
        assert MARK not in answer.text
        assert MARK not in str(answer.headers)
