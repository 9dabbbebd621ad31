"""`dev.py top`: watch what the running `dev.py run` does, without any server."""

import http.client
import json
import sys
import time
from argparse import Namespace
from contextlib import suppress
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.live import Live

from app.infrastructure.metrics.collecting import Reading, merge
from app.infrastructure.metrics.interval import Families
from devtools.ports import LOOPBACK
from devtools.processes import ServerError
from devtools.running import read_metrics_ports
from devtools.state import DevState
from devtools.stop_signals import StopRequestedError
from devtools.top.exposition import parse
from devtools.top.screen import render
from devtools.top.summary import Summary, summarise

INTERVAL_SECONDS = 1.0
TIMEOUT_SECONDS = 5


@dataclass(frozen=True)
class _Reading:
    at: float
    families: Families


def top(options: Namespace, state: DevState) -> int:
    service, *others = read_metrics_ports(state)
    first = _read(service, *others)
    if options.json:
        _, summary = _next(first, service, *others)
        sys.stdout.write(f"{json.dumps(asdict(summary), indent=2)}\n")
    elif options.once or not sys.stdout.isatty():
        _, summary = _next(first, service, *others)
        Console(width=None if sys.stdout.isatty() else 100).print(render(summary))
    else:
        with suppress(StopRequestedError):
            _watch(first, service, *others)
    return 0


def _watch(reading: _Reading, service: int, *others: int) -> None:
    with Live(screen=True, auto_refresh=False) as live:
        while True:
            reading, summary = _next(reading, service, *others)
            live.update(render(summary), refresh=True)


def _next(earlier: _Reading, service: int, *others: int) -> tuple[_Reading, Summary]:
    time.sleep(INTERVAL_SECONDS)
    later = _read(service, *others)
    seconds = later.at - earlier.at
    return later, summarise(earlier.families, later.families, seconds=seconds)


def _read(service: int, *others: int) -> _Reading:
    """Read the metrics of the service, and of those other processes that respond."""
    try:
        readings = [_scrape(service)]
    except (OSError, http.client.HTTPException):
        raise ServerError(
            f"the service does not respond on its METRICS_PORT, {service}; see the output of"
            " `dev.py run`"
        ) from None
    for port in others:
        with suppress(OSError, http.client.HTTPException):
            readings.append(_scrape(port))
    return _Reading(time.monotonic(), merge(readings))


def _scrape(port: int) -> Reading:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/metrics")
        response = connection.getresponse()
        content = response.read().decode()
    finally:
        connection.close()
    if response.status != http.client.OK:
        raise http.client.HTTPException(f"status {response.status}")
    return parse(content)
