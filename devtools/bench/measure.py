"""`python3 dev.py bench`: measure everything, print the table, keep the raw figures."""

import asyncio
import json
import sys
import time
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path

from devtools.bench import subjects
from devtools.bench.bulk import measure_bulk
from devtools.bench.document import rewrite
from devtools.bench.growth import Growth, measure_growth, prepare_growth
from devtools.bench.hot_path import HotPath
from devtools.bench.messaging import measure_relay
from devtools.bench.report import table
from devtools.bench.results import Results
from devtools.bench.site import HOT, Site, open_site
from devtools.bench.workers import Worker
from devtools.rabbitmq import MEND


@dataclass(frozen=True, kw_only=True)
class Plan:
    rounds: int
    slice_seconds: float
    open_rounds: int
    open_seconds: float
    sizes: tuple[int, ...]
    growth_rounds: int
    bulk_rows: int
    bulk_rounds: int
    relay_rounds: int
    starts: int
    served: int


QUICK = Plan(
    rounds=5, slice_seconds=0.3, open_rounds=1, open_seconds=0.5, sizes=(10_000, 100_000),
    growth_rounds=3, bulk_rows=10_000, bulk_rounds=1, relay_rounds=3, starts=3, served=10_000,
)  # fmt: skip
FULL = Plan(
    rounds=15, slice_seconds=0.5, open_rounds=3, open_seconds=1, sizes=(10_000, 100_000, 1_000_000),
    growth_rounds=15, bulk_rows=100_000, bulk_rounds=3, relay_rounds=7, starts=7, served=100_000,
)  # fmt: skip


def bench(options: Namespace, directory: Path) -> int:
    plan = QUICK if options.quick else FULL
    results = Results(command=f"python3 dev.py bench{' --quick' if options.quick else ''}")
    with open_site(directory) as site:
        _measure_process(site, plan, results)
        _measure_tables(site, plan, results)
        _measure_relay(site, plan, results)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(results.as_json(), indent=1) + "\n")
    sys.stdout.write(table(results))
    if options.document:
        rewrite(results)
    return 0


def _measure_process(site: Site, plan: Plan, results: Results) -> None:
    _say("start")
    results.ready = [_start(site.service(HOT)) for _ in range(plan.starts)]
    with site.hot_workers() as workers:
        hot = HotPath(
            generator=site.generator,
            workers=workers,
            tokens=site.tokens,
            subjects=[*subjects.BASELINES, *subjects.REQUESTS],
        )
        _say("hot path")
        hot.warm_up(1)
        for _ in range(plan.rounds):
            hot.closed_round(plan.slice_seconds)
        _say("latency")
        for _ in range(plan.open_rounds):
            hot.open_round(plan.open_seconds)
        _say("memory")
        results.figures = hot.figures
        results.served = plan.served
        results.resident = list(_memory(hot, workers["service"], plan.served))


def _measure_tables(site: Site, plan: Plan, results: Results) -> None:
    if site.catalogue is None:
        _say("growth and import: skipped, the catalogue is not there")
        return
    _say("growth")
    results.growth = Growth(sizes=plan.sizes)
    cursors = asyncio.run(prepare_growth(site, site.catalogue, plan.sizes))
    measure_growth(site, cursors, results.growth, plan.growth_rounds)
    _say("import")
    results.bulk_rows = plan.bulk_rows
    results.bulk = asyncio.run(
        measure_bulk(site, site.catalogue, rows=plan.bulk_rows, rounds=plan.bulk_rounds)
    )


def _measure_relay(site: Site, plan: Plan, results: Results) -> None:
    if site.broker is None:
        _say(f"relay: skipped, there is no RabbitMQ ({MEND})")
        return
    _say("relay")
    results.relay = asyncio.run(measure_relay(site, site.broker, rounds=plan.relay_rounds))


def _start(worker: Worker) -> float:
    worker.launch()
    try:
        return worker.wait()
    finally:
        worker.stop()


def _memory(hot: HotPath, worker: Worker, requests: int) -> tuple[float, float]:
    before = worker.resident_megabytes()
    (subject,) = (each for each in subjects.REQUESTS if each.name == subjects.GET)
    hot.slice(subject, seconds=3600, most=requests)
    return before, worker.resident_megabytes()


def _say(what: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {what} ...\n")
