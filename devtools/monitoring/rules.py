"""Recording rules and alerts as a rule file of Prometheus."""

import json
from collections.abc import Iterator

import app
from devtools.monitoring.alert import RUNBOOK, Alert
from devtools.monitoring.alerts import ALERTS
from devtools.monitoring.durations import Shorten, unchanged, with_durations
from devtools.monitoring.objectives import (
    ERRORS,
    SLOWNESS,
    WINDOWS,
    error_ratio,
    recorded,
    slow_ratio,
)

_HEADER = "# Written by `python3 dev.py docs` from devtools/monitoring.\n"


def rules_text(shorten: Shorten = unchanged) -> str:
    """Return the text of the file; tests shorten all durations."""
    groups = (
        _group("objectives", _recordings(shorten)),
        _group("alerts", (_alert(alert, shorten) for alert in ALERTS)),
    )
    return f"{_HEADER}groups:\n{''.join(groups)}"


def _group(name: str, rules: Iterator[str]) -> str:
    return f"  - name: {app.__slug__}-{name}\n    rules:\n{''.join(rules)}"


def _recordings(shorten: Shorten) -> Iterator[str]:
    for window in WINDOWS:
        for name, expression in ((ERRORS, error_ratio(window)), (SLOWNESS, slow_ratio(window))):
            yield (
                f"      - record: {recorded(name, window)}\n"
                f"{_expression(with_durations(expression, shorten))}"
            )


def _alert(alert: Alert, shorten: Shorten) -> str:
    return (
        f"      - alert: {alert.name}\n"
        f"{_expression(with_durations(alert.expression, shorten))}"
        f"        for: {shorten(alert.holds_for)}\n"
        f"        labels:\n          severity: {alert.severity}\n"
        "        annotations:\n"
        # A string of JSON is one of YAML.
        f"          summary: {json.dumps(alert.summary)}\n"
        f"          runbook: {RUNBOOK}#{alert.anchor}\n"
    )


def _expression(text: str) -> str:
    lines = "".join(f"          {line}\n" for line in text.splitlines())
    return f"        expr: |\n{lines}"
