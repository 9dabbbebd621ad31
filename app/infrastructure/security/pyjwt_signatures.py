import json
from collections.abc import Mapping

import jwt
from jwt.exceptions import InvalidKeyError

from app.infrastructure.security.signatures import Key
from app.utils import base64url


class PyJWTSignatures:
    """Verifies signatures by PyJWT, which is used for nothing else."""

    def __init__(self, algorithm: str) -> None:
        self._algorithm = jwt.PyJWS(algorithms=[algorithm]).get_algorithm_by_name(algorithm)

    def secret_key(self, secret: str) -> Key:
        try:
            return self._algorithm.prepare_key(secret)
        except InvalidKeyError as error:
            raise ValueError(str(error)) from None

    def public_key(self, jwk: Mapping[str, str]) -> Key:
        return self._algorithm.from_jwk(json.dumps(dict(jwk)))

    def verify(self, token: str, key: Key) -> bytes:
        signed, _, signature = token.rpartition(".")
        if not self._algorithm.verify(signed.encode(), key, base64url.decode(signature)):
            raise ValueError("wrong signature")
        return base64url.decode(signed.partition(".")[2])
