"""Everything that is measured, running privately: databases, auth service and workers."""

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from devtools.bench.databases import connect, database_url, prepare, read_catalogue, remake
from devtools.bench.load import Generator
from devtools.bench.subjects import PATCHED, PATCHED_BARE, ROWS
from devtools.bench.workers import Worker, baseline, service
from devtools.postgres import PrivatePostgres
from devtools.private_auth import PrivateAuthService
from devtools.rabbitmq import PrivateRabbitMQ, find_program
from devtools.valkey import PrivateValkey

CATALOGUE = Path("../shared/data/catalogue.csv.gz")
SAMPLE = Path("devtools/samples/products.csv")
HOT = "hot"
SUBSCRIBER = "http://orders:8002/api/v1/orders"
BASELINES = ("raw_asgi", "starlette_route", "fastapi_route", "fastapi_dependency", "bare_handlers")


@dataclass(frozen=True, kw_only=True)
class Site:
    """`catalogue` is None where the real one is not there, `broker` where there is no RabbitMQ."""

    directory: Path
    postgres_url: str
    redis_url: str
    broker: PrivateRabbitMQ | None
    auth_url: str
    secret: str
    tokens: dict[str, str]
    generator: Generator
    catalogue: bytes | None

    def service(self, database: str, **overrides: str) -> Worker:
        """Make a worker of the service, configured for production with the default log level."""
        environment = self.environment(database) | overrides
        given = {name: value for name, value in environment.items() if value}
        return service(given, self.directory, f"on_{database}")

    def environment(self, database: str) -> dict[str, str]:
        return {
            "APP_ENV": "production",
            "DATABASE_URL": database_url(self.postgres_url, database),
            "REDIS_URL": self.redis_url,
            "JWT_SECRET_KEY": self.secret,
            "AUTH_SERVICE_URL": self.auth_url,
            # High enough never to refuse; all of it is counted nevertheless.
            "RATE_LIMIT_PER_MINUTE": "1000000000",
            "AUDIT_LOG_FILE": str(self.directory / "audit.log"),
            "ERROR_LOG_FILE": str(self.directory / "error.log"),
        }

    async def make_hot_database(self) -> None:
        """Copy the database of a hundred thousand rows, so that writes do not stay."""
        source = self.catalogue or read_catalogue(SAMPLE)
        await (await prepare(self.postgres_url, source, ROWS)).close()
        maintenance = await connect(self.postgres_url)
        await remake(maintenance, HOT, f"listing_{ROWS}")
        await maintenance.close()
        connection = await connect(self.postgres_url, HOT)
        await connection.execute("SET statement_timeout = 0")
        await connection.execute(
            "UPDATE products SET price = 100 WHERE id <= $1", PATCHED[1] + PATCHED_BARE[1]
        )
        await connection.execute("VACUUM ANALYZE products")
        await connection.close()

    @contextmanager
    def hot_workers(self) -> Iterator[dict[str, Worker]]:
        url = database_url(self.postgres_url, HOT)
        workers = {name: baseline(name, url, self.directory) for name in BASELINES}
        workers["service"] = self.service(HOT, **self._messaging())
        # What is not cached is measured where looking for it in Redis is no part of the price.
        workers["service_without_redis"] = self.service(HOT, REDIS_URL="")
        with running(list(workers.values())):
            yield workers

    def _messaging(self) -> dict[str, str]:
        """Have every write told to one subscriber."""
        if self.broker is None:
            return {}
        return {"RABBITMQ_URL": self.broker.url, "EVENT_SUBSCRIBERS": f'["{SUBSCRIBER}"]'}


@contextmanager
def running(workers: list[Worker]) -> Iterator[None]:
    with ExitStack() as stack:
        for worker in workers:
            worker.launch()
            stack.callback(worker.stop)
        for worker in workers:
            worker.wait()
        yield


@contextmanager
def open_site(directory: Path) -> Iterator[Site]:
    """Keep databases for the next time, and PostgreSQL durable, for so are those that serve."""
    directory.mkdir(parents=True, exist_ok=True)
    secret = secrets.token_urlsafe(48)
    with ExitStack() as stack:
        auth = stack.enter_context(PrivateAuthService(secret=secret, log=directory / "auth.log"))
        postgres = stack.enter_context(PrivatePostgres(data_directory=directory / "postgres"))
        valkey = stack.enter_context(PrivateValkey(log=directory / "valkey.log"))
        broker = None
        if find_program() is not None:
            broker = stack.enter_context(PrivateRabbitMQ(directory=directory / "rabbitmq"))
        site = Site(
            directory=directory,
            postgres_url=postgres.url,
            redis_url=valkey.url,
            broker=broker,
            auth_url=auth.url,
            secret=secret,
            tokens={role: auth.token(role, expires_in=24 * 3600) for role in ("user", "admin")},
            generator=stack.enter_context(Generator(directory / "generator.log")),
            catalogue=read_catalogue(CATALOGUE) if CATALOGUE.exists() else None,
        )
        asyncio.run(site.make_hot_database())
        yield site
