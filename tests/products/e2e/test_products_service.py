"""The service runs in uvicorn with two workers and a real auth service."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from tests.products.factories import PRODUCTS, product_body
from tests.support.problems import problem_of
from tests.support.server import MakeServer
from tests.support.settings_and_clients import SECRET, Tokens


def test_every_worker_serves_what_one_has_stored(
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
    """Send the request over a new connection, which may reach either worker."""
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=15) as client:
        return client.request(method, path, **options)  # type: ignore[arg-type]


def _check_lines(audit_file: Path, *, writes: list[httpx.Response]) -> None:
    """Check that each write has its complete audit lines."""
    lines = [json.loads(line) for line in audit_file.read_text().splitlines()]
    noted = [line["request_id"] for line in lines if line["action"] != "SIGNIFICANT_PRICE_CHANGE"]
    assert sorted(noted) == sorted(write.headers["X-Request-ID"] for write in writes)
