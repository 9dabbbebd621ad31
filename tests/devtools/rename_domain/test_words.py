"""A rename of a domain writes what a new domain of the other name would have."""

import re
import tempfile
from pathlib import Path

import pytest

from devtools.domain.blueprint import Blueprint
from devtools.domain.choices import NO_CHOICES, Choices
from devtools.domain.field_parser import read_fields
from devtools.domain.names import Names
from devtools.domain.refusal import RefusedError
from devtools.domain.renaming.moves import find_modules
from devtools.domain.renaming.own_files import OwnCode, rename_own_code
from devtools.domain.renaming.segments import segments_of
from devtools.domain.renaming.vocabulary import (
    Vocabulary,
    read_vocabulary,
    renderings,
    require_unused,
)
from devtools.domain.rendering import formatted
from tests.support.repository_copy import ROOT

ORDERS = Names(plural="orders", singular="order")
SALES = Names(plural="sales_receipts", singular="sales_receipt")
EVENTS = Names(plural="events", singular="event")
FIELDS = ["customer:str(100)", "number:int unique", "status:enum(new,paid)=new", "total:money?"]


def rename(
    old: Names,
    new: Names,
    fields: list[str],
    edits: dict[str, str] | None = None,
    choices: Choices = NO_CHOICES,
) -> tuple[OwnCode, dict[str, str]]:
    """Return the result of a rename, and what a new domain would have, both by the old paths."""
    before, after = (_blueprint(names, fields, choices) for names in (old, new))
    rendered = renderings(before, after)
    sources = _formatted({path: text for path, (text, _) in rendered.items()})
    for path, text in (edits or {}).items():
        sources[path] = sources.get(path, "") + text
    moves = dict(zip(rendered, renderings(after, before), strict=True))
    vocabulary = read_vocabulary(old, new, rendered)
    require_unused(vocabulary, sources)
    settings = ROOT / "pyproject.toml"
    result = rename_own_code(sources, rendered, vocabulary, find_modules(moves), settings)
    return result, _formatted({path: text for path, (_, text) in rendered.items()})


def _blueprint(names: Names, fields: list[str], choices: Choices = NO_CHOICES) -> Blueprint:
    read = read_fields(fields, names)
    return Blueprint(names=names, fields=read, revision="", down_revision="", choices=choices)


def _formatted(texts: dict[str, str]) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as stage:
        return formatted(texts, Path(stage), ROOT / "pyproject.toml")


def vocabulary_of(old: Names, new: Names) -> Vocabulary:
    return read_vocabulary(old, new, renderings(_blueprint(old, FIELDS), _blueprint(new, FIELDS)))


@pytest.mark.parametrize(("old", "new"), [(ORDERS, SALES), (SALES, ORDERS), (EVENTS, ORDERS)])
def test_generated_code_becomes_that_of_the_new_name(old: Names, new: Names) -> None:
    renamed, expected = rename(old, new, FIELDS)

    assert renamed.conflicts == []
    assert renamed.texts == expected


EVENT_SERVICE = "app/services/events/event_service.py"


def rename_edited_service(text: str, edited: str) -> tuple[OwnCode, str]:
    """Edit the service of events, and rename it; return also how a new domain would have it."""
    rendered = renderings(_blueprint(EVENTS, FIELDS), _blueprint(ORDERS, FIELDS))
    before, after = (
        _formatted({EVENT_SERVICE: rendered[EVENT_SERVICE][number]})[EVENT_SERVICE]
        for number in (0, 1)
    )
    assert text in before
    source = {EVENT_SERVICE: before.replace(text, edited)}
    words = read_vocabulary(EVENTS, ORDERS, rendered)
    return rename_own_code(source, rendered, words, {}, ROOT / "pyproject.toml"), after


def test_a_word_with_two_meanings_is_merged_by_git() -> None:
    """`event` is a record of the domain, and a keyword of its service."""
    renamed, expected = rename_edited_service(
        "class EventService:", "EDITED = 1\n\n\nclass EventService:"
    )

    assert renamed.conflicts == []
    # One blank line between imports and a constant, two before a class.
    edited = expected.replace("\n\n\nclass O", "\n\nEDITED = 1\n\n\nclass O")
    assert renamed.texts[EVENT_SERVICE] == edited


def test_an_edit_where_a_word_has_two_meanings_is_a_marked_conflict() -> None:
    renamed, _ = rename_edited_service("        return event\n", "        return replace(event)\n")

    assert renamed.conflicts == [EVENT_SERVICE]
    assert "<<<<<<< yours\n" in renamed.texts[EVENT_SERVICE]
    assert ">>>>>>> renamed\n" in renamed.texts[EVENT_SERVICE]


def test_the_code_of_the_owner_follows() -> None:
    service, discounts = "app/services/orders/order_service.py", "app/models/orders/discounts.py"
    edits = {
        service: '''

async def open_orders(service: OrderService, order_id: int) -> str:
    """Orders that wait, as the owner says."""
    order = await service.get(order_id)
    await service._orders.remove(order.id)
    sql = "SELECT orders.total, orders_number_key FROM orders JOIN orders_archive USING (id)"
    return f"/api/v1/orders/{order_id}/{order.id}" + f"orders/{order_id}" + "order.paid" + sql
''',
        discounts: "from app.models.orders.order import Order\n\nORDERED = 'my orders are'\n",
    }

    renamed, _ = rename(ORDERS, SALES, FIELDS, edits)

    text = renamed.texts[service]
    assert (
        '''
async def open_orders(service: SalesReceiptService, sales_receipt_id: int) -> str:
    """Orders that wait, as the owner says."""
    sales_receipt = await service.get(sales_receipt_id)
    await service._sales_receipts.remove(sales_receipt.id)
'''
        in text
    )
    assert "SELECT sales_receipts.total, sales_receipts_number_key FROM sales_receipts" in text
    assert "JOIN orders_archive USING" in text
    assert 'f"/api/v1/sales_receipts/{sales_receipt_id}/{sales_receipt.id}"' in text
    assert 'f"sales_receipts/{sales_receipt_id}" + "sales_receipt.paid"' in text
    assert renamed.texts[discounts] == (
        "from app.models.sales_receipts.sales_receipt import SalesReceipt\n\n"
        "ORDERED = 'my orders are'\n"
    )


WIDE = [
    *("customer:ref(customers)", "number:str(20)? unique", "serial_number:int unique", "key:uuid"),
    *("a_rather_long_field_name:str(20)", "status:enum(new,paid)=new", "note:text?", "at:datetime"),
]
TOGETHER = Choices(unique=("customer_id,key", "a_rather_long_field_name,at,status"))
OWN = "\n\nOWN = 1\n"


@pytest.mark.parametrize(("old", "new"), [(ORDERS, SALES), (SALES, ORDERS), (EVENTS, SALES)])
@pytest.mark.parametrize("choices", [TOGETHER, Choices(no_events=True, no_search=True)])
def test_generated_code_beside_that_of_the_owner_is_renamed_whole(
    old: Names, new: Names, choices: Choices
) -> None:
    plain, generated = rename(old, new, WIDE, choices=choices)
    # Of each file; those of packages are empty.
    edited = {path: OWN for path, text in plain.texts.items() if text}

    renamed, _ = rename(old, new, WIDE, edited, choices)

    done = {path: text for path, text in renamed.texts.items() if path not in renamed.conflicts}
    # `event` has two meanings in two files.
    assert len(renamed.texts) - len(done) <= (2 if old == EVENTS else 0)
    assert [path for path in done if path.endswith("_exceptions.py")]
    expected = {path: generated[path] + edited.get(path, "") for path in done}
    assert _tokens_of(done) == _tokens_of(expected)


def _tokens_of(texts: dict[str, str]) -> dict[str, str]:
    """Return the formatted texts without line breaks, and commas before them."""
    joined = {
        path: " ".join(segment.text for segment in segments_of(text))
        for path, text in _formatted(texts).items()
    }
    return {path: re.sub(r" ,(?= [)\]}])", "", text) for path, text in joined.items()}


def test_a_new_name_that_the_code_uses_is_refused() -> None:
    path = "app/services/orders/order_service.py"

    with pytest.raises(RefusedError, match=f"{path} uses the name SalesReceipt for something"):
        rename(ORDERS, SALES, FIELDS, {path: "\n\nclass SalesReceipt: ...\n"})


def test_code_that_is_not_python_is_refused() -> None:
    with pytest.raises(RefusedError, match=r"app/models/orders/odd\.py is not valid Python"):
        rename(ORDERS, SALES, FIELDS, {"app/models/orders/odd.py": "text = '''never closed\n"})


def test_the_words_are_those_that_differ() -> None:
    words = vocabulary_of(ORDERS, SALES)

    assert words.identifiers["order_id"] == "sales_receipt_id"
    assert words.identifiers["ORDER_CREATED"] == "SALES_RECEIPT_CREATED"
    assert "customer" not in words.identifiers
    assert words.phrases["Order with ID {order_id}"] == "Sales receipt with ID {sales_receipt_id}"
