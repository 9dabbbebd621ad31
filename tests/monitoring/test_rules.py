"""The rules are valid, tested, about this service, and explained."""

import re
import shutil
import subprocess

import pytest

import app
from app.infrastructure.metrics.catalogue import CATALOGUE
from devtools.documents.generated import ROOT
from devtools.monitoring.alert import RUNBOOK
from devtools.monitoring.alerts import ALERTS
from devtools.monitoring.dashboard import ROWS
from devtools.monitoring.durations import shortened_by, with_durations
from devtools.monitoring.objectives import LATENCY_SECONDS, REQUESTS
from devtools.monitoring.promql import select, sum_rate

FOLDER = ROOT / "deploy" / "monitoring"
CHECKS = (
    ("check", "config", "prometheus.yml"),
    ("check", "rules", "rules.yml"),
    ("test", "rules", "rules_test.yml"),
)
_ROW = re.compile(r'^\| <a id="(alert-\w+)"></a>`(\w+)` \|', re.MULTILINE)


@pytest.mark.usefixtures("prometheus_programs")
@pytest.mark.parametrize("arguments", CHECKS, ids=lambda arguments: arguments[-1])
def test_promtool_accepts_the_files(arguments: tuple[str, ...]) -> None:
    promtool = shutil.which("promtool")
    assert promtool is not None
    checked = subprocess.run(  # noqa: S603 - our own arguments
        [promtool, *arguments], cwd=FOLDER, capture_output=True, text=True, check=False
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "SUCCESS" in checked.stdout


def test_every_alert_fires_in_the_tests_of_the_rules() -> None:
    text = (FOLDER / "rules_test.yml").read_text()
    fired = re.findall(r"alertname: (\w+)\n +eval_time: \w+\n +exp_alerts:\n", text)

    assert set(fired) == {alert.name for alert in ALERTS}


def test_every_alert_has_a_row_that_says_what_to_do_and_every_row_an_alert() -> None:
    rows = _ROW.findall((ROOT / RUNBOOK).read_text())

    assert rows == [(alert.anchor, alert.name) for alert in ALERTS]


def test_every_alert_is_about_this_service() -> None:
    for alert in ALERTS:
        assert f'job="{app.__slug__}"' in alert.expression
        assert alert.summary.startswith(f"{app.__title__}: ")


def test_every_metric_is_on_the_dashboard() -> None:
    shown = " ".join(
        query.expression for row in ROWS for panel in row.panels for query in panel.queries
    )

    assert [name for name in CATALOGUE if name not in shown] == []


def test_the_objective_of_latency_is_a_bucket() -> None:
    assert LATENCY_SECONDS in CATALOGUE[REQUESTS].buckets


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("no_such_total", ()),
        ("requests_refused_total", ("cause",)),
        # The series of a histogram have suffixes, those of a counter have none.
        (REQUESTS, ()),
        ("requests_refused_total_count", ()),
    ],
)
def test_an_undeclared_metric_or_label_is_refused(name: str, labels: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=name):
        sum_rate(name, *labels)


def test_queries_select_this_service() -> None:
    assert select("log_lines_total", level='="ERROR"') == (
        f'log_lines_total{{job="{app.__slug__}", level="ERROR"}}'
    )


def test_all_durations_of_an_expression_are_shortened() -> None:
    shortened = with_durations("rate(a[5m]) unless b offset 1h > 300", shortened_by(120))

    assert shortened == "rate(a[2500ms]) unless b offset 30000ms > 300"
