"""The runbook names panels, commands and a statement that exist."""

import re

import asyncpg
import pytest

from devtools.documents.generated import ROOT
from devtools.monitoring.alert import RUNBOOK
from devtools.monitoring.dashboard import ROWS

_TEXT = (ROOT / RUNBOOK).read_text()
_MONITORING = _TEXT.partition("## Monitoring\n")[2].partition("## Troubleshooting\n")[0]
_ACTIONS = re.findall(
    r'^\| <a id="alert-\w+"></a>`(\w+)` \|(?:.*\|)+ (.+) \|$', _TEXT, re.MULTILINE
)


def test_the_panels_that_it_names_are_on_the_dashboard() -> None:
    lists = re.findall(r'[Pp]anels? ((?:(?:, | and )?"[^"]+")+)', _MONITORING)
    lists += re.findall(r"^- Dashboard: (.*)$", _MONITORING, re.MULTILINE)
    named = {name for names in lists for name in re.findall(r'"([^"]+)"', names)}

    assert named
    assert named <= {panel.title for row in ROWS for panel in row.panels}


@pytest.mark.parametrize(("alert", "action"), _ACTIONS, ids=[alert for alert, _ in _ACTIONS])
def test_an_action_names_where_to_look_or_what_to_run(alert: str, action: str) -> None:
    assert re.search(r"`[^`]+`|[Pp]anel|\]\(|the folder|As above", action), alert


async def test_its_statement_shows_who_holds_a_lock(database_url: str) -> None:
    found = re.search(r"<!-- sql: transactions -->\n\n```sql\n(.*?)```", _TEXT, re.DOTALL)
    assert found is not None
    observer, holder = [await asyncpg.connect(database_url) for _ in range(2)]
    try:
        transaction = holder.transaction()
        await transaction.start()
        await holder.execute("SELECT pg_advisory_xact_lock(7)")

        rows = await observer.fetch(found[1])
    finally:
        await holder.close()
        await observer.close()

    [row] = [row for row in rows if row["query"] == "SELECT pg_advisory_xact_lock(7)"]
    assert row["state"] == "idle in transaction"
    assert row["blocked_by"] == []
