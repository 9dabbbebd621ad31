"""CONTRACT section 2: what is wrong stops the start, is named, and shows no secret."""

import pytest

import app
from app.config.settings import EXAMPLE_SECRET, Settings, SettingsError, load_settings

SECRET = "something-that-nobody-may-ever-read-in-a-message"
REQUIRED = {
    "DATABASE_URL": f"postgresql://me:{SECRET}@localhost/service",
    "JWT_SECRET_KEY": SECRET,
    "AUTH_SERVICE_URL": "http://localhost:8001/api/v1/auth",
}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(name, raising=False)
    for name, value in REQUIRED.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path_factory.mktemp("empty"))


def _refusal() -> str:
    with pytest.raises(SettingsError) as refusal:
        load_settings()
    return str(refusal.value)


def test_three_settings_are_enough() -> None:
    settings = load_settings()

    assert (settings.app_name, settings.service_name) == (app.__title__, app.__slug__)
    assert (settings.rate_limit_per_minute, settings.database_pool_size) == (60, 20)
    assert settings.auth_cache_ttl_seconds == 30
    assert settings.docs_enabled


@pytest.mark.parametrize("name", REQUIRED)
def test_a_missing_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv(name)

    assert _refusal() == f"{name}: is required and not set"


def test_every_missing_setting_has_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in REQUIRED:
        monkeypatch.delenv(name)

    assert {line.partition(":")[0] for line in _refusal().splitlines()} == set(REQUIRED)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", f"mysql://me:{SECRET}@localhost/service"),
        ("DATABASE_URL", SECRET),
        ("DATABASE_URL", f"postgresql://me:{SECRET}@localhost:99999/service"),
        ("AUTH_SERVICE_URL", f"ftp://{SECRET}@localhost"),
        ("AUTH_SERVICE_URL", ""),
        ("DATABASE_POOL_SIZE", "0"),
        ("DATABASE_POOL_SIZE", "many"),
        ("DATABASE_POOL_MIN_SIZE", "-1"),
        ("JWT_ALGORITHM", "none"),
        ("JWT_ALGORITHM", "RS256"),
        ("AUTH_CACHE_TTL_SECONDS", "-1"),
        ("RATE_LIMIT_PER_MINUTE", "-1"),
        ("RATE_LIMIT_PER_MINUTE", "1.5"),
        ("TRUSTED_PROXIES", '["not a network"]'),
        ("TRUSTED_PROXIES", "10.0.0.0/8"),
        ("CORS_ORIGINS", "http://localhost:3000"),
        ("CORS_ORIGINS", "[1]"),
        ("LOG_LEVEL", "LOUD"),
        ("APP_ENV", "staging"),
        ("SERVICE_NAME", "Some Service"),
        ("PUBLIC_READS", "perhaps"),
        ("MAX_BODY_BYTES", "0"),
        ("REQUEST_TIMEOUT_SECONDS", "0"),
        ("EXTERNAL_API_TIMEOUT", "nan"),
        ("REQUEST_TIMEOUT_SECONDS", "inf"),
        ("ENCRYPTION_KEYS", f'["{SECRET}"]'),
        ("JWT_SECRET_KEY", ""),
    ],
)
def test_a_bad_setting_is_named_on_one_line_without_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)

    refusal = _refusal()

    assert len(refusal.splitlines()) == 1
    assert name in refusal.upper()
    assert SECRET not in refusal


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("JWT_SECRET_KEY", EXAMPLE_SECRET),
        ("JWT_SECRET_KEY", "x" * 31),
        ("CORS_ORIGINS", '["*"]'),
    ],
)
def test_production_refuses_what_is_for_development(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    load_settings()

    monkeypatch.setenv("APP_ENV", "production")

    assert name in _refusal()


def test_docs_are_closed_in_production_unless_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_ENV", "production")
    assert not load_settings().docs_enabled

    monkeypatch.setenv("DOCS_ENABLED", "true")
    assert load_settings().docs_enabled


def test_settings_do_not_show_secrets() -> None:
    assert SECRET not in repr(load_settings())
    assert SECRET not in str(load_settings().model_dump())
