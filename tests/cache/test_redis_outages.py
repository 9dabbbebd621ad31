"""Whatever befalls Redis: reads and writes go on, and none is stale, then or afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
import redis

from app.models.products.product import Product
from devtools.fault_proxy import FaultProxy
from devtools.valkey import PrivateValkey
from tests.cache.conftest import Machine, OpenMachine
from tests.cache.waiting import until
from tests.infrastructure.redis.outages import OUTAGES, Outage
from tests.products.making import make_new_product


@contextmanager
def flushed(server: PrivateValkey) -> Iterator[None]:
    with redis.Redis.from_url(server.url) as admin:
        admin.flushall()
    yield


@contextmanager
def restarted_with_what_it_held(server: PrivateValkey) -> Iterator[None]:
    """Restart it with the values and marks of before, as a server with snapshots does."""
    with redis.Redis.from_url(server.url) as admin:
        dump = {key: admin.dump(key) for key in admin.scan_iter()}
    yield
    server.stop()
    server.start()
    with redis.Redis.from_url(server.url) as admin:
        for key, value in dump.items():
            admin.restore(key, 0, value, replace=True)


async def read_changed(machine: Machine, product: Product, price: int) -> Product:
    """Change it and check that this is what is read, alone and in a list."""
    changed = await machine.products.update(product.with_price(Decimal(price)))
    assert await machine.products.get(product.id) == changed
    return changed


@pytest.mark.parametrize(
    "outage", [*OUTAGES, flushed], ids=lambda outage: outage.__name__.replace("_", " ")
)
async def test_no_read_is_stale_while_redis_is_out_of_order_or_after(
    outage: Outage, open_machine: OpenMachine, victim: PrivateValkey
) -> None:
    async with open_machine("here", victim.url) as here, open_machine("here", victim.url) as beside:
        product = await here.products.add(make_new_product())
        assert await beside.products.get(product.id) == product
        with outage(victim):
            product = await read_changed(here, product, 2)
            assert await beside.products.get(product.id) == product
            product = await read_changed(beside, product, 3)
            assert await here.products.get(product.id) == product
        await here.is_back()
        await beside.is_back()

        assert await here.products.get(product.id) == product
        assert await beside.products.get(product.id) == product
        product = await read_changed(here, product, 4)
        assert await beside.products.get(product.id) == product


async def test_marks_and_values_of_long_ago_are_not_believed(
    open_machine: OpenMachine, victim: PrivateValkey
) -> None:
    async with open_machine("here", victim.url) as here:
        product = await here.products.add(make_new_product())
        assert await here.products.get(product.id) == product
        with restarted_with_what_it_held(victim):
            changed = await here.products.update(product.with_price(Decimal(2)))
        await until(lambda: not here.cache.marks.redis_is_trusted)
        await here.is_back()

        assert await here.products.get(product.id) == changed


async def test_a_redis_that_answers_too_late_is_done_without(
    open_machine: OpenMachine, proxy: FaultProxy, proxied_url: str
) -> None:
    async with open_machine("here", proxied_url) as here:
        product = await here.products.add(make_new_product())
        proxy.delay = 0.5

        product = await read_changed(here, product, 2)
        proxy.delay = 0
        await here.is_back()

        assert await here.products.get(product.id) == product


async def test_a_service_that_starts_without_redis_uses_it_when_it_comes(
    open_machine: OpenMachine, proxy: FaultProxy, proxied_url: str
) -> None:
    proxy.refuse()
    proxy.reset()
    async with open_machine("there", proxied_url, settled=False) as there:
        product = await there.products.add(make_new_product())
        assert await there.products.get(product.id) == product
        await proxy.accept()
        await there.is_back()
        await there.products.get(product.id)
        reads = there.slow.reads

        await there.products.get(product.id)

        assert there.slow.reads == reads


async def test_garbage_in_redis_is_loaded_anew(
    open_machine: OpenMachine, victim: PrivateValkey
) -> None:
    async with open_machine("here", victim.url) as here:
        product = await here.products.add(make_new_product())
        await here.products.get(product.id)
        with redis.Redis.from_url(victim.url) as admin:
            (name,) = admin.keys("*:value:*")
            stamp = admin.get(name)[:16]
            for garbage in (b"", b"x", stamp, stamp + b"\xc1", stamp + b"\x80"):
                admin.set(name, garbage)

                assert await here.products.get(product.id) == product


async def test_what_redis_holds_ends_by_itself(
    open_machine: OpenMachine, victim: PrivateValkey
) -> None:
    async with open_machine("here", victim.url) as here:
        product = await here.products.add(make_new_product())
        await here.products.get(product.id)
        with redis.Redis.from_url(victim.url) as admin:
            (value,) = admin.keys("*:value:*")
            (mark,) = admin.keys(f"*:mark:products/{product.id}")

            assert 230 <= admin.ttl(value) <= 300
            assert admin.ttl(mark) > 300
