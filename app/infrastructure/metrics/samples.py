"""Values of a process that are sampled: pool, caches, dependencies, files."""

from collections.abc import Callable, Mapping

from app.infrastructure.cache.local_cache import LocalCache
from app.infrastructure.database.database_status import DatabaseStatus
from app.infrastructure.health import CheckResult
from app.infrastructure.logging.json_lines_log import JsonLinesLog
from app.infrastructure.metrics.sampling import count_by_sampling
from app.ports.metrics import Metrics


def sample_pool(metrics: Metrics, database: DatabaseStatus) -> None:
    used = metrics.gauge("db_client_connections", state="used")
    idle = metrics.gauge("db_client_connections", state="idle")
    pending = metrics.gauge("db_client_connection_pending_requests")
    metrics.set_gauge("db_client_connection_max", database.pool_usage.size)

    def sample() -> None:
        usage = database.pool_usage
        used.set(usage.used)
        idle.set(usage.idle)
        pending.set(usage.waiting)

    metrics.add_sampler(sample)


def sample_response_cache(metrics: Metrics, cache: LocalCache[object]) -> None:
    hits = metrics.counter("cache_lookups_total", level="process", outcome="hit")
    misses = metrics.counter("cache_lookups_total", level="process", outcome="miss")
    count_by_sampling(metrics, hits, lambda: cache.hits)
    count_by_sampling(metrics, misses, lambda: cache.misses)


def sample_dependencies(
    metrics: Metrics, health_checks: Callable[[], Mapping[str, CheckResult]]
) -> None:
    """Report each dependency that is configured as available or not."""

    def sample() -> None:
        for name, check in health_checks().items():
            if check.status != "disabled":
                is_up = check.status != "unavailable"
                metrics.set_gauge("dependency_up", is_up, dependency=name)

    metrics.add_sampler(sample)


def sample_circuit(metrics: Metrics, is_available: Callable[[], bool]) -> None:
    gauge = metrics.gauge("auth_circuit_open")
    metrics.add_sampler(lambda: gauge.set(not is_available()))


def sample_lost_lines(metrics: Metrics, *files: JsonLinesLog) -> None:
    counter = metrics.counter("log_lines_lost_total")
    count_by_sampling(metrics, counter, lambda: sum(file.lost for file in files))
