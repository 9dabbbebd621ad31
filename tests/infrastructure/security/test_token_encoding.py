"""Each token has one valid encoding; any other text is refused."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.exceptions.shared.security_exceptions import InvalidTokenError
from app.utils import base64url
from tests.support.forged_tokens import make_token, sign
from tests.support.token_decoding import is_refused, make_decoder

pytestmark = pytest.mark.usefixtures("library")


def test_a_token_has_exactly_one_encoding() -> None:
    token = make_token()
    head, body, signature = token.split(".")
    # 43 characters encode 258 bits, of which the last two are unused.
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
    assert all(is_refused(spelling) for spelling in respelled)


def test_standard_base64_is_refused() -> None:
    token = next(t for n in range(100) if "_" in (t := make_token(n=n)) and "-" in t)

    assert make_decoder().decode(token)
    assert is_refused(token.replace("_", "/"))
    assert is_refused(token.replace("-", "+"))


def test_a_token_is_accepted_up_to_eight_kilobytes() -> None:
    assert make_decoder().decode(make_token(pad="x" * 5900))
    assert is_refused(make_token(pad="x" * 6100))
    assert is_refused("x" * 100_000)
    assert is_refused("." * 100_000)


@given(st.text(st.characters()))
def test_any_text_raises_only_invalid_token(text: str) -> None:
    assert is_refused(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
CLAIM_NAMES = st.sampled_from(["sub", "exp", "nbf", "iat", "iss", "aud"])


@settings(max_examples=50)
@given(st.dictionaries(CLAIM_NAMES, JSON))
def test_any_signed_claims_are_accepted_or_refused_without_other_errors(claims: Any) -> None:
    token = make_token(**claims)
    try:
        decoded = make_decoder().decode(token)
    except InvalidTokenError:
        return
    assert decoded.subject == claims.get("sub", "7")


@given(st.binary(max_size=64), st.binary(max_size=64))
def test_any_signed_bytes_are_refused(header: bytes, payload: bytes) -> None:
    assert is_refused(sign(header, payload))


@given(st.integers(min_value=0), st.characters())
def test_a_token_with_one_character_changed_is_refused(position: int, character: str) -> None:
    token = make_token()
    index = position % len(token)
    changed = token[:index] + character + token[index + 1 :]

    assert changed == token or is_refused(changed)


@given(st.binary())
def test_encoded_bytes_can_be_decoded(octets: bytes) -> None:
    assert base64url.decode(base64url.encode(octets)) == octets
