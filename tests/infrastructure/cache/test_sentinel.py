"""Redis with Sentinel: a failover to the replica is followed, and the caches stay coherent."""

from collections.abc import Iterator

import pytest

from tests.support.cache_machines import OpenMachine
from tests.support.failover import require_coherence
from tests.support.sentinel_group import SentinelGroup


@pytest.fixture(scope="module")
def group(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SentinelGroup]:
    with SentinelGroup(tmp_path_factory.mktemp("sentinel")) as running:
        yield running


async def test_a_failover_is_followed_and_no_read_is_stale(
    group: SentinelGroup, open_machine: OpenMachine
) -> None:
    url = group.url
    async with open_machine("here", url) as here, open_machine("there", url) as there:
        await require_coherence(here, there, fail=group.master.kill)
