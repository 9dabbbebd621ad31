from collections.abc import Mapping

from jose import jwk, jws
from jose.exceptions import JOSEError

from app.infrastructure.security.signatures import Key


class JoseSignatures:
    """Verifies signatures by python-jose, which is used for nothing else.

    It accepts several encodings of one token and a missing `exp`, ignores `crit`, and raises
    undocumented errors on malformed input. It does not know EdDSA.
    """

    def __init__(self, algorithm: str) -> None:
        self._algorithm = algorithm

    def secret_key(self, secret: str) -> Key:
        try:
            # A key object, because python-jose reads a secret that looks like JSON as a key set.
            return jwk.construct(secret, self._algorithm)
        except JOSEError as error:
            raise ValueError(str(error)) from None

    def public_key(self, jwk_members: Mapping[str, str]) -> Key:
        return jwk.construct(dict(jwk_members), self._algorithm)

    def verify(self, token: str, key: Key) -> bytes:
        return jws.verify(token, key, [self._algorithm])
