"""Values that are harmless on a developer's machine and refused in production."""

import re
import zlib
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import unquote

from app.config.url_rules import authority_of, query_of

if TYPE_CHECKING:
    from app.config.settings import Settings

MIN_SECRET_BYTES = 32
# 32 characters of a random hexadecimal text stay above; a repeated or counted text does not.
MIN_COMPRESSED_BYTES = 26

URLS = (
    *("database_url", "redis_url", "rabbitmq_url", "auth_service_url", "jwt_jwks_url"),
    "auth_introspection_url",
)
DEFAULT_PASSWORDS = frozenset(
    {
        *("admin", "changeit", "changeme", "default", "demo", "dev", "development", "example"),
        *("foobared", "guest", "letmein", "pass", "passw0rd", "password", "postgres", "postgresql"),
        *("qwerty", "rabbitmq", "redis", "root", "secret", "test", "user", "valkey"),
    }
)

# The shortest prefixes of private networks: 10.0.0.0/8 and fc00::/7.
MIN_PREFIX = {4: 8, 6: 7}


def find_unsafe_values(settings: "Settings") -> list[str]:
    """Return one line for each unsafe value, without the value."""
    return [
        *_secret_problems(settings),
        *_password_problems(settings),
        *_network_problems(settings),
    ]


def _secret_problems(settings: "Settings") -> Iterator[str]:
    secret = settings.jwt_secret_key.get_secret_value()
    if len(secret.strip().encode()) < MIN_SECRET_BYTES or _is_guessable(secret.encode()):
        yield f"JWT_SECRET_KEY: must have {MIN_SECRET_BYTES} random bytes in production"
    for number, key in enumerate(settings.encryption_keys, start=1):
        if _is_guessable(urlsafe_b64decode(key.get_secret_value())):
            yield f"ENCRYPTION_KEYS: entry {number} must be random in production"


def _is_guessable(secret: bytes) -> bool:
    words = _letters_and_digits(secret.decode("latin-1"))
    if "changeme" in words:
        return True
    steps = bytes((after - before) % 256 for before, after in pairwise(secret))
    return min(len(zlib.compress(text, 9)) for text in (secret, steps)) < MIN_COMPRESSED_BYTES


def _password_problems(settings: "Settings") -> Iterator[str]:
    for name in URLS:
        secret = getattr(settings, name)
        if secret is not None and _has_default_password(secret.get_secret_value()):
            yield f"{name.upper()}: has an example or default password, refused in production"
    client_secret = settings.auth_client_secret
    if client_secret and _is_default(settings.auth_client_id, client_secret.get_secret_value()):
        yield "AUTH_CLIENT_SECRET: is an example or default password, refused in production"


def _has_default_password(url: str) -> bool:
    user, _, password = map(unquote, authority_of(url).rpartition("@")[0].partition(":"))
    user, password = (
        user or query_of(url).get("user", ""),
        password or query_of(url).get("password", ""),
    )
    return bool(password) and _is_default(user, password)


def _is_default(user: str | None, password: str) -> bool:
    word = _letters_and_digits(password)
    is_common = (
        word in DEFAULT_PASSWORDS
        or "changeme" in word
        or re.fullmatch(r"(.)\1*|0?123456789?0?|1234*5?6?7?8?", word) is not None
    )
    return is_common or password.casefold() == (user or "").casefold()


def _network_problems(settings: "Settings") -> Iterator[str]:
    if "*" in settings.cors_origins:
        yield 'CORS_ORIGINS: "*" is not allowed in production'
    for number, network in enumerate(settings.trusted_proxies, start=1):
        if network.prefixlen < MIN_PREFIX[network.version]:
            yield (
                f"TRUSTED_PROXIES: entry {number} contains addresses of clients; "
                f"list only your proxies in production"
            )


def _letters_and_digits(text: str) -> str:
    return re.sub(r"[\W_]", "", text).casefold()
