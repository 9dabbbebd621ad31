"""The service as clients and operators meet it: uvicorn with two workers, a real auth service."""

import json
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from devtools.private_auth import PrivateAuthService
from tests.problems import problem_of
from tests.products.making import PRODUCTS, product_body
from tests.server import MakeServer
from tests.setup import SECRET, Tokens


def test_what_one_worker_stores_every_worker_serves(
    make_server: MakeServer, tokens: Tokens, tmp_path: Path
) -> None:
    with make_server(workers=2) as server:
        created = _fresh(server.url, tokens.admin, "POST", PRODUCTS, json=product_body())
        url = created.headers["Location"]
        reads = [_fresh(server.url, tokens.user, "GET", url) for _ in range(10)]
        refused = _fresh(server.url, tokens.user, "DELETE", url)
        with ThreadPoolExecutor(8) as pool:
            changes = list(
                pool.map(
                    lambda price: _fresh(
                        server.url, tokens.admin, "PATCH", f"{url}/price", json={"price": price}
                    ),
                    range(1, 81),
                )
            )
        removed = _fresh(server.url, tokens.admin, "DELETE", url)
        supervisor = server.process
        status = server.stop()

    assert created.status_code == 201
    assert {read.text for read in reads} == {created.text}
    problem_of(refused, 403, "role_not_allowed")
    assert {change.status_code for change in changes} == {200}
    assert sorted(change.json()["version"] for change in changes) == list(range(2, 82))
    assert removed.status_code == 204
    assert (status, supervisor.poll()) == (0, 0)
    _check_lines(tmp_path / "audit.log", writes=[created, refused, *changes, removed])
    assert "Traceback" not in server.output
    for secret in (SECRET, tokens.admin, tokens.user):
        assert secret not in server.output


def _fresh(url: str, token: str, method: str, path: str, **options: object) -> httpx.Response:
    """Ask over a connection of its own, which may reach either worker."""
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=15) as client:
        return client.request(method, path, **options)  # type: ignore[arg-type]


def _check_lines(audit_file: Path, *, writes: list[httpx.Response]) -> None:
    """Make sure that each write has its lines, that no line is torn, and that none is lost."""
    lines = [json.loads(line) for line in audit_file.read_text().splitlines()]
    noted = [line["request_id"] for line in lines if line["action"] != "SIGNIFICANT_PRICE_CHANGE"]
    assert sorted(noted) == sorted(write.headers["X-Request-ID"] for write in writes)


def test_a_revoked_token_is_refused_once_its_verdict_is_forgotten(
    make_server: MakeServer, auth_service: PrivateAuthService
) -> None:
    token = auth_service.token("user", username="leaver")
    with make_server(auth_cache_ttl_seconds=0) as server, server.client(token) as client:
        before = client.get(PRODUCTS)
        auth_service.revoke(token)
        after = client.get(PRODUCTS)

    assert before.status_code == 200
    problem_of(after, 401, "invalid_token")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("DATABASE_URL", "mysql://someone:secret-word@localhost/db"),
        ("ENCRYPTION_KEYS", '["secret-word"]'),
        ("CORS_ORIGINS", "secret-word"),
    ],
)
def test_a_bad_setting_stops_the_start_with_one_readable_line(
    make_server: MakeServer, setting: str, value: str
) -> None:
    server = make_server(workers=1, **{setting.lower(): value})
    try:
        status = server.launch().wait(30)
    except subprocess.TimeoutExpired:
        status = 0
    server.stop()

    assert status != 0
    assert "Traceback" not in server.output
    assert [setting in line for line in server.output.splitlines()].count(True) == 1
    assert "secret-word" not in server.output


def test_a_bad_setting_stops_several_workers_too(make_server: MakeServer) -> None:
    server = make_server(workers=2, database_url="mysql://someone@localhost/db")

    server.launch().wait(30)

    assert "DATABASE_URL: must be a URL" in server.output
    assert "Traceback" not in server.output


def test_a_request_under_way_is_finished_before_the_end(
    make_server: MakeServer, tokens: Tokens
) -> None:
    body = json.dumps(product_body()).encode()

    with make_server() as server:

        def slow_body() -> object:
            yield body[:10]
            server.process.send_signal(signal.SIGTERM)
            yield body[10:]

        headers = {"Content-Type": "application/json"}
        with server.client(tokens.admin) as admin:
            created = admin.post(PRODUCTS, content=slow_body(), headers=headers)  # type: ignore[arg-type]
        status = server.stop()

    assert created.status_code == 201
    # without a supervisor, uvicorn ends by the very signal once all is done
    assert status in {0, -signal.SIGTERM}
