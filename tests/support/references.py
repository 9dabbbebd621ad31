"""Store the records that those of a domain refer to."""

from app.config.settings import Settings
from tests.support.domain import Domain
from tests.support.stores import open_store


async def store_referenced(domain: Domain, settings: Settings) -> None:
    """Store the samples of each referenced domain in the empty database, so that IDs start at 1."""
    for each in domain.referenced:
        async with open_store("postgres", each, settings, None) as store:
            for sample in each.samples:
                await store.records.add(each.make_new(**sample))
