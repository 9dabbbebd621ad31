from pathlib import Path

import pytest

from devtools.domain.names import Names, read_names
from devtools.domain.refusal import RefusedError

SINGULARS = {
    "orders": "order",
    "categories": "category",
    "addresses": "address",
    "boxes": "box",
    "batches": "batch",
    "statuses": "status",
    "warehouses": "warehouse",
    "causes": "cause",
    "prices": "price",
    "sales_orders": "sales_order",
}

REFUSED = {
    "Orders": "a name is of lower-case words",
    "my-orders": "a name is of lower-case words",
    "2orders": "a name is of lower-case words",
    "orders_": "a name is of lower-case words",
    "../orders": "a name is of lower-case words",
    "o" * 24 + "s": "at most 24 characters",
    "people": "give it with --singular",
    "series": "give it with --singular",
    "listings": "means something in every domain",
    "transactions": "means something in every domain",
    "lists": "means something in Python",
    "classes": "means something in Python",
    "shops": "app/models/shops exists already",
    "stalls": "tests/stalls.py exists already",
    "kiosks": "a migration makes a table of this name",
    "parcels": "app/dependencies.py knows a service of this name",
    "letters": "app/api/v1/router.py has a route of this name",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository that has some names already, each in another place."""
    texts = {
        "app/models/shops/shop.py": "",
        "tests/stalls.py": "",
        "migrations/versions/0001_kiosks.py": "CREATE TABLE kiosks (",
        "app/dependencies.py": "class ParcelService:",
        "app/api/v1/router.py": 'prefix="/v1/letters"',
    }
    for path, text in texts.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


@pytest.mark.parametrize("plural", SINGULARS)
def test_the_singular_is_told_from_the_plural(root: Path, plural: str) -> None:
    assert read_names(plural, None, root) == Names(plural=plural, singular=SINGULARS[plural])


@pytest.mark.parametrize("plural", REFUSED)
def test_a_name_that_cannot_be_one_is_refused(root: Path, plural: str) -> None:
    with pytest.raises(RefusedError, match=REFUSED[plural]):
        read_names(plural, None, root)


def test_an_irregular_singular_is_given(root: Path) -> None:
    assert read_names("people", "person", root).camel == "Person"
    with pytest.raises(RefusedError, match="must differ"):
        read_names("fish", "fish", root)
    with pytest.raises(RefusedError, match="means something in Python"):
        read_names("people", "type", root)


def test_a_name_in_all_its_forms() -> None:
    names = Names(plural="sales_orders", singular="sales_order")

    assert (names.camel, names.constant, names.title) == (
        "SalesOrder",
        "SALES_ORDER",
        "Sales orders",
    )
    assert Names(plural="orders", singular="order").a_word == "an order"
