"""The service runs in uvicorn with two workers and a real auth service."""

import json
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from devtools.private_auth import PrivateAuthService
from tests.support.problems import problem_of
from tests.support.server import MakeServer
from tests.support.settings_and_clients import SECRET, Tokens
from tests.widgets.factories import WIDGETS, widget_body


def test_every_worker_serves_what_one_has_stored(
    make_server: MakeServer, tokens: Tokens, tmp_path: Path
) -> None:
    with make_server(workers=2) as server:
        created = _fresh(server.url, tokens.admin, "POST", WIDGETS, json=widget_body())
        url = created.headers["Location"]
        reads = [_fresh(server.url, tokens.user, "GET", url) for _ in range(10)]
        refused = _fresh(server.url, tokens.user, "DELETE", url)
        with ThreadPoolExecutor(8) as pool:
            changes = list(
                pool.map(
                    lambda price: _fresh(
                        server.url, tokens.admin, "PATCH", url, json={"price": price}
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
    """Send the request over a new connection, which may reach either worker."""
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=15) as client:
        return client.request(method, path, **options)  # type: ignore[arg-type]


def _check_lines(audit_file: Path, *, writes: list[httpx.Response]) -> None:
    """Check that each write has its complete audit lines."""
    lines = [json.loads(line) for line in audit_file.read_text().splitlines()]
    noted = [line["request_id"] for line in lines]
    assert sorted(noted) == sorted(write.headers["X-Request-ID"] for write in writes)


def test_a_revoked_token_is_refused_once_its_cached_principal_expires(
    make_server: MakeServer, auth_service: PrivateAuthService
) -> None:
    token = auth_service.token("user", username="leaver")
    with make_server(auth_cache_ttl_seconds=0) as server, server.client(token) as client:
        before = client.get(WIDGETS)
        auth_service.revoke(token)
        after = client.get(WIDGETS)

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
def test_an_invalid_setting_stops_the_start_with_one_readable_line(
    make_server: MakeServer, setting: str, value: str
) -> None:
    server = make_server(application="app.main:app", **{setting.lower(): value})
    try:
        status = server.launch().wait(30)
    except subprocess.TimeoutExpired:
        status = 0
    server.stop()

    assert status != 0
    assert "Traceback" not in server.output
    assert [setting in line for line in server.output.splitlines()].count(True) == 1
    assert "secret-word" not in server.output


def test_an_invalid_setting_stops_all_workers(make_server: MakeServer) -> None:
    server = make_server(
        application="app.main:app", workers=2, database_url="mysql://someone@localhost/db"
    )

    server.launch().wait(30)

    assert "DATABASE_URL: must be a URL" in server.output
    assert "Traceback" not in server.output


def test_a_running_request_is_completed_before_the_process_exits(
    make_server: MakeServer, tokens: Tokens
) -> None:
    body = json.dumps(widget_body()).encode()

    with make_server() as server:

        def slow_body() -> object:
            yield body[:10]
            server.process.send_signal(signal.SIGTERM)
            yield body[10:]

        headers = {"Content-Type": "application/json"}
        with server.client(tokens.admin) as admin:
            created = admin.post(WIDGETS, content=slow_body(), headers=headers)  # type: ignore[arg-type]
        status = server.stop()

    assert created.status_code == 201
    # Without a supervisor, uvicorn exits by the same signal after completing all requests.
    assert status in {0, -signal.SIGTERM}
