from pathlib import Path

import pytest

from app.config.settings import Settings
from devtools.copying.domain_files import has_domain
from devtools.domain import reserved
from devtools.domain.names import Names, read_names
from devtools.domain.refusal import RefusedError
from tests.support.domain import find_domains
from tests.support.name_collisions import has_collision, has_collision_as_target, used_names
from tests.support.service import create_app

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
    "requests": "request",
    "invoices": "invoice",
    "members": "member",
    "numbers": "number",
    "fields": "field",
}

REFUSED = {
    **dict.fromkeys(
        ("Orders", "my-orders", "2orders", "orders_", "../orders"),
        "a name consists of lower-case words",
    ),
    "o" * 24 + "s": "at most 24 characters",
    **dict.fromkeys(
        ("people", "series", "status", "heroes", "indices", "matrices", "analyses", "shelves"),
        "the singular cannot be guessed; give it with --singular",
    ),
    "pages": "guessed as page, which the code of every domain uses itself; give another with"
    " --singular, such as --singular page_item",
    "transactions": "transactions, which the code of every domain uses itself",
    "lists": "guessed as list, which means something in Python; give another with --singular",
    "classes": "guessed as class, which means something in Python; give another with --singular",
    "shops": "app/models/shops exists already",
    "stalls": "tests/stalls.py exists already",
    "kiosks": "a migration creates a table of this name",
    "parcels": "app/api/v1/shipments/parcel_endpoints.py has the same singular",
    "letters": "app/api/v1/router.py has a route of this name",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository in which some names are already used, each in another place."""
    texts = {
        "app/models/shops/shop.py": "",
        "tests/stalls.py": "",
        "migrations/versions/0001_kiosks.py": "CREATE TABLE kiosks (",
        "app/api/v1/shipments/parcel_endpoints.py": "",
        "app/api/v1/router.py": 'prefix="/v1/letters"',
        # As git leaves it, when it switches to a branch without the domain.
        "app/models/carts/__pycache__/cart.cpython-312.pyc": "",
        "tests/carts/unit/__pycache__/test_cart.cpython-312.pyc": "",
    }
    for path, text in texts.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


@pytest.mark.parametrize("plural", SINGULARS)
def test_the_singular_is_derived_from_the_plural(root: Path, plural: str) -> None:
    assert read_names(plural, None, root) == Names(plural=plural, singular=SINGULARS[plural])


@pytest.mark.parametrize("plural", REFUSED)
def test_an_invalid_name_is_refused(root: Path, plural: str) -> None:
    with pytest.raises(RefusedError, match=REFUSED[plural]):
        read_names(plural, None, root)


def test_folders_with_nothing_but_compiled_code_take_no_name(root: Path) -> None:
    assert read_names("carts", None, root).singular == "cart"
    assert not has_domain(root, "carts")
    assert has_domain(root, "shipments")

    (root / "tests/carts/notes.txt").touch()
    with pytest.raises(RefusedError, match="tests/carts exists already"):
        read_names("carts", None, root)


def test_an_irregular_singular_can_be_given(root: Path) -> None:
    assert read_names("people", "person", root).camel == "Person"
    with pytest.raises(RefusedError, match="must differ"):
        read_names("fish", "fish", root)
    with pytest.raises(RefusedError, match="means something in Python"):
        read_names("people", "type", root)
    assert read_names("pages", "web_page", root).camel == "WebPage"
    assert read_names("classes", "school_class", root).camel == "SchoolClass"


def test_all_forms_of_a_name_are_derived() -> None:
    names = Names(plural="sales_orders", singular="sales_order")

    assert (names.camel, names.constant, names.title) == (
        "SalesOrder",
        "SALES_ORDER",
        "Sales orders",
    )
    assert Names(plural="orders", singular="order").a_word == "an order"


def test_the_reserved_names_are_those_that_collide() -> None:
    words = used_names() | reserved.SINGULARS | reserved.PLURALS
    candidates = words - reserved.PYTHON - reserved.BUILTINS

    singulars = [word for word in candidates if has_collision(Names(plural="zqxys", singular=word))]
    plurals = [word for word in candidates if has_collision(Names(plural=word, singular="zqxy"))]

    assert sorted(singulars) == sorted(reserved.SINGULARS)
    assert sorted(plurals) == sorted(reserved.PLURALS)


def test_a_domain_of_any_name_can_be_referred_to() -> None:
    words = used_names() | {"zqxy_body", "make_new_zqxy", "zqxys_factories", "date", "typing"}
    names = sorted(words - reserved.PLURALS - reserved.BUILTINS - reserved.PYTHON)

    assert {"date", "record"} <= {*names}
    assert [name for name in names if has_collision_as_target(name)] == []


def test_the_reserved_paths_are_those_of_the_template(settings: Settings) -> None:
    paths = create_app(settings).openapi()["paths"]
    segments = {path.split("/")[3] for path in paths if path.startswith("/api/v1/")}

    assert segments - {*find_domains()} == reserved.PATHS
