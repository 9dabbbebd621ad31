"""Two services made from this repository exchange messages across a broker restart."""

import asyncio
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from devtools.postgres import PrivatePostgres
from devtools.private_auth import PrivateAuthService
from devtools.rabbitmq import PrivateRabbitMQ
from tests.support.consume_process import ConsumeProcess
from tests.support.database import fetch_rows, migrate_all
from tests.support.server import ROOT, Server, make_environment
from tests.support.settings_and_clients import Tokens
from tests.support.waiting import eventually
from tests.widgets.factories import WIDGETS, widget_body

# The handler of the second service, which stores the new price of the first one.
HANDLERS = """
from decimal import Decimal

from app.api.messages.message_dispatcher import MessageContext, MessageHandler
from app.schemas.shared.common import MessagePayload
from tests.widgets.api.widget_dependencies import build_widget_service


class Change(MessagePayload):
    new: Decimal


class PriceChanged(MessagePayload):
    widget_id: int
    price: Change


async def store_price(event: PriceChanged, context: MessageContext) -> None:
    service = build_widget_service(context.resources, audit=context.audit)
    await service.update(event.widget_id, {"price": event.price.new})


HANDLERS = (
    MessageHandler(event="widget.changed", payload=PriceChanged, handle=store_price),
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
        await migrate_all(url)
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
    for folder in ("app", "migrations", "tests/support", "tests/widgets"):
        shutil.copytree(ROOT / folder, root / folder)
    handlers = root / "tests" / "widgets" / "api" / "widget_handlers.py"
    handlers.write_text(HANDLERS)
    return root


@pytest.fixture
def running_services(services: Services) -> Iterator[Services]:
    first, second = services
    with ExitStack() as stack:
        for server in (first.api, second.api, second.consumer):
            stack.enter_context(server)
        yield services


async def test_a_price_change_in_one_service_arrives_in_the_other(
    running_services: Services,
    rabbitmq: PrivateRabbitMQ,
    server_thread: ThreadPoolExecutor,
    tokens: Tokens,
) -> None:
    loop = asyncio.get_running_loop()
    first, second = running_services
    path = f"{WIDGETS}/1"
    async with (
        first.api.async_client(tokens.admin) as client,
        second.api.async_client(tokens.admin) as follower,
    ):
        for service in (client, follower):
            assert (await service.post(WIDGETS, json=widget_body(price=10))).status_code == 201

        async def shows(price: float) -> bool:
            return bool((await follower.get(path)).json()["price"] == price)

        await client.patch(path, json={"price": 11})
        await eventually(lambda: shows(11), seconds=30)
        await loop.run_in_executor(server_thread, rabbitmq.stop)
        response = await client.patch(path, json={"price": 12.5})
        await loop.run_in_executor(server_thread, rabbitmq.start)
        await eventually(lambda: shows(12.5), seconds=60)
        await eventually(lambda: _has_received_all(first, second))

    assert response.status_code == 200
    audited = [row for row in await fetch_rows(second.database_url) if row["role"] == "service"]
    assert [row["user_id"] for row in audited] == ["first-service"] * len(audited)
    assert audited[-1]["request_id"] == response.headers["X-Request-ID"]


async def _has_received_all(first: Service, second: Service) -> bool:
    inbox = await fetch_rows(second.database_url, "inbox")
    return len(inbox) == len(await fetch_rows(first.database_url, "outbox"))
