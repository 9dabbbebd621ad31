from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from jose import jwt

from devtools.private_auth import PrivateAuthService

SECRET = "a secret of this test, long enough for HS256"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateAuthService]:
    log = tmp_path_factory.mktemp("auth") / "auth.log"
    with PrivateAuthService(secret=SECRET, log=log, issuer="dev", audience="us") as auth:
        yield auth


def verify(service: PrivateAuthService, token: str) -> httpx.Response:
    return httpx.post(f"{service.url}/verify", json={"token": token})


@pytest.mark.parametrize("role", ["user", "admin"])
def test_a_token_is_verified_with_its_role(service: PrivateAuthService, role: str) -> None:
    answer = verify(service, service.token(role, username="kim"))

    assert answer.status_code == 200
    assert answer.json() == {"user_id": "dev-kim", "username": "kim", "role": role}


def test_a_token_carries_what_the_service_checks(service: PrivateAuthService) -> None:
    claims = jwt.decode(
        service.token("user"), SECRET, algorithms=["HS256"], issuer="dev", audience="us"
    )

    assert {"sub", "username", "role", "iat", "exp"} <= claims.keys()


def test_a_revoked_token_is_refused_and_others_are_not(service: PrivateAuthService) -> None:
    revoked, other = service.token("user"), service.token("user")

    service.revoke(revoked)

    assert verify(service, revoked).status_code == 401
    assert verify(service, other).status_code == 200


def test_an_expired_token_is_refused(service: PrivateAuthService) -> None:
    assert verify(service, service.token("user", expires_in=-1)).status_code == 401


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
def test_what_it_did_not_issue_is_refused(service: PrivateAuthService, token: str) -> None:
    assert verify(service, token).status_code == 401


def test_tokens_outlive_a_restart_at_the_same_address(service: PrivateAuthService) -> None:
    token, url = service.token("admin"), service.url

    service.stop()
    service.start()

    assert service.url == url
    assert verify(service, token).status_code == 200


def test_its_secret_is_not_on_the_command_line(service: PrivateAuthService) -> None:
    assert SECRET not in Path(f"/proc/{service.pid}/cmdline").read_text()
