"""The token in the Authorization header."""

import pytest

from app.exceptions.shared.security_exceptions import InvalidTokenError, MissingTokenError
from app.infrastructure.security.bearer import bearer_token


@pytest.mark.parametrize(
    "header", ["Bearer a.b.c", "bearer a.b.c", "BEARER a.b.c", "Bearer  a.b.c", "Bearer      a.b.c"]
)
def test_the_scheme_is_case_insensitive_and_followed_by_one_or_more_spaces(header: str) -> None:
    assert bearer_token([header]) == "a.b.c"


@pytest.mark.parametrize(
    "header", ["Basic a.b.c", "a.b.c", "Bearer\ta.b.c", "", " Bearer a.b.c", "BearerX a.b.c"]
)
def test_another_scheme_is_refused(header: str) -> None:
    with pytest.raises(InvalidTokenError):
        bearer_token([header])


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer   "])
def test_a_scheme_without_a_token_gives_an_empty_token(header: str) -> None:
    assert bearer_token([header]) == ""


def test_a_request_without_the_header_has_no_token() -> None:
    with pytest.raises(MissingTokenError):
        bearer_token([])


def test_two_headers_are_refused() -> None:
    with pytest.raises(InvalidTokenError):
        bearer_token(["Bearer a.b.c", "Bearer a.b.c"])
