"""Two services made from this repository talk, and the broker is restarted in between."""

import asyncio
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from app.infrastructure.database.migration import migrate
from devtools.postgres import PrivatePostgres
from devtools.private_auth import PrivateAuthService
from devtools.rabbitmq import PrivateRabbitMQ
from tests.database import rows_of
from tests.faults.running import eventually
from tests.products.making import PRODUCTS, product_body
from tests.receiving.processes import ConsumeProcess
from tests.server import ROOT, Server, make_environment
from tests.setup import Tokens

# What the second service does when it hears of a price: it takes it over.
HANDLERS = """
from decimal import Decimal

from app.api.messages import MessageContext, MessageHandler
from app.dependencies import build_product_service
from app.schemas.common import MessagePayload


class Change(MessagePayload):
    new: Decimal


class PriceChanged(MessagePayload):
    product_id: int
    price: Change


async def take_over(told: PriceChanged, context: MessageContext) -> None:
    service = build_product_service(context.resources, audit=context.audit)
    await service.change_price(told.product_id, price=told.price.new)


HANDLERS = (
    MessageHandler(event="product.price_changed", payload=PriceChanged, handle=take_over),
)
"""


class Service:
    """A copy of the repository with its own name, port and database, serving and consuming."""

    def __init__(self, root: Path, environment: dict[str, str], directory: Path) -> None:
        environment = {**environment, "PYTHONPATH": str(root)}
        self.api = Server(environment=environment, directory=directory)
        self.consumer = ConsumeProcess(
            environment=environment, log=directory / "consumer.log", root=root
        )
        self.database_url = environment["DATABASE_URL"]


Services = tuple[Service, Service]


@pytest.fixture
async def services(
    postgres: PrivatePostgres,
    auth_service: PrivateAuthService,
    rabbitmq: PrivateRabbitMQ,
    tmp_path: Path,
) -> Services:
    made = []
    for name, root in (("first", ROOT), ("second", _copy(tmp_path))):
        url = postgres.create_database(f"two_services_{name}")
        await migrate(url)
        (directory := tmp_path / name).mkdir()
        environment = make_environment(
            url,
            auth_service.url,
            directory,
            service_name=f"{name}-service",
            rabbitmq_url=rabbitmq.url,
            event_subscribers=["http://second-service"] if name == "first" else [],
        )
        made.append(Service(root, environment, directory))
    return made[0], made[1]


def _copy(tmp_path: Path) -> Path:
    root = tmp_path / "copy"
    for folder in ("app", "migrations"):
        shutil.copytree(ROOT / folder, root / folder)
    handlers = root / "app" / "api" / "v1" / "products" / "product_handlers.py"
    handlers.write_text(HANDLERS)
    return root


@pytest.fixture
def running_services(services: Services) -> Iterator[Services]:
    first, second = services
    with ExitStack() as stack:
        for server in (first.api, second.api, second.consumer):
            stack.enter_context(server)
        yield services


async def test_a_price_changed_in_one_arrives_in_the_other(
    running_services: Services,
    rabbitmq: PrivateRabbitMQ,
    keeper: ThreadPoolExecutor,
    tokens: Tokens,
) -> None:
    loop = asyncio.get_running_loop()
    first, second = running_services
    path = f"{PRODUCTS}/1"
    async with (
        first.api.async_client(tokens.admin) as client,
        second.api.async_client(tokens.admin) as follower,
    ):
        for service in (client, follower):
            assert (await service.post(PRODUCTS, json=product_body(price=10))).status_code == 201

        async def shows(price: float) -> bool:
            return bool((await follower.get(path)).json()["price"] == price)

        await client.patch(f"{path}/price", json={"price": 11})
        await eventually(lambda: shows(11), seconds=30)
        await loop.run_in_executor(keeper, rabbitmq.stop)
        answer = await client.patch(f"{path}/price", json={"price": 12.5})
        await loop.run_in_executor(keeper, rabbitmq.start)
        await eventually(lambda: shows(12.5), seconds=60)
        await eventually(lambda: _heard_all(first, second))

    assert answer.status_code == 200
    told = [row for row in await rows_of(second.database_url) if row["role"] == "service"]
    assert [row["user_id"] for row in told] == ["first-service"] * len(told)
    assert told[-1]["request_id"] == answer.headers["X-Request-ID"]


async def _heard_all(first: Service, second: Service) -> bool:
    inbox = await rows_of(second.database_url, "inbox")
    return len(inbox) == len(await rows_of(first.database_url, "outbox"))
