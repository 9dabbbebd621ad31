"""PostgreSQL is half a second away: what the connections can carry is served."""

import asyncio

from devtools.fault_proxy import FaultProxy
from tests.support.running_service import OpenService, RunningService
from tests.support.traffic import WIDGETS, make_widget_body, uncached_list_url
from tests.support.waiting import eventually

# In each direction.
DELAY_SECONDS = 0.25
POOL = 20
# Half of what the pool carries: one exchange each.
READS_PER_SECOND = POOL / (2 * DELAY_SECONDS) / 2


async def test_reads_within_the_capacity_of_the_pool_are_served(
    open_service: OpenService, proxy: FaultProxy
) -> None:
    proxy.delay = DELAY_SECONDS
    async with open_service(database_pool_size=POOL, database_pool_min_size=10) as service:
        await eventually(service.is_ready)
        reads = []
        for _ in range(60):
            reads.append(asyncio.create_task(service.serves()))
            await asyncio.sleep(1 / READS_PER_SECOND)
        assert await asyncio.gather(*reads) == [True] * len(reads)
        proxy.delay = 0


async def test_requests_wait_for_connections_that_are_being_opened(
    open_service: OpenService, proxy: FaultProxy
) -> None:
    async with open_service(database_pool_size=8, database_pool_min_size=0) as service:
        proxy.delay = DELAY_SECONDS
        await eventually(lambda: _has_warning(service))
        # Twice as many as there are connections, and none of these is open.
        responses = await asyncio.gather(
            *(service.admin.get(uncached_list_url()) for _ in range(16))
        )
        assert [response.status_code for response in responses] == [200] * 16
        created = await service.admin.post(WIDGETS, json=make_widget_body("far away"))
        assert created.status_code == 201
        proxy.delay = 0


async def test_health_says_what_the_pool_carries(
    open_service: OpenService, proxy: FaultProxy
) -> None:
    async with open_service(database_pool_size=20) as service:
        fast = (await service.admin.get("/health")).json()
        proxy.delay = DELAY_SECONDS
        await eventually(lambda: _has_warning(service))
        health = await service.admin.get("/health")
        proxy.delay = 0

    slow = health.json()
    assert (fast["warnings"], slow["status"], health.status_code) == ([], "healthy", 200)
    (warning,) = slow["warnings"]
    assert warning.startswith("A round trip to the database takes ")
    rate = int(warning.split(" carries ")[1].split()[0])
    # Half a second, and what the machine adds to it.
    assert 1 <= rate <= 20 / (2 * DELAY_SECONDS)


async def _has_warning(service: RunningService) -> bool:
    return bool((await service.admin.get("/health")).json()["warnings"])
