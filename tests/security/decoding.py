import time

import pytest

from app.exceptions.security_exceptions import InvalidTokenError
from app.infrastructure.security.token_decoder import TokenDecoder, TokenRules
from tests.security.tokens import SECRET

NOW = int(time.time())


def make_decoder(*, secret: str = SECRET, **rules: str) -> TokenDecoder:
    return TokenDecoder(
        secret=secret, rules=TokenRules(**{"algorithm": "HS256"} | rules), now=lambda: NOW
    )


def refuses(token: str, **rules: str) -> bool:
    with pytest.raises(InvalidTokenError):
        make_decoder(**rules).decode(token)
    return True
