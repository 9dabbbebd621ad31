import json
from typing import Any

import pytest

from app.exceptions.shared.security_exceptions import InvalidTokenError
from tests.support.forged_tokens import HEADER, SECRET, hs512, make_token, sign, sign_claims
from tests.support.token_decoding import NOW, is_refused, make_decoder

pytestmark = pytest.mark.usefixtures("library")

PUBLIC_KEY = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZI\n-----END PUBLIC KEY-----"


def test_a_genuine_token_gives_its_subject_and_expiry() -> None:
    claims = make_decoder().decode(make_token(sub="7", exp=NOW + 60))

    assert (claims.subject, claims.expires_at) == ("7", NOW + 60)


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_only_the_configured_algorithm_is_accepted(algorithm: str) -> None:
    assert is_refused(make_token(), algorithm=algorithm)
    assert is_refused(hs512(make_token()))


@pytest.mark.parametrize(
    "header",
    [
        HEADER | {"alg": "none"},
        HEADER | {"alg": "None"},
        HEADER | {"alg": "hs256"},
        HEADER | {"alg": "RS256"},
        HEADER | {"alg": ["HS256"]},
        HEADER | {"alg": {"HS256": "HS256"}},
        HEADER | {"alg": None},
        HEADER | {"alg": True},
        HEADER | {"crit": ["exp"], "exp": 1},
        HEADER | {"crit": "b64"},
        HEADER | {"crit": []},
        HEADER | {"b64": False},
        HEADER | {"jwk": {"kty": "oct", "k": "AA"}},
        HEADER | {"x5c": ["MII"]},
        HEADER | {"kid": "k" * 2000},
        {"typ": "JWT"},
        {},
        [],
        ["HS256"],
        "HS256",
        None,
        1,
    ],
    ids=str,
)
def test_a_genuinely_signed_token_with_another_header_is_refused(header: Any) -> None:
    assert is_refused(make_token(header=header))


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"{",
        b"[" * 1000,
        b"[" * 900 + b"]" * 900,
        b'{"alg":"HS256","a":' + b"[" * 400 + b"]" * 400 + b"}",
        b'{"alg":"none","alg":"HS256"}',
        b'{"alg":"HS256","alg":"HS256"}',
        b'\xef\xbb\xbf{"alg":"HS256"}',
        '{"alg":"HS256"}'.encode("utf-16"),
        b'{"alg":"HS256","typ":NaN}',
        b'{"alg":"HS256"}\xff',
        b'{"alg":"HS256"} {}',
    ],
    ids=lambda header: repr(header[:24]),
)
def test_a_header_must_be_a_small_flat_object(header: bytes) -> None:
    assert is_refused(sign(header, json.dumps({"sub": "7", "exp": NOW + 60}).encode()))


@pytest.mark.parametrize("exp", [..., None, [], {}, "", "4102444800", True, False, [4102444800]])
def test_the_expiry_is_required_and_numeric(exp: Any) -> None:
    assert is_refused(make_token(exp=exp))


@pytest.mark.parametrize(
    "exp", ["1e400", "-1e400", "NaN", "Infinity", "1" * 400, "1" * 5000, "0", "-1", "1e-400"]
)
def test_the_expiry_is_finite_and_in_the_future(exp: str) -> None:
    assert is_refused(sign_claims(f'{{"sub":"7","exp":{exp}}}'))


def test_a_token_is_accepted_up_to_thirty_seconds_after_its_expiry() -> None:
    decoder = make_decoder()

    assert decoder.decode(make_token(exp=NOW - 29)).expires_at == NOW - 29
    assert is_refused(make_token(exp=NOW - 30))


def test_a_token_that_is_not_yet_valid_is_refused() -> None:
    assert make_decoder().decode(make_token(nbf=NOW + 30))
    assert is_refused(make_token(nbf=NOW + 31))


@pytest.mark.parametrize("claim", ["nbf", "iat"])
@pytest.mark.parametrize("value", [None, True, "1", [], {}])
def test_optional_times_must_be_numeric(claim: str, value: Any) -> None:
    assert is_refused(make_token(**{claim: value}))


@pytest.mark.parametrize(
    "sub", [..., None, "", 7, 7.5, True, ["7"], {"id": "7"}, "7\x00", "7\n8", "\ud800", "s" * 256]
)
def test_a_subject_is_required_and_is_plain_text(sub: Any) -> None:
    assert is_refused(make_token(sub=sub))


def test_a_token_of_another_issuer_is_refused_when_one_is_configured() -> None:
    assert make_decoder(issuer="us").decode(make_token(iss="us"))
    for issuer in ("them", ..., None, ["us"], {"us": 1}):
        assert is_refused(make_token(iss=issuer), issuer="us")


def test_a_token_for_another_audience_is_refused_when_one_is_configured() -> None:
    assert make_decoder(audience="us").decode(make_token(aud="us"))
    assert make_decoder(audience="us").decode(make_token(aud=["them", "us"]))
    for audience in ("them", "us ", ..., None, [], ["them"], {"us": 1}, [["us"]]):
        assert is_refused(make_token(aud=audience), audience="us")


def test_issuer_and_audience_are_ignored_when_none_is_configured() -> None:
    assert make_decoder().decode(make_token(iss="anyone", aud=["anything"]))


def test_a_token_signed_with_another_key_is_refused() -> None:
    assert is_refused(make_token(secret=SECRET + "!"))
    assert is_refused(make_token(secret=""))


@pytest.mark.parametrize("secret", ['{"keys": ["k"]}', '["one", "two"]', '"quoted"', "12345"])
def test_a_secret_that_looks_like_json_is_used_as_text(secret: str) -> None:
    decoder = make_decoder(secret=secret)

    assert decoder.decode(make_token(secret=secret))
    for key in ("k", "one", "quoted"):
        with pytest.raises(InvalidTokenError):
            decoder.decode(make_token(secret=key))


@pytest.mark.parametrize("secret", ["", PUBLIC_KEY])
def test_an_invalid_secret_is_reported_at_once_and_not_shown(secret: str) -> None:
    with pytest.raises(ValueError, match=r"^JWT_SECRET_KEY: ") as refusal:
        make_decoder(secret=secret)

    assert "MFkw" not in str(refusal.value)


@pytest.mark.parametrize(
    "payload",
    ["", "[]", "null", '"x"', "[" * 3000, '{"sub":"7","sub":"8","exp":9999999999}', "{"],
    ids=lambda payload: payload[:16],
)
def test_a_signed_payload_must_be_an_object(payload: str) -> None:
    assert is_refused(sign_claims(payload))
