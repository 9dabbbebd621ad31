import time
from collections.abc import Callable

import pytest

from app.exceptions.shared.security_exceptions import InvalidTokenError
from app.infrastructure.security.jose_signatures import JoseSignatures
from app.infrastructure.security.pyjwt_signatures import PyJWTSignatures
from app.infrastructure.security.signatures import Signatures
from app.infrastructure.security.static_secret import StaticSecret
from app.infrastructure.security.token_decoder import TokenDecoder, TokenRules
from tests.support.forged_tokens import SECRET

NOW = int(time.time())


LIBRARIES: dict[str, Callable[[str], Signatures]] = {
    "python-jose": JoseSignatures,
    "pyjwt": PyJWTSignatures,
}
# Changed by a fixture, so that each test of tokens runs with each library.
chosen = {"library": "python-jose"}


def make_signatures(algorithm: str = "HS256") -> Signatures:
    return LIBRARIES[chosen["library"]](algorithm)


def make_decoder(*, secret: str = SECRET, **rules: str) -> TokenDecoder:
    signatures = make_signatures(rules.get("algorithm", "HS256"))
    return TokenDecoder(
        keys=StaticSecret(secret, signatures=signatures),
        signatures=signatures,
        rules=TokenRules(**{"algorithm": "HS256"} | rules),
        now=lambda: NOW,
    )


def is_refused(token: str, **rules: str) -> bool:
    with pytest.raises(InvalidTokenError):
        make_decoder(**rules).decode(token)
    return True
