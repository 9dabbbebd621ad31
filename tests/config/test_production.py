"""Production refuses values that are only safe on a developer's machine, and shows none."""

import base64
import secrets

import pytest

from app.config.settings import EXAMPLE_SECRET, Settings, SettingsError, load_settings

RANDOM = "hT9vQm2LxR7bKc4WzN8dYf3GsJ6pUe1A"
REQUIRED = {
    "DATABASE_URL": f"postgresql://service:{RANDOM}@localhost/service",
    "JWT_SECRET_KEY": RANDOM,
    "AUTH_SERVICE_URL": "https://auth.example/api/v1/auth",
}


def _fernet_key(octets: bytes) -> str:
    return f'["{base64.urlsafe_b64encode(octets).decode()}"]'


UNSAFE = [
    ("JWT_SECRET_KEY", EXAMPLE_SECRET),
    ("JWT_SECRET_KEY", f" {EXAMPLE_SECRET} "),
    ("JWT_SECRET_KEY", EXAMPLE_SECRET.upper()),
    ("JWT_SECRET_KEY", EXAMPLE_SECRET.replace("-", "_")),
    ("JWT_SECRET_KEY", EXAMPLE_SECRET.replace("-", " ").title()),
    ("JWT_SECRET_KEY", f"{EXAMPLE_SECRET}-really"),
    ("JWT_SECRET_KEY", "x" * 31),
    ("JWT_SECRET_KEY", RANDOM[:31] + " "),
    ("JWT_SECRET_KEY", "x" * 32),
    ("JWT_SECRET_KEY", "ab" * 40),
    ("JWT_SECRET_KEY", "1234567890" * 4),
    ("JWT_SECRET_KEY", "0123456789abcdef" * 4),
    ("JWT_SECRET_KEY", "abcdefghijklmnopqrstuvwxyz012345"),
    ("JWT_SECRET_KEY", "password" * 5),
    ("ENCRYPTION_KEYS", _fernet_key(bytes(32))),
    ("ENCRYPTION_KEYS", _fernet_key(b"k" * 32)),
    ("ENCRYPTION_KEYS", _fernet_key(bytes(range(32)))),
    ("ENCRYPTION_KEYS", _fernet_key(b"0123456789abcdef" * 2)),
    ("DATABASE_URL", "postgresql://service:change-me@localhost/service"),
    ("DATABASE_URL", "postgresql://service:Change%20Me@localhost/service"),
    ("DATABASE_URL", "postgresql://postgres:postgres@localhost/service"),
    ("DATABASE_URL", "postgresql://service:service@localhost/service"),
    ("DATABASE_URL", "postgresql://service@localhost/service?password=password"),
    ("DATABASE_URL", "postgresql://service:123456@localhost/service"),
    ("REDIS_URL", "redis://:foobared@localhost:6379/0"),
    ("REDIS_URL", "redis://default:CHANGEME@localhost:6379/0"),
    ("RABBITMQ_URL", "amqp://guest:guest@localhost:5672/"),
    ("RABBITMQ_URL", "amqp://admin:admin@localhost:5672/"),
    ("AUTH_SERVICE_URL", "https://me:secret@auth.example/"),
    ("TRUSTED_PROXIES", '["0.0.0.0/0"]'),
    ("TRUSTED_PROXIES", '["::/0"]'),
    ("TRUSTED_PROXIES", '["10.0.0.0/8", "0.0.0.0/1"]'),
    ("CORS_ORIGINS", '["*"]'),
]


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in REQUIRED.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path_factory.mktemp("empty"))


@pytest.mark.parametrize(("name", "value"), UNSAFE)
def test_production_refuses_what_development_accepts(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    load_settings()

    monkeypatch.setenv("APP_ENV", "production")
    with pytest.raises(SettingsError) as refusal:
        load_settings()

    line = str(refusal.value)
    assert line.startswith(f"{name}: ")
    assert len(line.splitlines()) == 1
    assert value not in line


@pytest.mark.parametrize("secret", ["change-me-please", "secret", "catalog", "000000"])
def test_production_refuses_a_guessable_client_secret(
    monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    monkeypatch.setenv("AUTH_INTROSPECTION_URL", "https://auth.example/introspect")
    monkeypatch.setenv("AUTH_CLIENT_ID", "catalog")
    monkeypatch.setenv("AUTH_CLIENT_SECRET", secret)
    load_settings()

    monkeypatch.setenv("APP_ENV", "production")
    with pytest.raises(SettingsError, match=r"^AUTH_CLIENT_SECRET: [^\n]*$"):
        load_settings()


def test_every_unsafe_value_has_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in UNSAFE:
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("APP_ENV", "production")

    with pytest.raises(SettingsError) as refusal:
        load_settings()

    lines = str(refusal.value).splitlines()
    assert {line.partition(":")[0] for line in lines} == {name for name, _ in UNSAFE}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("JWT_SECRET_KEY", secrets.token_hex(16)),
        ("JWT_SECRET_KEY", secrets.token_urlsafe(32)),
        ("ENCRYPTION_KEYS", _fernet_key(secrets.token_bytes(32))),
        ("DATABASE_URL", "postgresql://service@localhost/service"),
        ("DATABASE_URL", f"postgresql://guest:{RANDOM}@localhost/test"),
        ("RABBITMQ_URL", f"amqp://guest:{RANDOM}@localhost/"),
        ("TRUSTED_PROXIES", '["10.0.0.0/8", "fc00::/7", "203.0.113.7"]'),
        ("AUTH_CACHE_TTL_SECONDS", "300"),
        ("CACHE_TTL_SECONDS", "3600"),
    ],
    # Random values must not name tests: the processes of a run have to agree on the names.
    ids=lambda value: value if value.isupper() else "safe",
)
def test_production_accepts_safe_values(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    monkeypatch.setenv("APP_ENV", "production")

    load_settings()
