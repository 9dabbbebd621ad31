"""Whose address counts, whatever a client claims; CONTRACT section 5."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Scope

from app.utils.client_address import client_address

PROXIES = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]


def _scope(peer: tuple[str, int] | None, *forwarded: str) -> Scope:
    headers = [(b"x-forwarded-for", value.encode("latin-1")) for value in forwarded]
    return {"type": "http", "client": peer, "headers": headers}


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:DB8::1", "2001:db8::1"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("testclient", "127.0.0.1"),
        ("", "127.0.0.1"),
    ],
)
def test_a_peer_has_one_spelling(peer: str, address: str) -> None:
    assert client_address(_scope((peer, 5000)), []) == address


def test_no_peer_is_the_machine_itself() -> None:
    assert client_address(_scope(None), []) == "127.0.0.1"


@pytest.mark.parametrize("proxies", [[], PROXIES])
def test_a_stranger_is_not_believed(proxies: list[object]) -> None:
    scope = _scope(("203.0.113.9", 5000), "198.51.100.1")

    assert client_address(scope, proxies) == "203.0.113.9"  # type: ignore[arg-type]


def test_an_address_that_uvicorn_took_from_a_header_is_not_believed() -> None:
    assert client_address(_scope(("198.51.100.1", 0), "198.51.100.1"), []) == "127.0.0.1"


def test_behind_a_trusted_loopback_proxy_the_header_is_read_here() -> None:
    scope = _scope(("198.51.100.1", 0), "198.51.100.1, 203.0.113.9")

    assert client_address(scope, [ip_network("127.0.0.0/8")]) == "203.0.113.9"


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        (["203.0.113.9"], "203.0.113.9"),
        (["198.51.100.1, 203.0.113.9"], "203.0.113.9"),
        (["198.51.100.1", "203.0.113.9"], "203.0.113.9"),
        (["198.51.100.1, 203.0.113.9, 10.1.1.1"], "203.0.113.9"),
        (["198.51.100.1, 203.0.113.9", "10.1.1.1,10.2.2.2"], "203.0.113.9"),
        (["10.1.1.1, 10.2.2.2"], "10.1.1.1"),
        ([" 203.0.113.9 "], "203.0.113.9"),
        (["2001:db8::7"], "2001:db8::7"),
        (["::ffff:203.0.113.9"], "203.0.113.9"),
        (["203.0.113.9, fd00::1"], "203.0.113.9"),
        (["203.0.113.9, ::ffff:10.1.1.1"], "203.0.113.9"),
        ([], "10.0.0.1"),
        ([""], "10.0.0.1"),
        (["unknown"], "10.0.0.1"),
        (["203.0.113.9, garbage"], "10.0.0.1"),
        (["203.0.113.9, garbage, 10.1.1.1"], "10.1.1.1"),
        (["203.0.113.9,"], "10.0.0.1"),
        (["\xff"], "10.0.0.1"),
        (["203.0.113.999"], "10.0.0.1"),
    ],
)
def test_the_right_most_untrusted_hop_counts(forwarded: list[str], address: str) -> None:
    assert client_address(_scope(("10.0.0.1", 5000), *forwarded), PROXIES) == address


@given(st.lists(st.text(st.characters(max_codepoint=255), max_size=40), max_size=4))
def test_whatever_a_client_puts_before_the_proxys_entry_has_no_effect(claims: list[str]) -> None:
    scope = _scope(("10.0.0.1", 5000), *claims, "203.0.113.9")

    assert client_address(scope, PROXIES) == "203.0.113.9"


@given(st.text(st.characters(max_codepoint=255)))
def test_any_chain_gives_some_address(chain: str) -> None:
    assert client_address(_scope(("10.0.0.1", 5000), chain), PROXIES)
