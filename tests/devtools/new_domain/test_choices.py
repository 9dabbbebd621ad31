"""The options of `new-domain` are rendered, recorded, and refused with a reason."""

import json
import re
from pathlib import Path

import pytest

from devtools.domain.changes.field_lists import blueprint_of_code, with_fields, without_fields
from devtools.domain.choice_checks import refuse_bad_choices
from devtools.domain.choices import Choices
from devtools.domain.field_parser import read_fields
from devtools.domain.record import DomainRecord, read_record, record_path, record_text
from devtools.domain.refusal import RefusedError
from tests.support.rendered_domains import FIELDS, ORDERS, render_orders

# --sort-by

SORTED = ["customer:str(100)", "total:money", "note:text?", "title:str(255)"]


def indexes_in(migration: str) -> list[str]:
    return re.findall(r"(?:INDEX|PRIMARY KEY) (?:orders_)?(\w+|\(id\))", migration)


@pytest.mark.parametrize(
    ("sort_by", "walks", "others"),
    [
        ([], ["created_at", "updated_at", "customer", "total", "title"], []),
        (["total"], ["total"], ["customer"]),
        (["title", "updated_at"], ["updated_at", "title"], ["customer", "total"]),
        (["id"], [], ["customer", "total"]),
    ],
)
def test_only_the_chosen_sorts_have_indexes(
    sort_by: list[str], walks: list[str], others: list[str], tmp_path: Path
) -> None:
    templates = ("migration", "schemas", "postgres_repository")

    texts = render_orders(SORTED, Choices(sort_by=sort_by), tmp_path, *templates)

    expected = ["(id)", *(f"{name}_idx" for name in others), *(f"{name}_walk" for name in walks)]
    assert indexes_in(texts["migration"]) == [*expected, "search_idx", "search_pairs_idx"]
    assert ("# One for each sort;" in texts["migration"]) is bool(walks)
    listed = ", ".join(f'"{name}"' for name in ("id", *walks))
    assert f'    sort_by: Literal[{listed}] = "id"\n' in texts["schemas"]
    sorts = "".join(f'        "{name}": "{name}",\n' for name in ("id", *walks))
    assert f"    sorts={{\n{sorts}    }},\n" in texts["postgres_repository"]


@pytest.mark.parametrize("name", ["note", "colour", "serial "])
def test_a_sort_that_needs_another_field_is_refused(name: str) -> None:
    with pytest.raises(RefusedError, match=f"^--sort-by number,{name}: lists cannot sort by"):
        refuse_bad_choices(Choices(sort_by=["number", name]), read_fields(FIELDS, ORDERS))


def test_the_sort_by_a_removed_field_ends() -> None:
    record = DomainRecord(plural="orders", singular="order", fields=SORTED, sort_by=["total"])

    assert blueprint_of_code(record).sorts == ["id", "total"]
    assert blueprint_of_code(without_fields(record, ["total"])).sorts == ["id"]


# --no-search


def test_lists_without_a_search_have_neither_q_nor_its_indexes(tmp_path: Path) -> None:
    templates = ("migration", "schemas", "postgres_repository", "fakes", "endpoints")

    texts = render_orders(SORTED, Choices(no_search=True), tmp_path, *templates)

    assert not [name for name, text in texts.items() if "search" in text.lower()]
    assert "class OrderFilters(ListParameters):" in texts["schemas"]
    assert '"""List orders, filtered and sorted, by page or by cursor."""' in texts["endpoints"]


def test_a_text_added_to_lists_without_a_search_is_not_searched() -> None:
    record = DomainRecord(plural="orders", singular="order", fields=SORTED, no_search=True)

    added = with_fields(record, ["remark:text?"], is_searched=False)

    assert (added.secondary, blueprint_of_code(added).searched) == ([], [])
    with pytest.raises(RefusedError, match="orders has no search"):
        with_fields(record, ["remark:text?"], is_searched=True)


# --public-read


def test_public_reads_declare_a_guard_that_the_setting_opens(tmp_path: Path) -> None:
    templates = ("endpoints", "factories", "test_routes")

    texts = render_orders(SORTED, Choices(public_read=True), tmp_path, *templates)

    assert texts["endpoints"].count("dependencies=READER") == 3
    assert texts["endpoints"].count("dependencies=ADMIN") == 3
    assert "USER" not in texts["endpoints"]
    assert (
        'guards=dict.fromkeys(("GET", "GET /export", "GET /{order_id}"), require_reader),\n'
        in texts["factories"]
    )
    assert "running_app(settings, public_reads=True)" in texts["test_routes"]


# --no-events


def test_a_domain_without_events_audits_its_changes(tmp_path: Path) -> None:
    templates = ("events", "service", "factories", "test_service")

    texts = render_orders(FIELDS, Choices(no_events=True), tmp_path, *templates)

    assert texts["events"] == NO_EVENTS
    assert 'record("CREATE_ORDER", None, order)' in texts["service"]
    assert "event" not in texts["service"]
    assert "    sends_events=False,\n" in texts["factories"]
    assert "order.created" not in texts["test_service"]


NO_EVENTS = '''"""Orders send no events to other services."""

from app.models.orders.order import Order
from app.models.shared.event import EventKind
from app.models.shared.imported_changes import ImportedChanges, RecordedAs

EVENTS: tuple[EventKind, ...] = ()

ORDER_IMPORT = ImportedChanges(
    record=Order,
    created=RecordedAs("CREATE_ORDER"),
    updated=RecordedAs("UPDATE_ORDER"),
)
'''


# The record

RECORD = DomainRecord(
    plural="orders",
    singular="order",
    fields=FIELDS,
    unique=["customer_id,number"],
    sort_by=["number"],
    no_search=True,
    public_read=True,
    no_events=True,
)


def test_a_record_keeps_the_choices_for_later_changes(tmp_path: Path) -> None:
    (tmp_path / record_path("orders")).parent.mkdir(parents=True)
    (tmp_path / record_path("orders")).write_text(record_text(RECORD))

    assert read_record(tmp_path, "orders") == RECORD
    added = with_fields(RECORD, ["colour:str(9)?"], is_searched=False)
    assert blueprint_of_code(added).choices == RECORD.choices


def test_a_record_without_choices_is_as_before(tmp_path: Path) -> None:
    old = '{"plural": "orders", "singular": "order", "fields": ["number:str(9)"]}'
    (tmp_path / record_path("orders")).parent.mkdir(parents=True)
    (tmp_path / record_path("orders")).write_text(old)

    record = read_record(tmp_path, "orders")

    assert record.choices == Choices()
    assert record_text(record) == f"{json.dumps(json.loads(old), indent=4)}\n"
