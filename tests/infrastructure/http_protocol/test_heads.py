import logging

import pytest

from app.infrastructure.http_protocol.refusals import MAX_HEAD_BYTES, REFUSALS, Refusal
from tests.infrastructure.http_protocol.conftest import EchoServer
from tests.infrastructure.http_protocol.corpus import CHUNKED, HOST, NEXT, chunked, get, post
from tests.support.raw_http import exchange, open_connection, parse_responses


def _in_packets(raw: bytes, size: int = 1000) -> list[bytes]:
    return [raw[start : start + size] for start in range(0, len(raw), size)]


def _head_of(size: int) -> bytes:
    return get(b"Cookie: " + b"c" * (size - len(get(b"Cookie: \r\n"))) + b"\r\n")


async def _statuses(echo: EchoServer, *pieces: bytes) -> list[int]:
    return [response.status for response in await exchange(echo.port, pieces)]


# the head


async def test_a_head_of_64_kilobytes_is_served_and_one_byte_more_is_refused(
    echo: EchoServer,
) -> None:
    assert await _statuses(echo, _head_of(MAX_HEAD_BYTES) + NEXT) == [200, 200]
    assert await _statuses(echo, _head_of(MAX_HEAD_BYTES + 1)) == [431]


async def test_the_limit_of_the_head_does_not_depend_on_packets(echo: EchoServer) -> None:
    assert await _statuses(echo, *_in_packets(_head_of(MAX_HEAD_BYTES)), NEXT) == [200, 200]
    assert await _statuses(echo, *_in_packets(_head_of(MAX_HEAD_BYTES + 1))) == [431]


@pytest.mark.parametrize(
    "raw",
    [
        get(target=b"/" + b"a" * MAX_HEAD_BYTES),
        b"GET / HTTP/1.1\r\n" + HOST + b"a:b\r\n" * 20_000,
        b"GET / HTTP/1.1\r\n" + HOST + b"X:" + b" " * MAX_HEAD_BYTES,
        b"GET / HTTP/1.1\r\n" + HOST + b"X" * MAX_HEAD_BYTES,
        b"\r\n" * MAX_HEAD_BYTES,
        chunked(b"0\r\nX: " + b"a" * MAX_HEAD_BYTES),
        chunked(b"0\r\n" + b"a:b\r\n" * 20_000),
        chunked(b"1;" + b"a" * MAX_HEAD_BYTES),
        chunked(b"1;aaaaaaaaaaaaaaaaaaaaaaaaaaa\r\na\r\n" * 5_000),
        chunked(b"0" * MAX_HEAD_BYTES),
    ],
    ids=[
        *("target", "fields", "white space", "a name", "empty lines", "a trailer", "trailers"),
        *("a chunk extension", "chunk extensions", "a chunk size"),
    ],
)
async def test_framing_without_end_is_refused_and_not_kept(echo: EchoServer, raw: bytes) -> None:
    assert await _statuses(echo, raw) == [431]
    assert await _statuses(echo, *_in_packets(raw, 4000)) == [431]


async def test_a_long_body_of_small_chunks_is_served(echo: EchoServer) -> None:
    raw = chunked(b"1\r\na\r\n" * 20_000 + b"0\r\n\r\n")
    responses = await exchange(echo.port, [raw + NEXT])
    assert [response.status for response in responses] == [200, 200]
    assert responses[0].json()["body"] == "a" * 20_000


async def test_a_large_body_is_served_whole(echo: EchoServer) -> None:
    raw = post(b"Content-Length: 1000000\r\n", body=b"b" * 1_000_000)
    responses = await exchange(echo.port, [raw + NEXT])
    assert [response.status for response in responses] == [200, 200]
    assert responses[0].json()["body"] == "b" * 1_000_000


# what the application gets


async def test_trailer_fields_never_reach_the_application(echo: EchoServer) -> None:
    trailer = b"Authorization: Bearer x\r\nX-Forwarded-For: 1.2.3.4\r\nHost: b\r\n"
    raw = chunked(b"1\r\na\r\n0\r\n" + trailer + b"\r\n")
    body, after = await exchange(echo.port, [raw + NEXT])
    assert body.json()["headers"] == [["host", "a"], ["transfer-encoding", "chunked"]]
    assert after.json()["headers"] == [["host", "a"], ["connection", "close"]]


async def test_the_authority_of_an_http_url_replaces_host(echo: EchoServer) -> None:
    response, _ = await exchange(echo.port, [get(target=b"http://b:1/p") + NEXT])
    assert response.json()["path"] == "/p"
    assert response.json()["headers"] == [["host", "b:1"]]


async def test_a_refused_body_disconnects_the_application(echo: EchoServer) -> None:
    assert await _statuses(echo, chunked(b"1\r\na\r\n"), b"nonsense\r\n") == [400]
    assert echo.app.started == 1


async def test_a_response_before_a_faulty_body_is_the_only_one(echo: EchoServer) -> None:
    early = b"POST /early HTTP/1.1\r\n" + HOST + CHUNKED + b"\r\n"
    async with open_connection(echo.port) as (reader, writer):
        writer.write(early)
        assert b" 200 OK" in await reader.readline()
        writer.write(b"nonsense\r\n")
        assert b" 400 " not in await reader.read()


async def test_the_response_to_head_has_no_body_even_if_refused(echo: EchoServer) -> None:
    (response,) = await exchange(echo.port, [b"HEAD /a HTTP/1.1\r\n\r\n"])
    assert (response.status, response.body) == (400, b"")


async def test_a_refusal_after_head_has_a_body_if_its_method_is_unknown(echo: EchoServer) -> None:
    async with open_connection(echo.port) as (reader, writer):
        writer.write(b"HEAD /a HTTP/1.1\r\n" + HOST + b"\r\n")
        assert b" 200 " in await reader.readuntil(b"\r\n\r\n")
        writer.write(b"BREW / HTTP/1.1\r\n\r\n")
        (response,) = parse_responses(await reader.read())
    assert response.status == response.json()["status"] == 400


async def test_a_problem_names_the_path_without_query_and_cut(echo: EchoServer) -> None:
    raw = b"GET /a" + b"b" * 500 + b"?token=secret HTTP/1.1\r\n\r\n"
    (response,) = await exchange(echo.port, [raw])
    assert response.json()["instance"] == "/a" + "b" * 198


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_has_a_status_of_http(refusal: Refusal) -> None:
    assert 400 <= refusal.status < 600


async def test_a_refusal_is_logged_in_one_line_with_its_request_id(
    echo: EchoServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await exchange(echo.port, [b"GET /?secret HTTP/1.1\r\n\r\n" + get() * 100])
    (record,) = [record for record in caplog.records if record.levelno >= logging.INFO]
    assert "400" in record.getMessage()
    assert "secret" not in record.getMessage()


async def test_a_client_that_goes_on_sending_still_reads_its_refusal(echo: EchoServer) -> None:
    raw = b"GET / HTTP/1.1\r\n" + HOST + b"a:b\r\n" * 400_000
    async with open_connection(echo.port) as (reader, writer):
        writer.write(raw)
        assert b" 431 " in await reader.readline()
