"""Validated types of settings. No error message contains the value."""

import re
from base64 import urlsafe_b64decode
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from app.config.url_rules import require_known_parameters, split_hosts
from app.utils.queue_names import queue_name_for_url

FERNET_KEY_BYTES = 32


def _url(*schemes: str) -> AfterValidator:
    def check(value: SecretStr) -> SecretStr:
        for url in split_hosts(value.get_secret_value()):
            _check_url(url, schemes)
        return value

    return AfterValidator(check)


def _check_url(url: str, schemes: tuple[str, ...]) -> None:
    try:
        parts = urlsplit(url)
        # The client libraries accept neither spaces before the scheme nor capitals in it.
        has_scheme = url.partition("://")[0] in schemes
        is_valid = has_scheme and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_valid = False
    if not is_valid:
        raise ValueError(f"must be a URL that starts with {' or '.join(schemes)}://")
    require_known_parameters(parts)


HttpUrl = Annotated[SecretStr, _url("http", "https")]
RedisUrl = Annotated[
    SecretStr,
    _url(
        *("redis", "rediss", "redis+sentinel", "rediss+sentinel"),
        *("redis+cluster", "rediss+cluster"),
    ),
]
RabbitMQUrl = Annotated[SecretStr, _url("amqp", "amqps")]


def _check_shared_secret(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if not text or text.startswith(("-----BEGIN", "ssh-")):
        raise ValueError("must be a non-empty shared secret, not a PEM or SSH key")
    return value


def _check_fernet_key(value: SecretStr) -> SecretStr:
    try:
        octets = urlsafe_b64decode(value.get_secret_value())
    except ValueError:
        octets = b""
    if len(octets) != FERNET_KEY_BYTES:
        raise ValueError(f"must be {FERNET_KEY_BYTES} bytes in URL-safe base64")
    return value


def _check_origin(value: str) -> str:
    if value != "*" and not re.fullmatch(r"https?://[^/\s]+", value):
        raise ValueError('must be "*" or an origin such as https://shop.example, without a path')
    return value


def _check_service_url(value: str) -> str:
    queue_name_for_url(value)
    return value


SharedSecret = Annotated[SecretStr, AfterValidator(_check_shared_secret)]
FernetKey = Annotated[SecretStr, AfterValidator(_check_fernet_key)]
Origin = Annotated[str, AfterValidator(_check_origin)]
ServiceUrl = Annotated[str, AfterValidator(_check_service_url)]
# As they appear in the property `user_id` or in `from_service`, and in `event`.
SenderName = Annotated[str, Field(pattern=r"^\S{1,255}$")]
EventName = Annotated[str, Field(pattern=r"^\S{1,100}$")]
QueueType = Literal["classic", "quorum"]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]

# Infinity would disable a timeout.
PositiveSeconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NonNegativeSeconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
