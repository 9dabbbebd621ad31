"""What the values of settings must look like; no message ever shows the value."""

import re
from base64 import urlsafe_b64decode
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from app.utils.queue_names import queue_of

FERNET_KEY_BYTES = 32


def _url(*schemes: str) -> AfterValidator:
    def check(value: SecretStr) -> SecretStr:
        try:
            parts = urlsplit(value.get_secret_value())
            known = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
        except ValueError:
            known = False
        if not known:
            raise ValueError(f"must be a URL that starts with {' or '.join(schemes)}://")
        return value

    return AfterValidator(check)


PostgresUrl = Annotated[SecretStr, _url("postgresql", "postgres")]
HttpUrl = Annotated[SecretStr, _url("http", "https")]
RedisUrl = Annotated[SecretStr, _url("redis", "rediss")]
RabbitMQUrl = Annotated[SecretStr, _url("amqp", "amqps")]


def _shared_secret(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if not text or text.startswith(("-----BEGIN", "ssh-")):
        raise ValueError("must be a shared secret, neither empty nor a PEM or SSH key")
    return value


def _fernet_key(value: SecretStr) -> SecretStr:
    try:
        octets = urlsafe_b64decode(value.get_secret_value())
    except ValueError:
        octets = b""
    if len(octets) != FERNET_KEY_BYTES:
        raise ValueError(f"must be {FERNET_KEY_BYTES} bytes in URL-safe base64")
    return value


def _origin(value: str) -> str:
    if value != "*" and not re.fullmatch(r"https?://[^/\s]+", value):
        raise ValueError('must be "*" or like https://shop.example, without a path')
    return value


def _service(value: str) -> str:
    queue_of(value)
    return value


SharedSecret = Annotated[SecretStr, AfterValidator(_shared_secret)]
FernetKey = Annotated[SecretStr, AfterValidator(_fernet_key)]
Origin = Annotated[str, AfterValidator(_origin)]
ServiceUrl = Annotated[str, AfterValidator(_service)]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]

# An infinite time is no limit.
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
SecondsOrNone = Annotated[float, Field(ge=0, allow_inf_nan=False)]
