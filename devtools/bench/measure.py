"""`python3 dev.py bench`: run all measurements, print the table, write the raw figures."""

import asyncio
import json
import resource
import sys
import time
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path

from devtools.bench import scenarios
from devtools.bench.bulk import measure_import
from devtools.bench.document import update_document
from devtools.bench.growth import Growth, measure_growth, prepare_growth
from devtools.bench.hot_path import HotPath
from devtools.bench.messaging import measure_relay
from devtools.bench.overload import OPEN_LOOP_CONNECTIONS, measure_overload
from devtools.bench.report import format_results
from devtools.bench.results import Results
from devtools.bench.testbed import HOT_PATH_DATABASE, Testbed, start_testbed
from devtools.bench.workers import Worker
from devtools.rabbitmq import INSTALL_COMMAND


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Number of rounds, rows and requests of each measurement."""

    rounds: int
    slice_seconds: float
    open_rounds: int
    open_seconds: float
    sizes: tuple[int, ...]
    growth_rounds: int
    import_rows: int
    import_rounds: int
    relay_rounds: int
    overload_rounds: int
    overload_seconds: float
    start_count: int
    request_count: int


QUICK = Plan(
    rounds=5, slice_seconds=0.3, open_rounds=1, open_seconds=0.5, sizes=(10_000, 100_000),
    growth_rounds=3, import_rows=100_000, import_rounds=1, relay_rounds=3, start_count=3,
    overload_rounds=3, overload_seconds=4,
    request_count=10_000,
)  # fmt: skip
FULL = Plan(
    rounds=15, slice_seconds=0.5, open_rounds=3, open_seconds=1, sizes=(10_000, 100_000, 1_000_000),
    growth_rounds=15, import_rows=100_000, import_rounds=3, relay_rounds=7, start_count=7,
    overload_rounds=3, overload_seconds=10,
    request_count=100_000,
)  # fmt: skip


def bench(options: Namespace, directory: Path) -> int:
    plan = QUICK if options.quick else FULL
    _allow_open_files()
    results = Results(command=f"python3 dev.py bench{' --quick' if options.quick else ''}")
    with start_testbed(directory) as testbed:
        _measure_service(testbed, plan, results)
        _log_progress("overload")
        results.overload = measure_overload(
            testbed, rounds=plan.overload_rounds, seconds=plan.overload_seconds
        )
        _measure_growth_and_import(testbed, plan, results)
        _measure_relay(testbed, plan, results)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(results.as_json(), indent=1) + "\n")
    sys.stdout.write(format_results(results))
    if options.document:
        update_document(results)
    return 0


def _allow_open_files() -> None:
    """Raise the limit for this process and those that it starts, as far as the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_LOOP_CONNECTIONS + 1000
    if soft < wanted:
        limit = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))


def _measure_service(testbed: Testbed, plan: Plan, results: Results) -> None:
    _log_progress("start")
    results.ready_seconds = [
        _measure_start(testbed.make_service(HOT_PATH_DATABASE)) for _ in range(plan.start_count)
    ]
    with testbed.run_hot_path_workers() as workers:
        hot = HotPath(
            generator=testbed.generator,
            workers=workers,
            tokens=testbed.tokens,
            scenarios=[*scenarios.BASELINES, *scenarios.REQUESTS],
        )
        _log_progress("hot path")
        hot.warm_up(1)
        for _ in range(plan.rounds):
            hot.run_closed_round(plan.slice_seconds)
        _log_progress("latency")
        for _ in range(plan.open_rounds):
            hot.run_open_round(plan.open_seconds)
        _log_progress("memory")
        results.figures = hot.figures
        results.request_count = plan.request_count
        results.resident_megabytes = list(
            _measure_memory(hot, workers["service"], plan.request_count)
        )


def _measure_growth_and_import(testbed: Testbed, plan: Plan, results: Results) -> None:
    _log_progress(f"growth, with {testbed.catalogue.name} products")
    results.growth = Growth(sizes=plan.sizes)
    cursors = asyncio.run(prepare_growth(testbed, testbed.catalogue, plan.sizes))
    measure_growth(testbed, cursors, results.growth, plan.growth_rounds)
    _log_progress("import")
    results.import_rows = plan.import_rows
    results.import_seconds = asyncio.run(
        measure_import(testbed, testbed.catalogue, rows=plan.import_rows, rounds=plan.import_rounds)
    )


def _measure_relay(testbed: Testbed, plan: Plan, results: Results) -> None:
    if testbed.broker is None:
        _log_progress(f"relay: skipped, RabbitMQ is not installed ({INSTALL_COMMAND})")
        return
    _log_progress("relay")
    results.relay_seconds = asyncio.run(
        measure_relay(testbed, testbed.broker, rounds=plan.relay_rounds)
    )


def _measure_start(worker: Worker) -> float:
    worker.launch()
    try:
        return worker.wait_until_ready()
    finally:
        worker.stop()


def _measure_memory(hot: HotPath, worker: Worker, requests: int) -> tuple[float, float]:
    before = worker.resident_megabytes()
    (scenario,) = (each for each in scenarios.REQUESTS if each.name == scenarios.GET)
    hot.run_slice(scenario, seconds=3600, max_requests=requests)
    return before, worker.resident_megabytes()


def _log_progress(step: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {step} ...\n")
