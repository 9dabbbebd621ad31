"""Texts that are no token, and other texts for the same token."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.exceptions.security_exceptions import InvalidTokenError
from app.utils import base64url
from tests.security.decoding import make_decoder, refuses
from tests.security.tokens import make_token, sign


def test_a_token_has_exactly_one_spelling() -> None:
    token = make_token()
    head, body, signature = token.split(".")
    # 43 characters hold 258 bits of which the last two are left over
    left_over = signature[:-1] + chr(ord(signature[-1]) + 1)
    respelled = [
        f"{token}=", f"{token} ", f" {token}", f"{token}\n", f"{token}!", f"{token}A",
        f"{head}=.{body}.{signature}", f"{head}.{body}==.{signature}",
        f"{head}\n.{body}.{signature}",
        f"{head[:4]} {head[4:]}.{body}.{signature}", f"{head}.{body}.{left_over}",
        f"{head}.{body}.{signature}.", f"{head}.{body}", f"{head}..{signature}", f"..{signature}",
        f"{head}.{body}.", token.replace(".", ". "), token.replace(".", "。"), f"Bearer {token}",
    ]  # fmt: skip

    assert make_decoder().decode(token)
    assert all(refuses(spelling) for spelling in respelled)


def test_standard_base64_is_no_other_spelling() -> None:
    token = next(t for n in range(100) if "_" in (t := make_token(n=n)) and "-" in t)

    assert make_decoder().decode(token)
    assert refuses(token.replace("_", "/"))
    assert refuses(token.replace("-", "+"))


def test_a_token_may_have_eight_kilobytes_and_no_more() -> None:
    assert make_decoder().decode(make_token(pad="x" * 5900))
    assert refuses(make_token(pad="x" * 6100))
    assert refuses("x" * 100_000)
    assert refuses("." * 100_000)


@given(st.text(st.characters()))
def test_any_text_is_refused_and_nothing_else_happens(text: str) -> None:
    assert refuses(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
CLAIM_NAMES = st.sampled_from(["sub", "exp", "nbf", "iat", "iss", "aud"])


@settings(max_examples=50)
@given(st.dictionaries(CLAIM_NAMES, JSON))
def test_any_signed_claims_are_taken_or_refused_and_nothing_else_happens(claims: Any) -> None:
    token = make_token(**claims)
    try:
        decoded = make_decoder().decode(token)
    except InvalidTokenError:
        return
    assert decoded.subject == claims.get("sub", "7")


@given(st.binary(max_size=64), st.binary(max_size=64))
def test_any_signed_bytes_are_refused(header: bytes, payload: bytes) -> None:
    assert refuses(sign(header, payload))


@given(st.integers(min_value=0), st.characters())
def test_a_token_with_one_character_changed_is_refused(position: int, character: str) -> None:
    token = make_token()
    index = position % len(token)
    changed = token[:index] + character + token[index + 1 :]

    assert changed == token or refuses(changed)


@given(st.binary())
def test_what_is_encoded_reads_back(octets: bytes) -> None:
    assert base64url.decode(base64url.encode(octets)) == octets
