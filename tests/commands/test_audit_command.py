"""`python -m app audit`."""

import asyncio
import json
from pathlib import Path

import asyncpg
import pytest

from app.config.settings import Settings
from app.services.shared import audit_service
from tests.commands.conftest import Run, list_messages
from tests.support.server import make_environment

CHANGES = '{"price": {"old": 1.10, "new": 1299.00}, "note": {"old": null, "new": "\\u001b[31m"}}'


@pytest.fixture
def environment(settings: Settings, tmp_path: Path) -> dict[str, str]:
    """Settings without RabbitMQ, which this command does not need."""
    url = settings.database_url.get_secret_value()
    return {**make_environment(url, "http://127.0.0.1:9/auth", tmp_path), "LOG_LEVEL": "CRITICAL"}


@pytest.fixture
def entries(database_url: str) -> None:
    async def insert() -> None:
        connection = await asyncpg.connect(database_url)
        await connection.execute(
            """
            INSERT INTO audit_log
                (occurred_at, request_id, user_id, role, action, resource, changes)
            SELECT timestamptz '2026-01-15T09:00:00Z' + n * interval '1 hour', 'req-' || n,
                'user-' || n % 2, 'admin', 'UPDATE_WIDGET', 'widgets/' || n, $1::jsonb
            FROM generate_series(1, 5) AS n
            """,
            CHANGES,
        )
        await connection.close()

    asyncio.run(insert())


@pytest.mark.usefixtures("entries")
def test_a_change_is_shown_with_its_user_and_request(run: Run) -> None:
    status, table = run("audit", "--resource", "widgets/3")

    assert status == 0
    for text in ("2026-01-15 12:00:00", "user-1", "UPDATE_WIDGET", "req-3", "1.10 → 1299.00"):
        assert text in table
    assert "null → \\x1b[31m" in table
    assert "widgets/4" not in table


@pytest.mark.usefixtures("entries")
@pytest.mark.parametrize(
    ("options", "found"),
    [
        ([], [5, 4, 3, 2, 1]),
        (["--limit", "2"], [5, 4]),
        (["--user", "user-1"], [5, 3, 1]),
        (["--request-id", "req-2"], [2]),
        (["--resource", "widgets", "--action", "UPDATE_WIDGET"], [5, 4, 3, 2, 1]),
        (["--resource", "gadgets"], []),
        (["--since", "2026-01-15T13:00Z"], [5, 4]),
        (["--since", "2026-01-15T11:00+01:00", "--until", "2026-01-15T12:00:00Z"], [2, 1]),
        (["--until", "2026-01-01"], []),
    ],
)
def test_the_options_select_entries_newest_first(
    run: Run, options: list[str], found: list[int]
) -> None:
    entries = list_messages(run, "audit", *options)

    assert [entry["id"] for entry in entries] == found


@pytest.mark.usefixtures("entries")
def test_json_has_the_whole_entry_with_exact_numbers(run: Run) -> None:
    status, output = run("audit", "--request-id", "req-1", "--json")

    assert status == 0
    assert '"price":{"new":1299.00,"old":1.10}' in output
    (entry,) = json.loads(output)
    assert entry["occurred_at"] == "2026-01-15T10:00:00Z"
    assert (entry["user_id"], entry["role"], entry["client_ip"]) == ("user-1", "admin", None)


@pytest.mark.usefixtures("entries")
def test_more_entries_than_a_page_are_listed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_service, "MAX_PAGE_ROWS", 2)

    assert len(list_messages(run, "audit")) == 5
    assert len(list_messages(run, "audit", "--limit", "3")) == 3


def test_nothing_found_is_said(run: Run) -> None:
    assert run("audit") == (0, "No audit entries.\n")
    assert run("audit", "--json") == (0, "[]\n")


@pytest.mark.parametrize(
    "options",
    [["--since", "yesterday"], ["--until", "2026-13-01"], ["--limit", "0"], ["--user", "\udcff"]],
    ids=["no time", "no month", "no limit", "no text"],
)
def test_wrong_usage_has_status_2(run: Run, options: list[str]) -> None:
    assert run("audit", *options)[0] == 2
