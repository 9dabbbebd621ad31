"""`dev.py top` computes rates, shares and quantiles from two readings of the metrics."""

from io import StringIO

import pytest
from rich.console import Console

from app.infrastructure.metrics.catalogue import CATALOGUE
from app.infrastructure.metrics.collecting import Family, merge
from app.infrastructure.metrics.exposition import expose
from app.infrastructure.metrics.interval import Families
from devtools.top.exposition import parse
from devtools.top.processes import merge_families, start_of_interval
from devtools.top.screen import render
from devtools.top.summary import Summary, summarise

REQUESTS = "http_server_request_duration_seconds"


def requests(route: str, status: int, *, quick: int, slow: int) -> str:
    """Return the samples of a route: `quick` requests took up to 0.1 s, others 0.25 s."""
    labels = f'http_request_method="GET",http_route="{route}",http_response_status_code="{status}"'
    buckets = CATALOGUE[REQUESTS].buckets
    counts = [quick * (bound >= 0.1) + slow * (bound >= 0.25) for bound in buckets]
    bounds = [*map(str, buckets), "+Inf"]
    lines = [
        f'{REQUESTS}_bucket{{{labels},le="{bound}"}} {count}'
        for bound, count in zip(bounds, [*counts, quick + slow], strict=True)
    ]
    return "\n".join([*lines, f"{REQUESTS}_sum{{{labels}}} 7.5", f"{REQUESTS}_count{{{labels}}} 9"])


BEFORE = f"""\
# HELP {REQUESTS} Durations.
# TYPE {REQUESTS} histogram
{requests("/a", 200, quick=10, slow=0)}
cache_lookups_total{{level="process",outcome="hit"}} 5
cache_lookups_total{{level="process",outcome="miss"}} 5
received_messages_total{{outcome="handled"}} 100
"""
AFTER = f"""\
{requests("/a", 200, quick=30, slow=10)}
{requests("", 503, quick=10, slow=0)}
cache_lookups_total{{level="process",outcome="hit"}} 14
cache_lookups_total{{level="process",outcome="miss"}} 6
db_client_connections{{state="used"}} 3
db_client_connection_pending_requests 2
db_client_connection_max 20
outbox_messages{{state="dead"}} 1
dependency_up{{dependency="database"}} 1
dependency_up{{dependency="cache"}} 0
received_messages_total{{outcome="handled"}} 104
build_info{{process="api",version="1.0"}} 1
of_a_newer_version_total 5
"""
CONSUMER = """\
dependency_up{dependency="database"} 0
build_info{process="consumer",version="1.0"} 1
"""


@pytest.fixture
def summary() -> Summary:
    later = merge([parse(AFTER), parse(CONSUMER)])
    return summarise(merge([parse(BEFORE)]), later, seconds=2)


def test_rates_and_failures_are_those_between_the_readings(summary: Summary) -> None:
    assert summary.requests_per_second == 20
    assert summary.failed_share == 0.25
    assert summary.received_per_second == {"handled": 2}
    assert [(route.route, route.per_second, route.failed_share) for route in summary.routes] == [
        ("/a", 15, 0),
        ("", 5, 1),
    ]


def test_quantiles_are_interpolated_in_their_bucket(summary: Summary) -> None:
    # 30 of 40 requests took 0.05 to 0.1 s, the others 0.1 to 0.25 s.
    assert summary.p50_seconds == pytest.approx(0.05 + 0.05 * 20 / 30)
    assert summary.p95_seconds == pytest.approx(0.1 + 0.15 * 8 / 10)


def test_processes_are_combined(summary: Summary) -> None:
    assert summary.dependencies == {"database": False, "cache": False}
    assert summary.processes == ["api 1.0", "consumer 1.0"]


def test_state_is_that_of_the_second_reading(summary: Summary) -> None:
    assert summary.cache_hit_share == {"process": 0.9}
    assert summary.pool == {"used": 3, "max": 20, "waiting": 2}
    assert summary.outbox == {"dead": 1, "oldest_seconds": 0}


def test_without_requests_nothing_is_a_number() -> None:
    summary = summarise({}, {}, seconds=1)

    assert summary.requests_per_second == 0
    assert (summary.failed_share, summary.p95_seconds) == (None, None)
    assert shown(summary).count("–") > 5  # noqa: RUF001 - a dash


def test_the_screen_shows_the_busiest_routes_and_what_is_unavailable(summary: Summary) -> None:
    text = shown(summary)

    assert "20.0/s" in text
    assert text.index("/a") < text.index("(no route)")
    assert "cache, database" in text


def shown(summary: Summary) -> str:
    output = StringIO()
    Console(file=output, width=100).print(render(summary))
    return output.getvalue()


def test_what_the_service_writes_is_read_back() -> None:
    families: dict[str, Family] = {
        REQUESTS: {('"\\\n{}', "/a", "200"): [1.0, 2.5, *[0.0] * 13, 7.5]},
        "db_client_connection_max": {(): [20.0]},
    }

    assert merge([parse(expose(families).decode())]) == families


def test_a_restart_of_one_process_leaves_the_rates_of_the_others() -> None:
    def handled(count: int) -> Families:
        return merge([parse(f'received_messages_total{{outcome="handled"}} {count}')])

    before = {1: handled(1000), 2: handled(500), 3: handled(9)}
    # 1 has restarted, 2 goes on, 3 does not respond, and 4 did not respond before.
    after = {1: handled(6), 2: handled(504), 4: handled(7000)}

    summary = summarise(start_of_interval(before, after), merge_families(after.values()), seconds=2)

    assert summary.received_per_second == {"handled": 5}


def test_another_text_is_refused() -> None:
    with pytest.raises(ValueError, match="not a sample"):
        list(parse("<html>"))
