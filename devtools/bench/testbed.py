"""Private servers of a benchmark run: databases, broker, auth service and workers."""

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from devtools.bench.catalogue import Catalogue, find_or_make_catalogue
from devtools.bench.databases import (
    connect,
    database_url,
    open_products_database,
    recreate_database,
)
from devtools.bench.load import LoadGenerator
from devtools.bench.scenarios import BARE_PATCHED_IDS, PATCHED_IDS, READ_IDS, ROWS
from devtools.bench.warm_redis import warm_redis
from devtools.bench.workers import Worker, make_baseline, make_service
from devtools.postgres import PrivatePostgres
from devtools.private_auth import PrivateAuthService
from devtools.rabbitmq import PrivateRabbitMQ, find_program
from devtools.valkey import PrivateValkey

HOT_PATH_DATABASE = "hot"
SUBSCRIBER = "http://orders:8002/api/v1/orders"
BASELINES = ("raw_asgi", "starlette_route", "fastapi_route", "fastapi_dependency", "bare_handlers")


@dataclass(frozen=True, kw_only=True)
class Testbed:
    """`broker` is None if RabbitMQ is not installed."""

    directory: Path
    postgres_url: str
    redis_url: str
    broker: PrivateRabbitMQ | None
    auth_url: str
    secret: str
    tokens: dict[str, str]
    generator: LoadGenerator
    catalogue: Catalogue

    def make_service(self, database: str, **overrides: str) -> Worker:
        """Create a worker of the service: production settings, default log level."""
        environment = self.environment(database) | overrides
        non_empty = {name: value for name, value in environment.items() if value}
        return make_service(non_empty, self.directory, f"on_{database}")

    def environment(self, database: str) -> dict[str, str]:
        return {
            "APP_ENV": "production",
            "DATABASE_URL": database_url(self.postgres_url, database),
            "REDIS_URL": self.redis_url,
            "JWT_SECRET_KEY": self.secret,
            "AUTH_SERVICE_URL": self.auth_url,
            # Never reached, but every request is counted.
            "RATE_LIMIT_PER_MINUTE": "1000000",
            "AUDIT_LOG_FILE": str(self.directory / "audit.log"),
            "ERROR_LOG_FILE": str(self.directory / "error.log"),
        }

    async def create_hot_path_database(self) -> None:
        """Copy the database with 100 000 rows, so that writes do not change the original."""
        await (await open_products_database(self.postgres_url, self.catalogue, ROWS)).close()
        maintenance = await connect(self.postgres_url)
        await recreate_database(maintenance, HOT_PATH_DATABASE, self.catalogue.database(ROWS))
        await maintenance.close()
        connection = await connect(self.postgres_url, HOT_PATH_DATABASE)
        await connection.execute("SET statement_timeout = 0")
        await connection.execute(
            "UPDATE products SET price = 100 WHERE id <= $1", PATCHED_IDS[1] + BARE_PATCHED_IDS[1]
        )
        await connection.execute("VACUUM ANALYZE products")
        await connection.close()

    @contextmanager
    def run_hot_path_workers(self) -> Iterator[dict[str, Worker]]:
        url = database_url(self.postgres_url, HOT_PATH_DATABASE)
        workers = {name: make_baseline(name, url, self.directory) for name in BASELINES}
        workers["service"] = self.make_service(HOT_PATH_DATABASE, **self._messaging_settings())
        workers["service_warm"] = self._make_warm_service()
        # Uncached lists are measured without Redis, so that no cache lookup is included.
        workers["service_without_redis"] = self.make_service(HOT_PATH_DATABASE, REDIS_URL="")
        with run_workers(list(workers.values())):
            yield workers

    def _make_warm_service(self) -> Worker:
        """Create a service whose products are all in Redis, for as long as the run takes."""
        lasting = {"SERVICE_NAME": "warm", "CACHE_TTL_SECONDS": "86400"}
        environment = self.environment(HOT_PATH_DATABASE) | lasting
        asyncio.run(warm_redis(environment, *READ_IDS))
        return make_service(environment, self.directory, "service_warm")

    def _messaging_settings(self) -> dict[str, str]:
        """Send an event for every write to one subscriber."""
        if self.broker is None:
            return {}
        return {"RABBITMQ_URL": self.broker.url, "EVENT_SUBSCRIBERS": f'["{SUBSCRIBER}"]'}


@contextmanager
def run_workers(workers: list[Worker]) -> Iterator[None]:
    with ExitStack() as stack:
        for worker in workers:
            worker.launch()
            stack.callback(worker.stop)
        for worker in workers:
            worker.wait_until_ready()
        yield


@contextmanager
def start_testbed(directory: Path) -> Iterator[Testbed]:
    """Start all servers. Databases are kept for the next run; PostgreSQL is durable."""
    directory.mkdir(parents=True, exist_ok=True)
    secret = secrets.token_urlsafe(48)
    with ExitStack() as stack:
        auth = stack.enter_context(PrivateAuthService(secret=secret, log=directory / "auth.log"))
        postgres = stack.enter_context(PrivatePostgres(data_directory=directory / "postgres"))
        valkey = stack.enter_context(PrivateValkey(log=directory / "valkey.log"))
        broker = None
        if find_program() is not None:
            broker = stack.enter_context(PrivateRabbitMQ(directory=directory / "rabbitmq"))
        testbed = Testbed(
            directory=directory,
            postgres_url=postgres.url,
            redis_url=valkey.url,
            broker=broker,
            auth_url=auth.url,
            secret=secret,
            tokens={role: auth.token(role, expires_in=24 * 3600) for role in ("user", "admin")},
            generator=stack.enter_context(LoadGenerator(directory / "generator.log")),
            catalogue=find_or_make_catalogue(),
        )
        asyncio.run(testbed.create_hot_path_database())
        yield testbed
