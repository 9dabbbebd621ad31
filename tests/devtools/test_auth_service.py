"""The development auth service issues, verifies and revokes tokens."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from jose import jwt

from devtools.auth_service import TokenIssuer, create_app
from devtools.private_auth import PrivateAuthService

SECRET = "a test secret that is long enough for HS256"


@pytest.fixture(scope="module")
def auth_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateAuthService]:
    log = tmp_path_factory.mktemp("auth") / "auth.log"
    with PrivateAuthService(secret=SECRET, log=log, issuer="dev", audience="us") as auth:
        yield auth


def verify(auth_service: PrivateAuthService, token: str) -> httpx.Response:
    return httpx.post(f"{auth_service.url}/verify", json={"token": token})


@pytest.mark.parametrize("role", ["user", "admin"])
def test_verify_returns_the_user_and_role_of_a_token(
    auth_service: PrivateAuthService, role: str
) -> None:
    response = verify(auth_service, auth_service.token(role, username="kim"))

    assert response.status_code == 200
    assert response.json() == {"user_id": "dev-kim", "username": "kim", "role": role}


def test_a_token_has_the_claims_that_the_service_requires(auth_service: PrivateAuthService) -> None:
    claims = jwt.decode(
        auth_service.token("user"), SECRET, algorithms=["HS256"], issuer="dev", audience="us"
    )

    assert {"sub", "username", "role", "iat", "exp"} <= claims.keys()


def test_a_revoked_token_is_rejected_and_other_tokens_stay_valid(
    auth_service: PrivateAuthService,
) -> None:
    revoked, other = auth_service.token("user"), auth_service.token("user")

    auth_service.revoke(revoked)

    assert verify(auth_service, revoked).status_code == 401
    assert verify(auth_service, other).status_code == 200


def test_an_expired_token_is_rejected(auth_service: PrivateAuthService) -> None:
    assert verify(auth_service, auth_service.token("user", expires_in=-1)).status_code == 401


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b.c",
        jwt.encode({"sub": "x", "role": "admin", "exp": 4_000_000_000}, "another secret"),
        jwt.encode({"sub": "x", "username": "x", "role": "admin", "jti": "1"}, SECRET),
    ],
    ids=["empty", "garbage", "wrong key", "no expiry"],
)
def test_an_invalid_token_is_rejected(auth_service: PrivateAuthService, token: str) -> None:
    assert verify(auth_service, token).status_code == 401


def test_url_and_tokens_stay_valid_after_a_restart(auth_service: PrivateAuthService) -> None:
    token, url = auth_service.token("admin"), auth_service.url

    auth_service.stop()
    auth_service.start()

    assert auth_service.url == url
    assert verify(auth_service, token).status_code == 200


def test_the_secret_is_not_in_the_command_line(auth_service: PrivateAuthService) -> None:
    assert SECRET not in Path(f"/proc/{auth_service.pid}/cmdline").read_text()


OTHER_HOSTS = (
    *("evil.example", "evil.example:{port}", "127.0.0.1.evil.example", "localhost.evil.example"),
    *("127.0.0.2", "[::1]:{port}", "192.168.1.1:{port}", "evil.example#127.0.0.1", ""),
)


@pytest.mark.parametrize("host", OTHER_HOSTS)
def test_another_host_name_gets_no_token(auth_service: PrivateAuthService, host: str) -> None:
    response = _request_token(auth_service, host.format(port=auth_service.port))

    assert response.status_code == 400
    assert "token" not in response.text


@pytest.mark.parametrize("host", ["localhost:{port}", "127.0.0.1:{port}", "localhost", "LOCALHOST"])
def test_a_loopback_host_name_gets_a_token(auth_service: PrivateAuthService, host: str) -> None:
    response = _request_token(auth_service, host.format(port=auth_service.port))

    assert response.status_code == 200


async def test_a_host_name_that_is_allowed_gets_a_token() -> None:
    allowed = create_app(TokenIssuer(secret=SECRET), allowed_hosts=["auth"])

    async with httpx.AsyncClient(transport=httpx.ASGITransport(allowed)) as client:
        for host, status in (("auth:8001", 200), ("localhost", 200), ("evil.example", 400)):
            url = f"http://{host}/api/v1/auth/token"
            assert (await client.post(url, json={"role": "user"})).status_code == status


@pytest.mark.parametrize("path", ["token", "verify", "revoke"])
def test_no_route_responds_to_another_host_name(
    auth_service: PrivateAuthService, path: str
) -> None:
    body = {"role": "admin", "token": auth_service.token("admin")}

    response = httpx.post(f"{auth_service.url}/{path}", json=body, headers={"Host": "evil.example"})

    assert response.status_code == 400


def _request_token(auth_service: PrivateAuthService, host: str) -> httpx.Response:
    return httpx.post(f"{auth_service.url}/token", json={"role": "admin"}, headers={"Host": host})
