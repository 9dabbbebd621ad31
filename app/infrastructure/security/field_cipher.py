"""Authenticated encryption of values that leave the service, such as page cursors."""

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from typing import Self

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

from app.utils import base64url

KEY_BYTES = 32
PURPOSE = b"field encryption"


class UndecryptableError(ValueError):
    """The text was not encrypted by this service, or its key was removed."""


class FieldCipher:
    """Encrypts with the first key, decrypts with any of them; its texts are safe in a URL."""

    def __init__(self, *, keys: Sequence[Fernet]) -> None:
        self._fernet = MultiFernet(keys)

    @classmethod
    def from_settings(cls, encryption_keys: Sequence[SecretStr], jwt_secret_key: SecretStr) -> Self:
        """Read the keys; raises ValueError, which names the entry but not the key."""
        if not encryption_keys:
            return cls(keys=[_derived_key(jwt_secret_key)])
        return cls(keys=[_key(number, key) for number, key in enumerate(encryption_keys, start=1)])

    def encrypt(self, plain: bytes) -> str:
        return _unpadded(self._fernet.encrypt(plain))

    def decrypt(self, text: str) -> bytes:
        """Raise UndecryptableError for every text that `encrypt` has not returned."""
        try:
            return self._fernet.decrypt(_padded(text))
        except (InvalidToken, ValueError):
            raise UndecryptableError("not an encrypted value of this service") from None

    def rotate(self, text: str) -> str:
        """Encrypt the same value with the first key; raises UndecryptableError."""
        try:
            return _unpadded(self._fernet.rotate(_padded(text)))
        except (InvalidToken, ValueError):
            raise UndecryptableError("not an encrypted value of this service") from None


def _derived_key(secret: SecretStr) -> Fernet:
    hkdf = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=PURPOSE)
    return Fernet(urlsafe_b64encode(hkdf.derive(secret.get_secret_value().encode())))


def _key(number: int, key: SecretStr) -> Fernet:
    try:
        return Fernet(key.get_secret_value())
    except ValueError:
        raise ValueError(
            f"ENCRYPTION_KEYS: entry {number} is not {KEY_BYTES} bytes in URL-safe base64"
        ) from None


def _unpadded(token: bytes) -> str:
    return token.rstrip(b"=").decode()


def _padded(text: str) -> bytes:
    # Fernet accepts several encodings of the same bytes, so a modified text could pass.
    return urlsafe_b64encode(base64url.decode(text))
