"""An invalid setting stops the start and is named without its value."""

import pytest

import app
from app.config.settings import Settings, SettingsError, load_settings

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


def test_each_missing_setting_has_its_own_line(monkeypatch: pytest.MonkeyPatch) -> None:
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
        ("DATABASE_POOL_SIZE", "1001"),
        ("DATABASE_POOL_MIN_SIZE", "1001"),
        ("CACHE_TTL_SECONDS", "86401"),
        *((f"{name}_SECONDS", "3601") for name in ("REQUEST_TIMEOUT", "SHUTDOWN_GRACE")),
        ("AUTH_CACHE_TTL_SECONDS", "3601"),
        ("EXTERNAL_API_TIMEOUT", "61"),
        ("EXTERNAL_API_MAX_RETRIES", "21"),
        ("RATE_LIMIT_PER_MINUTE", "1000001"),
        ("RATE_LIMIT_PER_MINUTE", "9" * 60),
        ("MAX_BODY_BYTES", "1073741825"),
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
        ("REDIS_URL", f"redis://:{SECRET}@localhost/0?foo=bar"),
        ("REDIS_URL", f"redis://:{SECRET}@localhost/0?protocol=3"),
        ("REDIS_URL", f"redis://localhost/0?x{SECRET}=bar"),
        ("REDIS_URL", f" redis://:{SECRET}@localhost/0"),
        ("REDIS_URL", f"REDIS://:{SECRET}@localhost/0"),
        ("REDIS_URL", f"rediss://:{SECRET}@localhost/0?ssl_cert_reqs=perhaps"),
        ("REDIS_URL", f"redis://:1?2{SECRET}@localhost/0"),
        ("REDIS_URL", f"redis://:{SECRET}@localhost/first"),
        ("REDIS_URL", f"redis://:{SECRET}@localhost?db=first"),
        ("REDIS_URL", f"rediss://:{SECRET}@localhost?ssl_ca_certs=/does/not/exist"),
        ("REDIS_URL", f"redis+sentinel://:{SECRET}@s1,s2"),
        ("REDIS_URL", f"redis+sentinel://:{SECRET}@s1,s2/main/first"),
        ("REDIS_URL", f"redis+sentinel://:{SECRET}@s1,/main"),
        ("REDIS_URL", f"redis://localhost?sentinel_password={SECRET}"),
        ("REDIS_URL", f"redis+cluster://:{SECRET}@n1,n2/1"),
        ("REDIS_URL", f"redis+cluster://:{SECRET}@n1,n2?db=0"),
        ("MESSAGE_SENDERS", "orders=order.created"),
        ("MESSAGE_SENDERS", '["order.created"]'),
        ("MESSAGE_SENDERS", '{"orders": "order.created"}'),
        ("MESSAGE_SENDERS", '{"orders": [""]}'),
        ("MESSAGE_SENDERS", '{"": ["order.created"]}'),
        ("RABBITMQ_URL", f"amqp://me:{SECRET}@localhost/?foo=bar"),
        ("RABBITMQ_URL", f"amqps://me:{SECRET}@localhost/?cafile=/does/not/exist"),
        ("RABBITMQ_URL", f"amqp://me:{SECRET}@first,:5672/"),
        ("RABBITMQ_URL", f"amqp://me:{SECRET}@first:5672,second:x/"),
        ("MESSAGE_QUEUE_TYPE", "stream"),
    ],
)
def test_an_invalid_setting_is_named_on_one_line_without_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)

    refusal = _refusal()

    assert len(refusal.splitlines()) == 1
    assert name in refusal.upper()
    assert SECRET not in refusal


NAMES = [name.upper() for name in Settings.model_fields]
LISTS = {"ENCRYPTION_KEYS", "EVENT_SUBSCRIBERS", "TRUSTED_PROXIES", "CORS_ORIGINS"}
LISTS |= {"MESSAGE_SENDERS"}


@pytest.mark.parametrize(
    ("name", "blank"),
    [*((name, "") for name in NAMES), *((name, " ") for name in NAMES if name not in LISTS)],
)
def test_an_empty_setting_is_unset(monkeypatch: pytest.MonkeyPatch, name: str, blank: str) -> None:
    monkeypatch.delenv(name, raising=False)
    if name in REQUIRED:
        monkeypatch.setenv(name, blank)
        assert _refusal() == f"{name}: is required and not set"
    else:
        expected = load_settings()
        monkeypatch.setenv(name, blank)
        assert load_settings() == expected


@pytest.mark.parametrize("name", NAMES)
def test_a_value_that_is_not_utf_8_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, '["a\udcff"]')

    assert name in _refusal()
    assert "\udcff" not in _refusal()
    assert len(_refusal().splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REDIS_URL", "rediss://me:secret@localhost:6380/2?health_check_interval=30"),
        ("REDIS_URL", "redis://localhost?db=3&client_name=me"),
        ("REDIS_URL", "redis+sentinel://me:secret@s1,[::1]:7/main?sentinel_password=other"),
        ("REDIS_URL", "rediss+sentinel://s1:1,s2:2/main/3"),
        ("REDIS_URL", "redis+cluster://me:secret@n1,[::1]:7"),
        ("REDIS_URL", "rediss+cluster://n1:1,n2:2/0?ssl_cert_reqs=required"),
        ("RABBITMQ_URL", "amqp://me:secret@localhost/%2F?heartbeat=30"),
        ("RABBITMQ_URL", f"amqps://me:secret@localhost/vhost?cafile={__file__}"),
        ("RABBITMQ_URL", "amqp://me:secret@first,[::1]:5673,third:5674/vhost?heartbeat=30"),
    ],
)
def test_known_parameters_of_a_url_are_accepted(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)

    load_settings()


def test_senders_are_read_from_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MESSAGE_SENDERS", '{"orders": ["order.created"], "app:old": []}')

    assert load_settings().message_senders == {"orders": ["order.created"], "app:old": []}


def test_docs_are_disabled_in_production_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_ENV", "production")
    assert not load_settings().docs_enabled

    monkeypatch.setenv("DOCS_ENABLED", "true")
    assert load_settings().docs_enabled


def test_settings_do_not_show_secrets() -> None:
    assert SECRET not in repr(load_settings())
    assert SECRET not in str(load_settings().model_dump())
