"""Configuration of a Prometheus that scrapes this service. Standard library only."""

import json
from collections.abc import Iterable

import app

# The example of METRICS_PORT in .env.example, and the next two.
_EXAMPLE_TARGETS = ("127.0.0.1:9100", "127.0.0.1:9101", "127.0.0.1:9102")
_EXAMPLE_HEADER = """\
# An example, written by `python3 dev.py docs`: replace the targets by the METRICS_PORT of every
# process of the service (API, relay, consumer), or find them by service discovery. The name of the
# job must stay: the rules and the dashboard select by it.
"""


def example_text() -> str:
    return _EXAMPLE_HEADER + config_text(_EXAMPLE_TARGETS, rule_file="rules.yml", interval="15s")


def config_text(targets: Iterable[str], *, rule_file: str, interval: str) -> str:
    return (
        f"global:\n  scrape_interval: {interval}\n  scrape_timeout: {interval}\n"
        f"  evaluation_interval: {interval}\n"
        f"rule_files:\n  - {json.dumps(rule_file)}\n"
        f"scrape_configs:\n  - job_name: {app.__slug__}\n    static_configs:\n"
        f"      - targets: {json.dumps(list(targets))}\n"
    )
