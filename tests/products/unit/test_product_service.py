import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal

import pytest

from app.exceptions.products.product_exceptions import ProductNotFoundError, SkuTakenError
from app.exceptions.shared.record_exceptions import StaleVersionError
from app.models.products.product import NewProduct, Product
from app.models.shared.listing import ListQuery
from app.services.products.product_service import ProductService
from tests.products.factories import make_new_product
from tests.products.fakes import InMemoryProductRepository
from tests.support.service_harness import ServiceHarness

ProductHarness = ServiceHarness[ProductService, NewProduct, Product]


@pytest.fixture
def harness() -> ProductHarness:
    return ServiceHarness(ProductService, "products", InMemoryProductRepository())


async def _state_of(harness: ProductHarness, **overrides: object) -> Product:
    return await harness.records.add(make_new_product(**overrides))


async def test_a_created_product_is_stored_and_audited(harness: ProductHarness) -> None:
    product = await harness.service.create(make_new_product(sku="NB-1"))

    assert await harness.service.get(product.id) == product
    (entry,) = harness.audit.rows
    assert (entry.action, entry.resource) == ("CREATE_PRODUCT", f"products/{product.id}")
    assert entry.changes["sku"] == {"old": None, "new": "NB-1"}
    assert harness.events.names == ["product.created"]


async def test_a_taken_sku_leaves_no_audit_entry(harness: ProductHarness) -> None:
    await _state_of(harness, sku="NB-1")

    with pytest.raises(SkuTakenError):
        await harness.service.create(make_new_product(sku="NB-1"))
    assert harness.audit.rows == []


async def test_a_changed_price_is_stored_and_audited(harness: ProductHarness) -> None:
    product = await _state_of(harness, price=Decimal(100))

    changed = await harness.service.change_price(product.id, price=Decimal(120))

    assert (changed.price, changed.version) == (Decimal(120), 2)
    assert await harness.service.get(product.id) == changed
    (entry,) = harness.audit.rows
    assert entry.action == "UPDATE_PRICE"
    assert entry.changes == {"price": {"old": Decimal(100), "new": Decimal(120)}}
    assert harness.events.names == ["product.price_changed"]


@pytest.mark.parametrize("price", ["120.01", "79.99", "0.01"])
async def test_a_significant_price_change_has_an_additional_audit_entry(
    harness: ProductHarness, price: str
) -> None:
    product = await _state_of(harness, price=Decimal(100))

    await harness.service.change_price(product.id, price=Decimal(price))

    assert harness.audit.actions == ["UPDATE_PRICE", "SIGNIFICANT_PRICE_CHANGE"]
    assert harness.events.names == ["product.price_changed"]


async def test_a_changed_availability_is_stored_and_audited(harness: ProductHarness) -> None:
    product = await _state_of(harness)

    changed = await harness.service.change_availability(product.id, is_available=False)

    assert (changed.is_available, changed.version) == (False, 2)
    (entry,) = harness.audit.rows
    assert entry.action == "UPDATE_AVAILABILITY"
    assert entry.changes == {"is_available": {"old": True, "new": False}}
    assert harness.events.names == ["product.availability_changed"]


async def test_a_deleted_product_is_gone_and_audited(harness: ProductHarness) -> None:
    product = await _state_of(harness, sku="NB-1")

    await harness.service.delete(product.id)

    with pytest.raises(ProductNotFoundError):
        await harness.service.get(product.id)
    (entry,) = harness.audit.rows
    assert (entry.action, entry.resource) == ("DELETE_PRODUCT", f"products/{product.id}")
    assert entry.changes["sku"] == {"old": "NB-1", "new": None}
    assert harness.events.names == ["product.deleted"]


async def test_a_write_that_changes_nothing_leaves_no_trace(harness: ProductHarness) -> None:
    product = await _state_of(harness, price=Decimal("5.00"))

    same_price = await harness.service.change_price(product.id, price=Decimal(5))
    same_offer = await harness.service.change_availability(product.id, is_available=True)

    assert same_price == same_offer == product
    assert (harness.audit.rows, harness.events.rows) == ([], [])


Change = Callable[[ProductService, int, set[int]], Awaitable[object]]

CHANGES: dict[str, Change] = {
    "price": lambda service, identity, expected: service.change_price(
        identity, price=Decimal(7), expected=expected
    ),
    "availability": lambda service, identity, expected: service.change_availability(
        identity, is_available=False, expected=expected
    ),
    "removal": lambda service, identity, expected: service.delete(identity, expected=expected),
}


@pytest.fixture(params=CHANGES)
def change(request: pytest.FixtureRequest) -> Change:
    return CHANGES[request.param]


async def test_a_stale_version_changes_nothing(harness: ProductHarness, change: Change) -> None:
    product = await _state_of(harness)

    with pytest.raises(StaleVersionError):
        await change(harness.service, product.id, {2, 3})

    assert await harness.service.get(product.id) == product
    assert (harness.audit.rows, harness.events.rows) == ([], [])


async def test_a_change_of_the_expected_version_is_accepted(
    harness: ProductHarness, change: Change
) -> None:
    product = await _state_of(harness)

    await change(harness.service, product.id, {1})

    assert len(harness.audit.rows) >= 1


async def test_a_change_of_a_missing_product_raises_not_found(
    harness: ProductHarness, change: Change
) -> None:
    with pytest.raises(ProductNotFoundError):
        await change(harness.service, 7, {1})
    assert harness.audit.rows == []


async def test_of_parallel_changes_of_one_version_one_wins(
    harness: ProductHarness, change: Change
) -> None:
    product = await _state_of(harness)

    outcomes = await asyncio.gather(
        *(change(harness.service, product.id, {1}) for _ in range(20)), return_exceptions=True
    )

    assert sum(not isinstance(outcome, Exception) for outcome in outcomes) == 1


async def test_a_change_that_cannot_be_audited_is_rolled_back(
    harness: ProductHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = await _state_of(harness)

    async def fail(_: object) -> None:
        raise OSError

    monkeypatch.setattr(harness.audit, "record", fail)
    with pytest.raises(OSError):  # noqa: PT011 - it has no message
        await harness.service.change_price(product.id, price=Decimal(7))

    assert await harness.service.get(product.id) == product


async def test_products_are_listed(harness: ProductHarness) -> None:
    first, second = await _state_of(harness), await _state_of(harness)

    page = await harness.service.list(ListQuery(descending=True))

    assert page.items == (second, first)
