"""Every panel has data, and an alert fires, on a real Prometheus."""

import shutil
import subprocess

import httpx
import pytest

from devtools.monitoring.alert import RUNBOOK
from devtools.monitoring.dashboard import ROWS
from devtools.monitoring.promql import JOB, RATE_INTERVAL
from tests.support.observed_service import ObservedService

PANELS = {f"{row.title}: {panel.title}": panel for row in ROWS for panel in row.panels}
# All traffic of the tests lies in this window.
WINDOW = "5m"


@pytest.mark.parametrize("name", PANELS)
def test_every_query_of_a_panel_has_data(observed: ObservedService, name: str) -> None:
    expressions = [
        query.expression.replace(RATE_INTERVAL, WINDOW) for query in PANELS[name].queries
    ]

    observed.request_until(lambda: all(observed.query(each) for each in expressions))


def test_promtool_accepts_the_exposition(observed: ObservedService) -> None:
    promtool = shutil.which("promtool")
    assert promtool is not None
    for port in observed.metrics_ports:
        text = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text
        checked = subprocess.run(  # noqa: S603 - our own arguments
            [promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False
        )
        assert (checked.returncode, checked.stderr) == (0, "")


def test_a_stopped_database_fires_its_alert_until_it_is_back(observed: ObservedService) -> None:
    # The fixture has stopped the database, and each process notices its return by itself.
    observed.request_until(lambda: "DatabaseUnavailable" not in observed.firing())

    observed.postgres.stop()
    try:
        observed.request_until(
            lambda: {"DatabaseUnavailable", "ErrorBudgetBurnsFast"} <= observed.firing().keys()
        )
        alert = observed.firing()["DatabaseUnavailable"]
        others = observed.query(f'ALERTS{{alertname="DependencyUnavailable", job="{JOB}"}}')
    finally:
        observed.postgres.start()

    assert alert["labels"]["dependency"] == "database"
    assert alert["labels"]["severity"] == "page"
    assert alert["annotations"]["runbook"] == f"{RUNBOOK}#alert-databaseunavailable"
    assert others == []
    observed.request_until(lambda: "DatabaseUnavailable" not in observed.firing())
