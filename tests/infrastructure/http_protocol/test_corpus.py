import re
from collections.abc import Iterator

import pytest

from tests.infrastructure.http_protocol.conftest import EchoServer
from tests.infrastructure.http_protocol.corpus import CORPUS, NEXT, Case, get
from tests.support.problems import MEMBERS
from tests.support.raw_http import RawResponse, exchange

_TOKEN_END = re.compile(rb"(?<=\r\n)|(?<=\r)|(?=[ :;,])|(?<=[ :;,])")
MAX_SPLITS = 40

SPLIT = {name: case for name, case in CORPUS.items() if not case.closes}

cases = pytest.mark.parametrize("case", CORPUS.values(), ids=CORPUS)
split_cases = pytest.mark.parametrize("case", SPLIT.values(), ids=SPLIT)


@cases
async def test_a_request_sent_whole_gets_its_status(echo: EchoServer, case: Case) -> None:
    _check(await exchange(echo.port, [case.raw + NEXT]), case)


@cases
async def test_a_request_gets_the_same_status_after_others(echo: EchoServer, case: Case) -> None:
    first, second, *responses = await exchange(echo.port, [get(), get(), case.raw + NEXT])
    assert first.status == second.status == 200
    _check(responses, case)


@split_cases
async def test_a_request_sent_byte_by_byte_gets_its_status(echo: EchoServer, case: Case) -> None:
    raw = case.raw + NEXT
    _check(await exchange(echo.port, (raw[i : i + 1] for i in range(len(raw)))), case)


@split_cases
async def test_a_request_split_at_a_boundary_gets_its_status(echo: EchoServer, case: Case) -> None:
    for pieces in _split(case.raw):
        _check(await exchange(echo.port, [*pieces, NEXT]), case)


def _split(raw: bytes) -> Iterator[tuple[bytes, bytes]]:
    positions = [match.start() for match in _TOKEN_END.finditer(raw)][:MAX_SPLITS]
    return ((raw[:position], raw[position:]) for position in positions)


def _check(responses: list[RawResponse], case: Case) -> None:
    assert tuple(response.status for response in responses) == case.statuses
    for response in responses:
        if response.status == 200:
            assert response.json()["headers"].count(["host", "a"]) <= 1
        else:
            _require_problem(response)
    if case.body is not None:
        assert responses[0].json()["body"] == case.body


def _require_problem(response: RawResponse) -> None:
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["connection"] == "close"
    document = response.json()
    assert set(document) == MEMBERS
    assert document["status"] == response.status
    assert document["request_id"] == response.headers["x-request-id"]
    assert re.fullmatch("[0-9a-f]{32}", document["request_id"])
