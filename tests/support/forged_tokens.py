"""Create genuine and forged tokens."""

import hashlib
import hmac
import json
import time
from typing import Any

from app.utils import base64url

SECRET = "a test secret of more than thirty-two bytes"
HEADER = {"alg": "HS256", "typ": "JWT"}


def make_token(*, secret: str = SECRET, header: Any = HEADER, **claims: Any) -> str:
    """Create a valid token with the given changes; a claim with the value `...` is omitted."""
    default = {"sub": "7", "exp": int(time.time()) + 600}
    present = {name: value for name, value in (default | claims).items() if value is not ...}
    return sign(json.dumps(header).encode(), json.dumps(present).encode(), secret=secret)


def sign(header: bytes, payload: bytes, *, secret: str = SECRET, digest: str = "sha256") -> str:
    signed = f"{base64url.encode(header)}.{base64url.encode(payload)}"
    signature = hmac.digest(secret.encode(), signed.encode(), digest)
    return f"{signed}.{base64url.encode(signature)}"


def sign_claims(payload: str, *, secret: str = SECRET) -> str:
    """Sign any text as payload."""
    return sign(json.dumps(HEADER).encode(), payload.encode(), secret=secret)


def hs512(token: str) -> str:
    payload = base64url.decode(token.split(".")[1])
    return sign(b'{"alg":"HS512","typ":"JWT"}', payload, digest=hashlib.sha512().name)
