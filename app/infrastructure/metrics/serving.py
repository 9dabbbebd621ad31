"""Serve the metrics of all workers, health, and a page for people on METRICS_PORT."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from errno import EADDRINUSE
from http import HTTPStatus
from time import monotonic

from app.config.settings import Settings
from app.infrastructure.metrics.collector import Collector
from app.infrastructure.metrics.exposition import CONTENT_TYPE, expose
from app.infrastructure.metrics.opening import OpenMetrics
from app.infrastructure.metrics.overview_page import OverviewPage
from app.infrastructure.metrics.page_server import Page, PageServer
from app.infrastructure.metrics.slots import Slots

logger = logging.getLogger(__name__)

SAMPLE_SECONDS = 1.0
RETRY_SECONDS = 1.0
# Pause after a page is made, as a multiple of the time it took: the same page is sent until then,
# so that a flood of requests takes at most a tenth of the event loop.
PAUSE_FACTOR = 9
_ROLE = "port"

Readiness = Callable[[], Mapping[str, object]]
"""Returns a report; the process is ready if its `status` is `ready`."""


@asynccontextmanager
async def serve_metrics(
    settings: Settings, opened: OpenMetrics, *, readiness: Readiness
) -> AsyncIterator[PageServer]:
    """Sample and serve; does nothing without METRICS_PORT."""
    collector, port = opened.collector, settings.metrics_port
    if collector is None or port is None:
        yield PageServer({})
        return

    server = PageServer(_pages(settings, collector, readiness))
    tasks = [
        asyncio.create_task(_sample(collector)),
        asyncio.create_task(_listen(server, opened.slots, settings.metrics_host, port)),
    ]
    try:
        yield server
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.close()
        # What was counted elsewhere since the last time.
        collector.sample()


async def _sample(collector: Collector) -> None:
    while True:
        await asyncio.sleep(SAMPLE_SECONDS)
        collector.sample()


async def _listen(server: PageServer, slots: Slots, host: str, port: int) -> None:
    """Listen as soon as no other worker does, and no other process has the port."""
    has_role, reported = False, ""
    while True:
        try:
            has_role = has_role or slots.take_role(_ROLE)
            if has_role:
                await server.listen(host, port)
                logger.info("Metrics are served on http://%s:%d/metrics", host, port)
                return
        except OSError as error:
            reason = "in use by another process" if error.errno == EADDRINUSE else str(error)
            if reason != reported:
                reported = reason
                text = "Metrics are not served: METRICS_PORT %d on %s is %s; retrying each second"
                logger.error(text, port, host, reason)  # noqa: TRY400 - the reason says it all
        await asyncio.sleep(RETRY_SECONDS)


def _pages(
    settings: Settings, collector: Collector, readiness: Readiness
) -> dict[str, Callable[[], Page]]:
    overview = OverviewPage(title=f"{settings.app_name} {settings.app_version}")

    def show_overview() -> Page:
        html = overview.render(collector.collect(), now=monotonic())
        return Page(body=html.encode(), content_type="text/html; charset=utf-8")

    def show_metrics() -> Page:
        return Page(body=expose(collector.collect()), content_type=CONTENT_TYPE)

    return {
        "/": _made_seldom(show_overview),
        "/metrics": _made_seldom(show_metrics),
        "/health/live": lambda: _json_page({"status": "alive"}, HTTPStatus.OK),
        "/health/ready": lambda: _readiness_page(readiness()),
    }


def _made_seldom(make: Callable[[], Page]) -> Callable[[], Page]:
    page: Page | None = None
    fresh_until = 0.0

    def made() -> Page:
        nonlocal page, fresh_until
        start = monotonic()
        if page is None or start >= fresh_until:
            page = make()
            end = monotonic()
            fresh_until = end + PAUSE_FACTOR * (end - start)
        return page

    return made


def _readiness_page(report: Mapping[str, object]) -> Page:
    is_ready = report["status"] == "ready"
    return _json_page(report, HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE)


def _json_page(report: Mapping[str, object], status: HTTPStatus) -> Page:
    return Page(body=json.dumps(report).encode(), content_type="application/json", status=status)
