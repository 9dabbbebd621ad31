import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal

import pytest

from app.exceptions.products.product_exceptions import ProductNotFoundError, SkuTakenError
from app.models.listing import ListQuery
from app.models.products.product import NewProduct, Product
from app.models.record import StaleVersionError
from app.services.products.product_service import ProductService
from tests.house import House
from tests.products.fakes import InMemoryProductRepository
from tests.products.making import make_new_product

ProductHouse = House[ProductService, NewProduct, Product]


@pytest.fixture
def house() -> ProductHouse:
    return House(ProductService, "products", InMemoryProductRepository())


async def _held(house: ProductHouse, **overrides: object) -> Product:
    return await house.records.add(make_new_product(**overrides))


async def test_a_created_product_is_stored_and_audited(house: ProductHouse) -> None:
    product = await house.service.create(make_new_product(sku="NB-1"))

    assert await house.service.get(product.id) == product
    (entry,) = house.audit.rows
    assert (entry.action, entry.resource) == ("CREATE_PRODUCT", f"products/{product.id}")
    assert entry.changes["sku"] == {"old": None, "new": "NB-1"}
    assert house.events.names == ["product.created"]


async def test_a_taken_sku_leaves_no_audit_entry(house: ProductHouse) -> None:
    await _held(house, sku="NB-1")

    with pytest.raises(SkuTakenError):
        await house.service.create(make_new_product(sku="NB-1"))
    assert house.audit.rows == []


async def test_a_changed_price_is_stored_and_audited(house: ProductHouse) -> None:
    product = await _held(house, price=Decimal(100))

    changed = await house.service.change_price(product.id, price=Decimal(120))

    assert (changed.price, changed.version) == (Decimal(120), 2)
    assert await house.service.get(product.id) == changed
    (entry,) = house.audit.rows
    assert entry.action == "UPDATE_PRICE"
    assert entry.changes == {"price": {"old": Decimal(100), "new": Decimal(120)}}
    assert house.events.names == ["product.price_changed"]


@pytest.mark.parametrize("price", ["120.01", "79.99", "0.01"])
async def test_a_significant_price_change_is_audited_besides(
    house: ProductHouse, price: str
) -> None:
    product = await _held(house, price=Decimal(100))

    await house.service.change_price(product.id, price=Decimal(price))

    assert house.audit.actions == ["UPDATE_PRICE", "SIGNIFICANT_PRICE_CHANGE"]
    assert house.events.names == ["product.price_changed"]


async def test_a_changed_availability_is_stored_and_audited(house: ProductHouse) -> None:
    product = await _held(house)

    changed = await house.service.change_availability(product.id, is_available=False)

    assert (changed.is_available, changed.version) == (False, 2)
    (entry,) = house.audit.rows
    assert entry.action == "UPDATE_AVAILABILITY"
    assert entry.changes == {"is_available": {"old": True, "new": False}}
    assert house.events.names == ["product.availability_changed"]


async def test_a_deleted_product_is_gone_and_audited(house: ProductHouse) -> None:
    product = await _held(house, sku="NB-1")

    await house.service.delete(product.id)

    with pytest.raises(ProductNotFoundError):
        await house.service.get(product.id)
    (entry,) = house.audit.rows
    assert (entry.action, entry.resource) == ("DELETE_PRODUCT", f"products/{product.id}")
    assert entry.changes["sku"] == {"old": "NB-1", "new": None}
    assert house.events.names == ["product.deleted"]


async def test_a_write_that_changes_nothing_leaves_no_trace(house: ProductHouse) -> None:
    product = await _held(house, price=Decimal("5.00"))

    same_price = await house.service.change_price(product.id, price=Decimal(5))
    same_offer = await house.service.change_availability(product.id, is_available=True)

    assert same_price == same_offer == product
    assert (house.audit.rows, house.events.rows) == ([], [])


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


async def test_a_stale_version_changes_nothing(house: ProductHouse, change: Change) -> None:
    product = await _held(house)

    with pytest.raises(StaleVersionError):
        await change(house.service, product.id, {2, 3})

    assert await house.service.get(product.id) == product
    assert (house.audit.rows, house.events.rows) == ([], [])


async def test_an_expected_version_is_changed(house: ProductHouse, change: Change) -> None:
    product = await _held(house)

    await change(house.service, product.id, {1})

    assert len(house.audit.rows) >= 1


async def test_nothing_is_done_to_what_does_not_exist(house: ProductHouse, change: Change) -> None:
    with pytest.raises(ProductNotFoundError):
        await change(house.service, 7, {1})
    assert house.audit.rows == []


async def test_of_parallel_changes_of_one_version_one_wins(
    house: ProductHouse, change: Change
) -> None:
    product = await _held(house)

    outcomes = await asyncio.gather(
        *(change(house.service, product.id, {1}) for _ in range(20)), return_exceptions=True
    )

    assert sum(not isinstance(outcome, Exception) for outcome in outcomes) == 1


async def test_a_change_that_cannot_be_audited_is_not_made(
    house: ProductHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = await _held(house)

    async def fail(_: object) -> None:
        raise OSError

    monkeypatch.setattr(house.audit, "record", fail)
    with pytest.raises(OSError):  # noqa: PT011 - it has no message
        await house.service.change_price(product.id, price=Decimal(7))

    assert await house.service.get(product.id) == product


async def test_products_are_listed(house: ProductHouse) -> None:
    first, second = await _held(house), await _held(house)

    page = await house.service.list(ListQuery(descending=True))

    assert page.items == (second, first)
