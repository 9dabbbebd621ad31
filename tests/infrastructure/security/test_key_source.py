from collections.abc import Mapping
from typing import Any

import pytest

from app.exceptions.shared.security_exceptions import InvalidTokenError
from app.infrastructure.security.signatures import Key
from app.infrastructure.security.static_secret import StaticSecret
from app.infrastructure.security.token_decoder import TokenDecoder, TokenRules
from tests.support.forged_tokens import HEADER, make_token
from tests.support.token_decoding import NOW, make_signatures

pytestmark = pytest.mark.usefixtures("library")

SECRETS = {kid: f"the secret of {kid} with more than 32 bytes" for kid in ("old", "new")}


class NamedKeys:
    """Keys by their `kid`, as in the key set of an issuer."""

    is_usable = True

    def get(self, header: Mapping[str, Any]) -> Key:
        return StaticSecret(SECRETS[header["kid"]], signatures=make_signatures()).get(header)

    async def refresh(self) -> None: ...


@pytest.fixture
def decoder() -> TokenDecoder:
    return TokenDecoder(
        keys=NamedKeys(),
        signatures=make_signatures(),
        rules=TokenRules(algorithm="HS256"),
        now=lambda: NOW,
    )


@pytest.mark.parametrize("kid", SECRETS)
def test_the_header_chooses_the_key(decoder: TokenDecoder, kid: str) -> None:
    token = make_token(secret=SECRETS[kid], header={**HEADER, "kid": kid})

    assert decoder.decode(token).subject == "7"


@pytest.mark.parametrize("header", [{"kid": "new"}, {"kid": "unknown"}, {}])
def test_a_token_with_another_or_an_unknown_key_is_refused(
    decoder: TokenDecoder, header: dict[str, str]
) -> None:
    token = make_token(secret=SECRETS["old"], header=HEADER | header)

    with pytest.raises(InvalidTokenError):
        decoder.decode(token)
