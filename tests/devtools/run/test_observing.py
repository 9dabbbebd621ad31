"""`dev.py run --observe` where Prometheus is not installed, and without the option."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from devtools.observing import NOT_INSTALLED, RULES, observe
from devtools.servers import PrivateServers
from devtools.state import DevState

SERVERS = PrivateServers(
    postgres=None,
    auth=None,
    broker=None,
    environment={"METRICS_PORT": "9100"},
    is_broker_private=False,
    consumer_metrics_port=9101,
)
METRICS = ("Metrics", "http://127.0.0.1:9100/")


def test_without_prometheus_one_sentence_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    state = DevState(directory=tmp_path / ".dev")

    with ExitStack() as stack:
        pages, problems = observe(stack, SERVERS, state, with_prometheus=True)

    assert (pages, problems) == ([METRICS], [NOT_INSTALLED])


def test_prometheus_is_not_started_unasked(tmp_path: Path) -> None:
    state = DevState(directory=tmp_path / ".dev")

    with ExitStack() as stack:
        pages, problems = observe(stack, SERVERS, state, with_prometheus=False)

    assert (pages, problems) == ([METRICS], [])
    assert not state.prometheus.exists()


def test_the_rules_of_the_service_are_used() -> None:
    assert RULES.exists()
