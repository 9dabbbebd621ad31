"""The client address is taken from the peer, or from the header of a trusted proxy."""

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
        ("fe80::1%eth0", "fe80::1"),
        ("testclient", "127.0.0.1"),
        ("", "127.0.0.1"),
    ],
)
def test_the_address_of_a_peer_is_normalised(peer: str, address: str) -> None:
    assert client_address(_scope((peer, 5000)), []) == address


def test_a_missing_peer_is_the_loopback_address() -> None:
    assert client_address(_scope(None), []) == "127.0.0.1"


@pytest.mark.parametrize("proxies", [[], PROXIES])
def test_the_header_of_an_untrusted_peer_is_ignored(proxies: list[object]) -> None:
    scope = _scope(("203.0.113.9", 5000), "198.51.100.1")

    assert client_address(scope, proxies) == "203.0.113.9"  # type: ignore[arg-type]


def test_the_header_of_a_trusted_loopback_proxy_is_used() -> None:
    scope = _scope(("127.0.0.1", 5000), "198.51.100.1, 203.0.113.9")

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
        # with ports, as Azure Application Gateway sends them
        (["203.0.113.9:4711"], "203.0.113.9"),
        (["198.51.100.1:80, 203.0.113.9:4711"], "203.0.113.9"),
        (["203.0.113.9:4711, 10.1.1.1:443"], "203.0.113.9"),
        (["[2001:db8::7]:4711"], "2001:db8::7"),
        (["[2001:db8::7]"], "2001:db8::7"),
        (["[::ffff:203.0.113.9]:4711"], "203.0.113.9"),
        (["[fe80::7%25eth0]:4711"], "fe80::7"),
        (["::1"], "::1"),
        # in quotes, as in RFC 7239
        (['"203.0.113.9:4711"'], "203.0.113.9"),
        (['"[2001:db8::7]:4711"'], "2001:db8::7"),
        (['"2001:db8::7"'], "2001:db8::7"),
        # what is no address with a port
        (["203.0.113.9:"], "10.0.0.1"),
        (["203.0.113.9:port"], "10.0.0.1"),
        (["203.0.113.9:123456"], "10.0.0.1"),
        (["203.0.113.9:80:80"], "10.0.0.1"),
        (["[2001:db8::7]4711"], "10.0.0.1"),
        (["[2001:db8::7"], "10.0.0.1"),
        (["[203.0.113.9"], "10.0.0.1"),
        (["example.com:80"], "10.0.0.1"),
        (["203.0.113.9, :80"], "10.0.0.1"),
        (["203.0.113.9, []"], "10.0.0.1"),
        (['203.0.113.9, ""'], "10.0.0.1"),
        (["203.0.113.9, , 10.1.1.1:443"], "10.1.1.1"),
        (["for=203.0.113.9"], "10.0.0.1"),
    ],
)
def test_the_right_most_untrusted_hop_is_the_client(forwarded: list[str], address: str) -> None:
    assert client_address(_scope(("10.0.0.1", 5000), *forwarded), PROXIES) == address


@given(st.lists(st.text(st.characters(max_codepoint=255), max_size=40), max_size=4))
def test_entries_before_that_of_the_proxy_have_no_effect(claims: list[str]) -> None:
    scope = _scope(("10.0.0.1", 5000), *claims, "203.0.113.9")

    assert client_address(scope, PROXIES) == "203.0.113.9"


@given(st.text(st.characters(max_codepoint=255)))
def test_any_header_yields_an_address(chain: str) -> None:
    assert client_address(_scope(("10.0.0.1", 5000), chain), PROXIES)
