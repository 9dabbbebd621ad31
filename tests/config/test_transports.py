"""Connections to other hosts without verified TLS are named in the log of a production service."""

import logging

import pytest

from app.config.settings import Settings
from app.config.transports import find_plain_transports, warn_of_plain_transports

PASSWORD = "hT9vQm2LxR7bKc4WzN8dYf3GsJ6pUe1A"


def _settings(**overrides: object) -> Settings:
    values: dict[str, object] = {
        "app_env": "production",
        "database_url": f"postgresql://me:{PASSWORD}@localhost/service",
        "jwt_secret_key": PASSWORD,
        "auth_service_url": "http://localhost:8001/",
    }
    return Settings(_env_file=None, **(values | overrides))  # type: ignore[arg-type]


PLAIN = [
    ("redis_url", f"redis://:{PASSWORD}@redis:6379/0"),
    ("redis_url", f"redis://:{PASSWORD}@10.0.0.1:6379/0"),
    ("redis_url", f"rediss://:{PASSWORD}@redis:6379/0?ssl_cert_reqs=none"),
    ("redis_url", f"redis+sentinel://:{PASSWORD}@localhost,s2/main"),
    ("redis_url", f"redis+cluster://:{PASSWORD}@localhost,n2"),
    ("rabbitmq_url", f"amqp://me:{PASSWORD}@localhost,rabbitmq/"),
    ("rabbitmq_url", f"amqp://me:{PASSWORD}@rabbitmq/"),
    ("rabbitmq_url", f"amqps://me:{PASSWORD}@rabbitmq/?no_verify_ssl=1"),
    ("auth_service_url", "http://auth:8001/"),
    ("database_url", f"postgresql://me:{PASSWORD}@postgres/service"),
    ("database_url", f"postgresql://me:{PASSWORD}@postgres/service?sslmode=prefer"),
    ("database_url", f"postgresql://me:{PASSWORD}@[2001:db8::1]:5432/service"),
]
PROTECTED = [
    ("redis_url", f"redis://:{PASSWORD}@127.0.0.1:6379/0"),
    ("redis_url", f"redis://:{PASSWORD}@[::1]:6379/0"),
    ("redis_url", f"rediss://:{PASSWORD}@redis:6379/0"),
    ("redis_url", f"rediss+sentinel://:{PASSWORD}@s1,s2/main"),
    ("redis_url", f"rediss+cluster://:{PASSWORD}@n1,n2"),
    ("rabbitmq_url", f"amqps://me:{PASSWORD}@rabbitmq/"),
    ("auth_service_url", "https://auth:8001/"),
    (
        "database_url",
        f"postgresql://me:{PASSWORD}@postgres/service?sslmode=verify-full&sslrootcert=system",
    ),
    ("database_url", f"postgresql://me:{PASSWORD}@localhost/x?host=/var/run/postgresql"),
]


@pytest.mark.parametrize(("name", "url"), PLAIN)
def test_a_plain_transport_is_named_once_without_its_url(
    name: str, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    warn_of_plain_transports(_settings(**{name: url}))

    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage().startswith(f"{name.upper()}: ")
    assert PASSWORD not in caplog.text


@pytest.mark.parametrize(("name", "url"), PROTECTED)
def test_protected_and_local_connections_are_not_named(name: str, url: str) -> None:
    assert find_plain_transports(_settings(**{name: url})) == []


def test_development_names_none(caplog: pytest.LogCaptureFixture) -> None:
    warn_of_plain_transports(_settings(app_env="development", redis_url="redis://redis"))

    assert caplog.records == []
