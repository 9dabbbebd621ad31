"""Settings of tokens and of their verification fit each other."""

import pytest

from app.config.settings import SettingsError, load_settings
from app.config.transports import find_plain_transports

SECRET = "something-that-nobody-may-ever-read-in-a-message"
JWKS = "https://auth.example.com/jwks.json"
INTROSPECTION = "https://auth.example.com/introspect"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me@localhost/service")
    monkeypatch.setenv("JWT_SECRET_KEY", SECRET)
    monkeypatch.setenv("AUTH_SERVICE_URL", "http://localhost:8001/api/v1/auth")
    monkeypatch.chdir(tmp_path_factory.mktemp("empty"))


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"JWT_ALGORITHM": "RS256"}, "JWT_JWKS_URL: is required with JWT_ALGORITHM RS256"),
        ({"JWT_JWKS_URL": JWKS}, "JWT_JWKS_URL: needs JWT_ALGORITHM RS256, ES256 or EdDSA"),
        (
            {"JWT_ALGORITHM": "EdDSA", "JWT_JWKS_URL": JWKS},
            "JWT_LIBRARY: must be pyjwt with JWT_ALGORITHM EdDSA",
        ),
        (
            {"JWT_ALGORITHM": "ES256", "JWT_JWKS_URL": "file:///etc/keys"},
            "JWT_JWKS_URL: ",
        ),
        ({"JWT_LIBRARY": "jwcrypto"}, "JWT_LIBRARY: "),
        (
            {"AUTH_INTROSPECTION_URL": INTROSPECTION, "AUTH_CLIENT_ID": "me"},
            "AUTH_CLIENT_SECRET: is required with AUTH_INTROSPECTION_URL",
        ),
        (
            {"AUTH_INTROSPECTION_URL": INTROSPECTION, "AUTH_CLIENT_SECRET": SECRET},
            "AUTH_CLIENT_ID: is required with AUTH_INTROSPECTION_URL",
        ),
        ({"AUTH_CLIENT_ID": "me"}, "AUTH_CLIENT_ID: needs AUTH_INTROSPECTION_URL"),
        ({"AUTH_CLIENT_SECRET": SECRET}, "AUTH_CLIENT_SECRET: needs AUTH_INTROSPECTION_URL"),
    ],
)
def test_an_unfit_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], problem: str
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError, match=problem) as refusal:
        load_settings()
    assert len(str(refusal.value).splitlines()) == 1
    assert SECRET not in str(refusal.value)


@pytest.mark.parametrize(
    ("algorithm", "library"),
    [("RS256", "python-jose"), ("ES256", "python-jose"), ("RS256", "pyjwt"), ("EdDSA", "pyjwt")],
)
def test_a_key_set_allows_algorithms_with_public_keys(
    monkeypatch: pytest.MonkeyPatch, algorithm: str, library: str
) -> None:
    monkeypatch.setenv("JWT_ALGORITHM", algorithm)
    monkeypatch.setenv("JWT_LIBRARY", library)
    monkeypatch.setenv("JWT_JWKS_URL", JWKS.replace("https", "http"))

    (line,) = find_plain_transports(load_settings())

    assert line.startswith("JWT_JWKS_URL: ")
    assert line.endswith("use https://")


def test_introspection_over_a_plain_transport_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTH_INTROSPECTION_URL", INTROSPECTION.replace("https", "http"))
    monkeypatch.setenv("AUTH_CLIENT_ID", "me")
    monkeypatch.setenv("AUTH_CLIENT_SECRET", SECRET)

    (line,) = find_plain_transports(load_settings())

    assert line.startswith("AUTH_INTROSPECTION_URL: ")
