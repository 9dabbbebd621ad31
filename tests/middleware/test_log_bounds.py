"""A client can write only so much into the logs."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.config.settings import Settings
from app.middleware.access_log import MAX_REFUSALS
from app.utils.log_text import MAX_LENGTH
from tests.support.settings_and_clients import Tokens, make_client, running_app
from tests.widgets.factories import WIDGETS, widget_body

LONG = "x" * 60_000
PROXIES = ["127.0.0.0/8"]


class AccessLines(logging.Handler):
    """Collects access log lines; the service replaces the handlers of the root logger."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(record.getMessage())

    def with_part(self, part: str = "") -> list[str]:
        return [line for line in self._lines if part in line]


@pytest.fixture
def access_lines() -> Iterator[AccessLines]:
    handler, logger = AccessLines(), logging.getLogger("app.access")
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)


def _lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def _audit_lines(directory: Path) -> list[dict[str, Any]]:
    return _lines(directory / "audit.log")


@pytest.mark.parametrize(
    "path", [f"{WIDGETS}/{LONG}", f"/api/v1/{LONG}/7", f"{WIDGETS}/%0a{LONG}", f"/api/{LONG}"]
)
async def test_a_long_path_is_cut_in_every_log(
    admin: httpx.AsyncClient, tmp_path: Path, access_lines: AccessLines, path: str
) -> None:
    for method in ("DELETE", "GET"):
        assert (await admin.request(method, path)).status_code in {404, 422}

    assert len(access_lines.with_part()) == 2
    assert all(len(line) < MAX_LENGTH + 50 for line in access_lines.with_part())
    assert all(len(line["resource"]) <= MAX_LENGTH for line in _audit_lines(tmp_path))
    assert all(len(json.dumps(line)) < 2 * MAX_LENGTH + 300 for line in _audit_lines(tmp_path))


async def test_an_unexpected_error_on_a_long_path_is_logged_with_its_beginning(
    admin: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(
        "app.middleware.request_limits_middleware.RequestLimitsMiddleware.__call__", fail
    )
    await admin.get(f"/{LONG}")

    (line,) = _lines(tmp_path / "error.log")
    assert len(line["route"]) <= MAX_LENGTH + len("GET ")


async def test_a_client_beyond_its_limit_has_one_audit_line_and_a_count(
    settings: Settings, tokens: Tokens, tmp_path: Path, access_lines: AccessLines
) -> None:
    async with (
        running_app(settings, rate_limit_per_minute=1) as app,
        make_client(app, tokens.admin) as admin,
        make_client(app, tokens.user) as user,
    ):
        for _ in range(20):
            await admin.post(WIDGETS, json=widget_body())
        for _ in range(3):
            await user.post(f"{WIDGETS}/{LONG}")
        written = _audit_lines(tmp_path)
        logged = access_lines.with_part(" 429 ")

    assert [line["outcome"] for line in written] == [201, 429, 405, 429]
    assert len(logged) == 1
    counts = _audit_lines(tmp_path)[len(written) :]
    assert [(line["outcome"], line["repeated"]) for line in counts] == [(429, 18), (429, 1)]
    assert [line["client_ip"] for line in counts] == ["127.0.0.1"] * 2
    assert access_lines.with_part("more") == [
        "Refused 20 more requests of 127.0.0.1 within a minute"
    ]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", WIDGETS, 401),
        ("PUT", WIDGETS, 405),
        ("POST", "/health", 405),
        ("OPTIONS", WIDGETS, 405),
    ],
)
async def test_refusals_of_one_address_have_a_bounded_number_of_lines(
    settings: Settings, access_lines: AccessLines, method: str, path: str, status: int
) -> None:
    async with (
        running_app(settings, trusted_proxies=PROXIES) as app,
        make_client(app) as anonymous,
    ):
        for number in range(MAX_REFUSALS + 40):
            refused = await anonymous.request(method, path)
            assert refused.status_code == status
            assert len(access_lines.with_part()) == min(number + 1, MAX_REFUSALS)
        other = {"X-Forwarded-For": "198.51.100.7"}
        await anonymous.request(method, path, headers=other)
        assert len(access_lines.with_part()) == MAX_REFUSALS + 1

    assert access_lines.with_part()[-1] == "Refused 40 more requests of 127.0.0.1 within a minute"


async def test_responses_that_are_no_refusals_all_have_their_line(
    user: httpx.AsyncClient, access_lines: AccessLines
) -> None:
    for _ in range(MAX_REFUSALS + 5):
        await user.get("/health/live")

    assert len(access_lines.with_part(" 200 ")) == MAX_REFUSALS + 5
